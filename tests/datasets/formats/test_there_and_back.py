"""What is exported for another tool and read back as that tool's export says the same."""

import pytest

from labelling import canonical
from labelling.datasets.formats import Vote
from labelling.incoming import doccano, label_studio, offsets
from labelling.incoming.config import read_config
from labelling.incoming.opening import Export
from labelling.schemas import KINDS
from tests.datasets.formats.made import SPLITS, about, rows_of, written

AT = "2026-11-22T10:00:00+00:00"
EMOJI = "😀 Alice Munro flew from Toronto."


def exports_in(folder, pattern):
    return [Export(path.name, path.read_bytes()) for path in sorted(folder.glob(pattern))]


def rows_for(kind):
    """Rows in the train split; of spans one behind an emoji."""
    rows = [row for row, split in zip(rows_of(kind), SPLITS * 2, strict=True) if split == "train"]
    if kind == "spans":
        rows[0] |= {"payload": canonical.payload_text({"text": EMOJI}),
                    "answer": {"spans": [{"start": 2, "end": 13, "label": "person"}]}}  # fmt: skip
    return rows


def votes_for(rows):
    """Two labellers who disagree on every other row, and one who can't say."""
    answers = [canonical.dumps(row["answer"]) for row in rows]
    return [
        [Vote("q7", "", text, "", AT, 2.5), Vote("q8", "", answers[0] if number % 2 else text, "", AT),
         Vote("q9", "", None, "unclear", AT)]
        for number, text in enumerate(answers)
    ]  # fmt: skip


def answer_of(vote):
    return canonical.loads(vote.answer) if vote.answer else None


@pytest.mark.parametrize("kind", KINDS)
def test_label_studio_gives_back_every_vote_and_the_consensus(tmp_path, kind):
    definition = about(kind).definition
    if kind == "preference":
        definition = KINDS[kind].check_definition({**definition, "ties": []})
    rows = rows_for(kind)
    votes = votes_for(rows)
    folder = written(tmp_path / "out", "label-studio", kind=kind, rows=rows, votes=votes, soft_labels=True,
                     described=about(kind, definition=definition))  # fmt: skip
    config = read_config((folder / "label_config.xml").read_bytes(), "label_config.xml")
    found = label_studio.read(exports_in(folder, "data/*.json"), config=config, wanted=None, counted=offsets.UTF_16)
    assert (found.question.kind, found.question.text) == (kind, definition["question"])
    assert list(found.items) == [row["key"] for row in rows]
    for row, given, item in zip(rows, votes, found.items.values(), strict=True):
        assert {found.names[one.labeller].partition("@")[0]: one.answer for one in item.labels} == {
            vote.labeller: answer_of(vote) for vote in given
        }  # fmt: skip
        [said] = item.said
        assert said.answer == row["answer"]
        assert (said.score, said.probabilities) == (0.875, {"yes": 0.875, "no": 0.125})


@pytest.mark.parametrize("kind", ["single_choice", "multiple_choice", "spans", "boxes"])
def test_doccano_gives_back_every_vote_that_marks_something(tmp_path, kind):
    rows = rows_for(kind)
    votes = votes_for(rows)
    folder = written(tmp_path / "out", "doccano", kind=kind, rows=rows, votes=votes)
    found = doccano.read(exports_in(folder, "votes/train/*.jsonl"), counted=offsets.CODE_POINTS)
    assert (found.question.kind, list(found.items)) == (kind, [row["key"] for row in rows])
    for given, item in zip(votes, found.items.values(), strict=True):
        # doccano writes the same for what holds nothing and for what nobody labelled.
        expected = {vote.labeller: answer_of(vote) for vote in given if vote.answer and "[]" not in vote.answer}
        assert {found.names[one.labeller]: one.answer for one in item.labels} == expected
