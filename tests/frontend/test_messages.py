"""What people read is translated whole, and is said in the language they chose."""

import gettext
import io
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from tests.factories import make_labeller, make_project, make_user

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "scripts"))

import catalogue  # noqa: E402 - a script's module, by its folder
import messages  # noqa: E402 - as above


@pytest.fixture
def arabic():
    """The catalogue as it stands; what a request says last stays this thread's language, so it is put back."""
    subprocess.run([sys.executable, ROOT / "scripts" / "messages.py", "compile"], check=True)
    yield
    translation.deactivate()


def test_every_string_is_translated_and_keeps_its_placeholders():
    found = messages.collected()
    said = [fault for path in messages.files() for fault in messages.faults(catalogue.read(path), found)]
    assert not said, "run scripts/messages.py and fill in what is missing:\n" + "\n".join(said)


def test_a_catalogue_is_read_as_it_was_written(tmp_path):
    for path in messages.files():
        catalogue.write(tmp_path / "copy.po", catalogue.read(path))
        assert (tmp_path / "copy.po").read_text() == path.read_text()


HEADER = [
    "Content-Type: text/plain; charset=UTF-8",
    "Plural-Forms: nplurals=2; plural=n!=1;",
    "X-Plural-Categories: one other",
]


def test_what_is_compiled_is_what_gettext_reads():
    known = catalogue.Catalogue(
        HEADER,
        {
            "Yes": catalogue.Message("Yes", translations=["Ja"]),
            "No": catalogue.Message("No", translations=[""]),
            "%(n)s label": catalogue.Message(
                "%(n)s label", "%(n)s labels", translations=["%(n)s Urteil", "%(n)s Urteile"]
            ),
        },
    )
    read = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(known)))
    assert [read.gettext("Yes"), read.gettext("No")] == ["Ja", "No"]
    assert [read.ngettext("%(n)s label", "%(n)s labels", n) for n in (1, 2)] == ["%(n)s Urteil", "%(n)s Urteile"]


def test_scripts_get_their_own_strings_with_a_text_for_each_plural_category():
    place = ["frontend/src/workbench/Card.tsx"]
    known = catalogue.Catalogue(
        HEADER,
        {
            "Skip": catalogue.Message("Skip", "", ["frontend/src/schemas/spans/keys.ts"], ["Weiter"]),
            "{n} answer": catalogue.Message("{n} answer", "{n} answers", place, ["{n} Antwort", "{n} Antworten"]),
            "Items": catalogue.Message(
                "Items", places=["frontend/templates/frontend/items.html"], translations=["Fälle"]
            ),
        },
    )
    assert catalogue.for_scripts(known, messages.SCRIPTS) == {
        "schemas/spans": {"Skip": "Weiter"},
        "workbench": {"{n} answer": {"one": "{n} Antwort", "other": "{n} Antworten"}},
    }


def test_strings_are_found_in_templates_python_and_scripts():
    counted = (
        "{% blocktranslate count n=n trimmed %}\n {{ n }} of 100%\n{% plural %} {{ n }} all {% endblocktranslate %}"
    )
    found = messages.of_template('{% translate "Join" %}' + counted)
    assert list(found) == [("Join", ""), ("%(n)s of 100%%", "%(n)s all")]
    assert list(messages.of_python('x = _("One " "two")\nngettext("a", "b", 3)')) == [("One two", ""), ("a", "b")]
    script = 't("A \\"b\\"", { n }); plural("1", "{n}", f(2)); at(3)'
    assert list(messages.of_script(script)) == [('A "b"', ""), ("1", "{n}")]


@pytest.mark.parametrize(
    ("read", "source"),
    [
        (messages.of_python, 'gettext(f"{n} labels")'),
        (messages.of_script, "t(title)"),
        (messages.of_script, 'plural("{n} label", other, n)'),
        (messages.of_template, "{% translate name %}"),
        (messages.of_template, "{% blocktranslate %}{{ n|count }}{% endblocktranslate %}"),
    ],
)
def test_a_string_that_is_put_together_is_refused(read, source):
    with pytest.raises(messages.NotLiteral):
        list(read(source))


def test_a_lost_placeholder_is_found_but_a_plural_form_may_say_its_number_in_words():
    said = {"{n} kept": catalogue.Message("{n} kept", places=["a"])}
    known = catalogue.Catalogue(HEADER, {"{n} kept": catalogue.Message("{n} kept", translations=["bleibt"])})
    assert len(messages.faults(known, said)) == 1
    said = {"{n} answer": catalogue.Message("{n} answer", "{n} answers", ["a"])}
    forms = catalogue.Message("{n} answer", "{n} answers", [], ["eine Antwort", "{n} Antworten"])
    assert messages.faults(catalogue.Catalogue(HEADER, {"{n} answer": forms}), said) == []


def test_a_page_speaks_the_language_that_the_browser_asks_for(db, arabic):
    client = Client()
    assert '<html lang="en" dir="ltr">' in client.get("/sign-in/").text
    assert '<html lang="ar" dir="rtl">' in client.get("/sign-in/", headers={"Accept-Language": "ar-EG,en;q=0.5"}).text
    assert '<html lang="en" dir="ltr">' in client.get("/sign-in/", headers={"Accept-Language": "tlh"}).text


def test_what_was_chosen_holds_against_the_browser_signed_in_or_not(db, arabic):
    client = Client(headers={"Accept-Language": "en"})
    reply = client.post("/language/", {"language": "ar", "next": "/sign-in/"})
    assert (reply.status_code, reply["Location"]) == (302, "/sign-in/")
    assert '<html lang="ar" dir="rtl">' in client.get("/sign-in/").text
    client.force_login(make_user("lara"), "django.contrib.auth.backends.ModelBackend")
    assert '<html lang="ar" dir="rtl">' in client.get("/").text


def test_the_labellers_page_carries_the_strings_of_its_scripts_and_none_in_english(db, arabic):
    project = make_project()
    make_labeller(project, "lara")
    client = Client()
    client.force_login(make_user("lara"), "django.contrib.auth.backends.ModelBackend")
    address = f"/p/{project.slug}/label/"
    assert 'id="messages"' not in client.get(address).text
    assert 'id="messages"' in client.get(address, headers={"Accept-Language": "ar"}).text


@pytest.mark.django_db(transaction=True)
def test_programs_get_english_whatever_the_server_said_last(arabic):
    from labelling.wsgi import application  # noqa: PLC0415 - needs the settings

    headers = {"Authorization": "Bearer no-such-key", "Accept-Language": "ar"}
    with translation.override("ar"):
        assert translation.gettext("Sign out") != "Sign out"
        reply = application(RequestFactory().get("/api/v1/projects/", headers=headers).environ, lambda *_: None)
        assert "".join(part.decode() for part in reply).isascii()
