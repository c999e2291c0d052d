"""What the documents name exists: files, headings, commands, targets, settings, scopes, addresses."""

import re
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands, load_command_class

from experts.urls import VIEWS as CASES
from labelling.api.scopes import SCOPES
from labelling.urls import VIEWS
from tests.docs.pages import ROOT, anchors, documents, links, name_of, text_of

OUR_APPS = {"labelling", "experts"}
FROM_COMPOSE = {"POSTGRES_PASSWORD"}


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_to_a_file_and_a_heading(document):
    for target in links(document):
        path, _, anchor = target.partition("#")
        found = (document.parent / path).resolve() if path else document
        assert found.is_file(), f"{name_of(document)} links to {target}, which is not there"
        assert not anchor or anchor in anchors(found), f"{name_of(document)}: {target} has no such heading"


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_command_that_is_named_exists(document):
    for command in re.findall(r"manage\.py ([a-z_]+)", text_of(document)):
        assert command in get_commands(), f"{name_of(document)} names manage.py {command}"


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_make_target_that_is_named_exists(document):
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^    |PORT=\d+ )make ([a-z-]+)", text_of(document), re.MULTILINE)
    assert set(named) <= made


def command_sections():
    """(command, what docs/commands.md says of it)."""
    parts = re.split(r"^\*\*`manage\.py ([a-z]+)", text_of(ROOT / "docs/commands.md"), flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2], strict=True))


def test_the_page_of_commands_has_every_command_of_ours():
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}
    assert {name for name, _ in command_sections()} == ours


@pytest.mark.parametrize(("command", "said"), command_sections(), ids=lambda value: value[:12])
def test_the_options_of_a_command_are_those_that_it_takes(command, said):
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    base = {"--help", "--version", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
            "--verbosity", "--skip-checks"}  # fmt: skip
    taken = {option for action in parser._actions for option in action.option_strings if option.startswith("--")}
    paragraph = said.partition("Django's own commands")[0]
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", paragraph))
    assert named == taken - base


def test_the_page_of_commands_has_every_target_that_help_lists():
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= set(re.findall(r"`make ([a-z-]+)`", text_of(ROOT / "docs/commands.md")))


def test_the_table_of_the_environment_is_what_is_read():
    table = text_of(ROOT / "docs/deploy.md").split("## Environment")[1].split("## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    code = (ROOT / "labelling/settings.py").read_text() + (ROOT / "experts/management/commands/up.py").read_text()
    read = set(re.findall(r"(?:flag|words|environ\.get)\(\"([A-Z_]+)\"", code))
    assert documented == read | FROM_COMPOSE


def test_every_setting_of_the_example_file_is_documented():
    example = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name in example:
        assert f"`{name}`" in text_of(ROOT / "docs/deploy.md")


def test_the_scopes_are_those_that_tokens_have():
    table = text_of(ROOT / "docs/api.md").split("| scope |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z:]+)`", table, re.MULTILINE)) == set(SCOPES)


def test_every_address_is_on_the_page_of_the_api():
    """Each last word of an address stands there; parameters apart."""
    said = text_of(ROOT / "docs/api.md")
    for route in (*VIEWS, *CASES):
        last = re.sub(r"<[^>]+>", "", route).rstrip("/").rpartition("/")[2]
        assert re.search(rf"[`/]{last}\b", said), f"docs/api.md says nothing of {route}"


def test_the_drawing_of_the_loop_can_be_read_and_says_what_it_shows():
    root = ElementTree.parse(ROOT / "docs/loop.svg").getroot()  # noqa: S314 - our own file
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"ingest", "sampling", "assignment", "consensus", "reliability", "experts", "datasets"} <= texts
    assert root.find("{http://www.w3.org/2000/svg}title") is not None
    assert "prefers-color-scheme: dark" in (ROOT / "docs/loop.svg").read_text()


def test_every_decision_is_in_the_list_of_decisions():
    folder = ROOT / "docs/decisions"
    pages = {page.name for page in folder.glob("[0-9]*.md")}
    assert pages == set(re.findall(r"\]\((\d{4}-[^)]+)\)", text_of(folder / "README.md")))


def test_the_tables_of_the_architecture_are_those_of_the_stages():
    said = text_of(ROOT / "docs/architecture.md")
    for app in ("labelling", "experts"):
        for model in apps.get_app_config(app).get_models():
            assert re.search(rf"\b{model.__name__}\b", said), f"docs/architecture.md has no table {model.__name__}"


def test_the_readme_stays_short():
    assert len(text_of(ROOT / "README.md").splitlines()) < 120
    assert settings.BASE_DIR == ROOT
