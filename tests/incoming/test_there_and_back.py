"""From another tool to here, exported in that tool's format, and here again: nothing is lost on the way."""

import json

import pytest

from labelling.assignment.models import Label
from labelling.datasets.export import Options, export_version
from labelling.incoming.opening import Export
from labelling.ingest.models import Example
from labelling.sampling.models import Item
from tests.incoming.exports import MOODS, as_json, as_lines, mood, move, task

pytestmark = pytest.mark.django_db

LABELLERS = ("ana", "bo", "cy")
CHOICES = ("good", "bad")


def choice(number, labeller):
    """cy contradicts the others at every fourth item."""
    return CHOICES[(number + (labeller == "cy" and number % 4 == 0)) % 2]


def from_label_studio():
    def by(labeller):
        return {"id": LABELLERS.index(labeller) + 1, "email": f"{labeller}@example.org"}

    skipped = mood("good", by=by("ana"), was_cancelled=True, result=[])
    tasks = [task(n, *(mood(choice(n, who), by=by(who)) for who in LABELLERS)) for n in range(1, 13)]
    tasks[0]["annotations"][0] = skipped
    return [as_json(tasks)], MOODS


def from_doccano():
    return [
        as_lines([{"id": n, "text": f"text {n} 💩", "label": [choice(n, who)]} for n in range(1, 13)], f"{who}.jsonl")
        for who in LABELLERS
    ], None


def held(project):
    """{item: ({labeller: answer, or "" for an abstention}, what labellers are shown)}; items without labels too."""
    names = {external_id: {} for external_id in Item.objects.filter(project=project).values_list(
        "example__external_id", flat=True)}  # fmt: skip
    for label in Label.objects.filter(project=project).select_related("item__example", "labeller"):
        names[label.item.example.external_id][label.labeller.name] = label.answer and json.loads(label.answer)
    shown = dict(Example.objects.filter(project=project).values_list("external_id", "payload"))
    return {key: (answers, json.loads(shown[key])["text"]) for key, answers in names.items()}


def renamed(project):
    """The same with labellers by what they answered, since an export calls them by pseudonyms."""
    found = held(project)
    people = {name for answers, _ in found.values() for name in answers}
    work = [
        sorted((key, json.dumps(answers[name])) for key, (answers, _) in found.items() if name in answers)
        for name in people
    ]
    return sorted(work), {key: shown for key, (_, shown) in found.items()}


def exported_files(project, tool, folder):
    export_version(version=project.versions.get(), file_format=tool, to=folder, options=Options(votes=True, names=True))
    if tool == "label-studio":
        found, config = sorted((folder / "data").glob("*.json")), (folder / "label_config.xml").read_bytes()
        return [Export(path.name, path.read_bytes()) for path in found], config
    # doccano gives a file a labeller; the splits of one labeller are one file there.
    people = {}
    for path in sorted((folder / "votes").rglob("*.jsonl")):
        people[path.name] = people.get(path.name, b"") + path.read_bytes()
    return [Export(name, content) for name, content in people.items()], None


@pytest.mark.parametrize(("tool", "begun"), [("label-studio", from_label_studio), ("doccano", from_doccano)])
def test_every_label_labeller_and_item_is_there_again(tmp_path, tool, begun):
    source = tool.replace("-", "_")
    exports, config = begun()
    first, report = move(*exports, source=source, config=config, slug="there")
    assert (report["items"], report["labellers"], report["resolved"]) == (12, 3, 12)
    exports, config = exported_files(first.project, tool, tmp_path / "out")
    again, _ = move(*exports, source=source, config=config, slug="back")
    assert Label.objects.filter(project=again.project).count() == 36
    assert renamed(again.project) == renamed(first.project)
