"""Which bytes a Range header asks for."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelling.api.ranges import Unsatisfiable, digest_field, range_of, still_same


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-9", (0, 10)),
        ("bytes=3-", (3, 10)),
        ("bytes=9-99", (9, 10)),
        ("bytes=-4", (6, 10)),
        ("bytes=-99", (0, 10)),
        (" bytes=1-2 ", (1, 3)),
    ],
)
def test_one_range_is_understood(header, wanted):
    assert range_of(header, 10) == wanted


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "0-1"]
)
def test_what_is_not_one_range_asks_for_the_whole_file(header):
    assert range_of(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header):
    with pytest.raises(Unsatisfiable):
        range_of(header, 10)


def test_an_empty_file_has_no_ranges():
    with pytest.raises(Unsatisfiable):
        range_of("bytes=0-", 0)


@given(st.text(max_size=30) | st.from_regex(r"bytes=[0-9]{0,20}-[0-9]{0,20}"), st.integers(0, 1000))
def test_any_header_gives_a_range_within_the_file_or_none(header, n_bytes):
    try:
        found = range_of(header, n_bytes)
    except Unsatisfiable:
        return
    assert found is None or 0 <= found[0] < found[1] <= n_bytes


def test_a_part_is_added_only_to_the_same_bytes():
    assert still_same(None, '"a"') and still_same('"a"', '"a"')
    assert not still_same('"b"', '"a"')
    assert not still_same('W/"a"', '"a"')
    assert not still_same("Wed, 21 Oct 2026 07:28:00 GMT", '"a"')


def test_the_digest_field_is_that_of_rfc_9530():
    sha256 = hashlib.sha256(b"x").hexdigest()
    assert digest_field(sha256) == f"sha-256=:{base64.b64encode(hashlib.sha256(b'x').digest()).decode()}:"
