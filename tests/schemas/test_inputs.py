import pytest

from labelling.schemas.base import SchemaError
from labelling.schemas.inputs import check_image, check_input, check_payload, fields_of, format_of

EVERY = ("text", "text_pair", "texts", "image")
PHOTO = {"kind": "text_pair", "fields": ["photo", "caption"], "format": {"photo": "image"}}
ANSWERS = {"kind": "texts", "fields": ["prompt", "answers"]}


@pytest.mark.parametrize(
    "shown",
    [
        {"kind": "text", "fields": ["review"]},
        {"kind": "text_pair", "fields": ["request", "offer"]},
        {"kind": "image", "fields": ["photo"]},
        {"kind": "text_pair", "fields": ["request", "offer"], "format": "markdown"},
        PHOTO,
    ],
)
def test_what_is_in_its_shortest_form_stays_as_it_is(shown):
    assert check_input(shown, EVERY) == shown


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("plain", None),
        ({"request": "plain"}, None),
        ({}, None),
        ({"offer": "html", "request": "html"}, "html"),
        ({"offer": "html", "request": "plain"}, {"offer": "html"}),
    ],
)
def test_what_is_the_same_has_one_form(given, cleaned):
    pair = {"kind": "text_pair", "fields": ["request", "offer"]}
    assert check_input(pair | {"format": given}) == pair | ({} if cleaned is None else {"format": cleaned})
    assert check_input({"kind": "image", "fields": ["a"], "format": "image"}) == {"kind": "image", "fields": ["a"]}


@pytest.mark.parametrize(
    ("shown", "says"),
    [
        (None, "input.kind: must be one of text, text_pair, image"),
        ({"kind": []}, "input.kind: "),
        ({"kind": "texts", "fields": ["a"]}, "input.kind: must be one of text, text_pair, image"),
        ({"kind": "text", "fields": "a"}, "input.fields: must name 1 field"),
        ({"kind": "text", "fields": ["a", "b"]}, "input.fields: must name 1 field"),
        ({"kind": "text_pair", "fields": ["a", 1]}, "input.fields: must name 2 field"),
        ({"kind": "text_pair", "fields": ["a", "a"]}, "input.fields: names a field twice"),
        ({"kind": "text", "fields": ["a"], "shape": 1}, "input.shape: is not known"),
        ({"kind": "text", "fields": ["a"], "format": "word"}, "input.format: must be one of plain, markdown"),
        ({"kind": "text", "fields": ["a"], "format": ""}, "input.format: "),
        ({"kind": "text", "fields": ["a"], "format": {"a": "word"}}, "input.format.a: must be one of"),
        ({"kind": "text", "fields": ["a"], "format": {"a": []}}, "input.format.a: must be one of"),
        ({"kind": "text", "fields": ["a"], "format": {"b": "html"}}, "input.format.b: is not one of the fields"),
        ({"kind": "image", "fields": ["a"], "format": "html"}, "input.format: an image has no format"),
        ({"kind": "image", "fields": ["a"], "format": [{}]}, "input.format: an image has no format"),
    ],
)
def test_an_input_that_is_wrong_is_refused_by_the_name_of_its_field(shown, says):
    with pytest.raises(SchemaError) as told:
        check_input(shown)
    assert str(told.value).startswith(says)


def test_a_field_without_a_format_is_plain_and_that_of_an_image_an_image():
    assert [format_of(PHOTO, field) for field in fields_of(PHOTO)] == ["image", "plain"]
    assert format_of({"kind": "image", "fields": ["a"]}, "a") == "image"
    assert format_of({"kind": "text", "fields": ["a"], "format": "html"}, "a") == "html"
    assert fields_of({}) == []


def test_several_texts_may_stand_in_one_field():
    check_payload(ANSWERS, {"prompt": "Why?", "answers": ["So.", "Because."]})
    check_payload(ANSWERS, {"prompt": "Why?", "answers": "So."})
    check_payload(PHOTO, {"photo": {"url": "/static/a.png"}, "caption": "", "other": 3})


@pytest.mark.parametrize(
    ("shown", "payload", "says"),
    [
        (ANSWERS, {"prompt": "Why?"}, "payload.answers: is missing"),
        (ANSWERS, {"prompt": "Why?", "answers": None}, "payload.answers: is empty"),
        (ANSWERS, {"prompt": "Why?", "answers": []}, "payload.answers: must hold 1 to 50"),
        (ANSWERS, {"prompt": "Why?", "answers": ["So.", 3]}, "payload.answers[1]: must be text"),
        (ANSWERS, {"prompt": " ", "answers": ["\t"]}, "payload: is empty"),
        ({"kind": "text", "fields": ["a"]}, {"a": ["x"]}, "payload.a: must be text"),
        (PHOTO, {"photo": "", "caption": "A cat"}, "payload.photo: must be an https address"),
    ],
)
def test_a_payload_that_can_not_be_shown_is_refused_by_the_name_of_its_field(shown, payload, says):
    with pytest.raises(SchemaError) as told:
        check_payload(shown, payload)
    assert str(told.value).startswith(says)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.png?x=1#y",
        "/media/a%20b.png",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/svg+xml,%3Csvg/%3E",
    ],
)
def test_an_image_is_an_https_address_a_path_on_this_server_or_a_picture_in_itself(url):
    assert check_image(url) == {"url": url}
    whole = {"url": url, "width": 8, "height": 6, "alt": "A cat"}
    assert check_image(whole) == whole


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("javascript:alert(1)", "image: 'javascript:alert(1)' can't be shown"),
        ("JAVASCRIPT:alert(1)", "image: "),
        ("java\nscript:alert(1)", "image: holds a blank"),
        ("http://example.org/a.png", "image: 'http://example.org/a.png' can't be shown; use an https address"),
        ("//example.org/a.png", "image: "),
        ("/\\example.org/a.png", "image: holds a blank, a line break or a backslash"),
        ("https:///a.png", "image: "),
        ("https://[a/b.png", "image: "),
        ("data:text/html,<script>", "image: "),
        ("data:image/png-or-html,<script>", "image: "),
        ("blob:https://example.org/1", "image: "),
        ("a.png", "image: "),
        ("", "image: must be an https address"),
        (3, "image: must be an https address"),
        ({}, "image.url: must be"),
        ({"url": "/a.png", "src": "/b.png"}, "image.src: is not known"),
        ({"url": "/a.png", "width": 3}, "image.height: is missing"),
        ({"url": "/a.png", "width": 3, "height": True}, "image.height: must be a number of pixels"),
        ({"url": "/a.png", "width": 0, "height": 3}, "image.width: must be a number of pixels"),
        ({"url": "/a.png", "alt": 3}, "image.alt: must be text"),
    ],
)
def test_what_a_browser_would_run_or_could_not_load_is_no_image(value, says):
    with pytest.raises(SchemaError) as told:
        check_image(value)
    assert str(told.value).startswith(says)
