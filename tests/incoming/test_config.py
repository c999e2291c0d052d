"""Label Studio's label configs as questions of ours."""

import pytest

from labelling.incoming.config import read_config
from labelling.incoming.found import Refused, Shown
from tests.incoming.exports import MOODS


def questions(inner: str):
    return read_config(f"<View>{inner}</View>".encode(), "config.xml")


def only(inner: str):
    (question,) = questions(inner).questions
    return question


TEXT = '<Text name="text" value="$text"/>'
PICTURE = '<Image name="img" value="$photo"/>'


def test_choices_keep_names_titles_and_keys_of_one_character():
    question = read_config(MOODS, "config.xml").questions[0]
    assert (question.name, question.kind, question.text) == ("mood", "single_choice", "How does it sound?")
    assert question.names == ({"name": "good", "title": "Good", "key": "g"}, {"name": "bad"})
    assert question.shown == (Shown("text"),)


@pytest.mark.parametrize(("inner", "kind"), [
    (TEXT + '<Choices name="q" toName="text" choice="multiple"><Choice value="a"/></Choices>', "multiple_choice"),
    (TEXT + '<Labels name="q" toName="text"><Label value="ORG"/></Labels>', "spans"),
    (PICTURE + '<RectangleLabels name="q" toName="img"><Label value="car"/></RectangleLabels>', "boxes"),
    (TEXT + '<TextArea name="q" toName="text"/>', "transcription"),
    (TEXT + '<Rating name="q" toName="text" maxRating="4"/>', "rating"),
    ('<Text name="a" value="$a"/><Text name="b" value="$b"/><Pairwise name="q" toName="a,b"/>', "preference"),
    ('<List name="l" value="$answers"/><Ranker name="q" toName="l"/>', "ranking"),
])  # fmt: skip
def test_each_control_has_its_kind(inner, kind):
    assert only(inner).kind == kind


def test_two_texts_are_a_pair_and_markup_is_drawn_as_such():
    question = only(
        '<Text name="t" value="$title"/><HyperText name="h" value="$body"/>'
        '<Choices name="q" toName="h"><Choice value="a"/><Choice value="b"/></Choices>'
    )
    assert question.shown == (Shown("title"), Shown("body", "html"))


def test_what_is_compared_comes_last_after_the_prompt():
    question = only(
        '<Text name="p" value="$prompt"/><Text name="a" value="$a"/><Text name="b" value="$b"/>'
        '<Pairwise name="q" toName="a,b"/>'
    )
    assert [one.field for one in question.shown] == ["prompt", "a", "b"]
    assert question.settings["candidates"] == ["a", "b"]


@pytest.mark.parametrize(("inner", "name"), [
    (PICTURE + '<PolygonLabels name="q" toName="img"><Label value="a"/></PolygonLabels>', "q"),
    (TEXT + '<Taxonomy name="q" toName="text"><Choice value="a"/></Taxonomy>', "q"),
    (TEXT + '<Choices name="q" toName="text" perRegion="true"><Choice value="a"/></Choices>', "q"),
    (TEXT + '<Rating name="q" toName="text" maxRating="40"/>', "q"),
    ('<Audio name="s" value="$sound"/><Choices name="q" toName="s"><Choice value="a"/></Choices>', "q"),
    ('<HyperText name="h" value="$h"/><Labels name="q" toName="h"><Label value="a"/></Labels>', "q"),
    (TEXT + "<Relations><Relation value='is a'/></Relations>", "Relations"),
    (TEXT + '<Choices name="q" toName="nothing"><Choice value="a"/></Choices>', "q"),
])  # fmt: skip
def test_what_is_not_ours_is_listed_with_the_reason(inner, name):
    config = questions(inner)
    assert not config.questions
    assert name in config.others


@pytest.mark.parametrize("evil", [
    b'<!DOCTYPE x [<!ENTITY a "aaaa">]><View>&a;</View>',
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><View/>',
    b"<View>" * 100 + b"</View>" * 100,
    b"<View>" + b"<a/>" * 30_000 + b"</View>",
    b"<View/>" + b" " * 1_000_000,
    b"<View",
    b"",
])  # fmt: skip
def test_xml_that_could_hurt_is_refused_with_its_place(evil):
    with pytest.raises(Refused, match=r"config\.xml"):
        read_config(evil, "config.xml")
