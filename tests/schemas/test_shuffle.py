"""The order in which parts of an item are shown."""

from collections import Counter

import pytest

from labelling.schemas.shuffle import shuffled

# The same table stands in frontend/src/shared/shuffle.test.ts.
KNOWN = {"abc": [1, 3, 4, 0, 2], "": [0, 4, 1, 2, 3], "token-1": [1, 4, 3, 0, 2], "ünï": [4, 3, 2, 0, 1]}


@pytest.mark.parametrize(("token", "order"), KNOWN.items())
def test_server_and_browser_show_the_same_order(token, order):
    assert shuffled(5, token) == order


def test_every_order_comes_equally_often():
    n = 12_000
    counts = Counter(tuple(shuffled(3, f"token-{number}")) for number in range(n))
    assert len(counts) == 6
    # Five standard errors of a share of one in six.
    assert all(abs(count / n - 1 / 6) < 5 * (5 / 36 / n) ** 0.5 for count in counts.values())
