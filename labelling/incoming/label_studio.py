"""Label Studio's exports: JSON with all annotations, JSON_MIN, CSV and TSV with one row an annotation, and tasks that
nobody has labelled yet."""

from collections.abc import Iterator, Sequence
from typing import Any

from labelling.canonical import digest, payload_text
from labelling.incoming import flat, guessing
from labelling.incoming.config import Config
from labelling.incoming.found import Found, Given, Harvest, Json, Known, Left, Question, Said, listed, refused
from labelling.incoming.opening import Export, records
from labelling.incoming.people import People, newest_first, seconds_of, time_of
from labelling.incoming.results import Reader

TAKEN = frozenset(("data", "annotations", "completions", "predictions", "drafts", "id"))
TAKEN_OF_ANNOTATION = frozenset(
    ("completed_by", "result", "created_at", "lead_time", "was_cancelled", "ground_truth", "quorum_abstention")
)
CANCELLED = "skipped in Label Studio"
Records = list[tuple[str, Json]]


def read(exports: Sequence[Export], *, config: Config | None, wanted: str | None, counted: str) -> Harvest:
    """Everything in the files, for one question: `wanted` by its name, else the first that is one of ours.

    counted: how the places of spans are counted where no text says it. Raises Refused.
    """
    question, others = _question(exports, config, wanted)
    reading = _Reading(Reader(question, Left(), counted), config)
    for export in exports:
        for place, record in records(export):
            reading.take(place, record)
    harvest = Harvest("label_studio", question, reading.items, reading.reader.left, reading.people.names, others)
    for item in harvest.items.values():
        _one_a_labeller(item, harvest.left)
    return harvest


NO_CONFIG = (
    "no answer in these files is written as Label Studio writes it; give the project's label config (--config), or say "
    "doccano if they come from there"
)


def _question(exports: Sequence[Export], config: Config | None, wanted: str | None) -> tuple[Question, dict[str, str]]:
    """The question to take, and why the others are not."""
    found = config or guessing.guess(_all(exports), wanted)
    if not found.questions:
        reasons = "; ".join(f"{name}: {why}" for name, why in found.others.items())
        asked = NO_CONFIG if config is None else "no question in it is one of ours"
        raise refused("label config", f"{asked}{f' ({reasons})' if reasons else ''}")
    names = [question.name for question in found.questions]
    if wanted is not None and wanted not in names:
        why = found.others.get(wanted)
        raise refused(
            "question", f"{wanted!r} {f'is not taken: {why}' if why else 'is not there'}; use {' or '.join(names)}"
        )
    chosen = next(question for question in found.questions if wanted in (None, question.name))
    others = {name: f"another question; move the same files again with the question {name!r}" for name in names}
    return chosen, {name: why for name, why in {**others, **found.others}.items() if name != chosen.name}


def _all(exports: Sequence[Export]) -> Iterator[Json]:
    for export in exports:
        for _, record in records(export):
            yield record


class _Reading:
    def __init__(self, reader: Reader, config: Config | None) -> None:
        self.reader, self.people, self.items = reader, People(), dict[str, Found]()
        self.names = set() if config is None else {*config.others, *(one.name for one in config.questions)}
        self.unnamed: dict[str, int] = {}

    @property
    def left(self) -> Left:
        return self.reader.left

    def take(self, place: str, record: Json) -> None:
        task = flat.as_task(record, self.reader.question, self.names) if flat.is_flat(record) else record
        data = task.get("data", task if "annotations" not in task else None)
        if not isinstance(data, dict) or not data:
            raise refused(f"{place}, data", "must be an object with what is labelled")
        item = self._item(place, task, data)
        if task is not data:
            self._keep(item, task)
        for number, annotation in enumerate(
            _list_of(task, "annotations", place) or _list_of(task, "completions", place)
        ):
            self._annotation(item, annotation, f"{place}, annotations[{number}]")
        for number, prediction in enumerate(_list_of(task, "predictions", place)):
            self._prediction(item, prediction, f"{place}, predictions[{number}]")

    def _item(self, place: str, task: Json, data: Json) -> Found:
        """The item of this id; in files with one row an annotation it is there already."""
        given = _own_key(task) or (task.get("id") if task is not data else None)
        key = self._unnamed(data) if given is None or given == "" else str(given)
        item = self.items.setdefault(key, Found(key, data, place))
        if item.place != place and item.data != data:
            raise refused(place, f"the id {key!r} stands for other data at {item.place}; import them as two projects")
        return item

    def _unnamed(self, data: Json) -> str:
        """A key from the data alone, the same in every run; data that come twice are two items."""
        key = digest(payload_text(data))[:16]
        self.unnamed[key] = self.unnamed.get(key, 0) + 1
        return key if self.unnamed[key] == 1 else f"{key}-{self.unnamed[key]}"

    def _keep(self, item: Found, task: Json) -> None:
        item.kept.update(
            {name: value for name, value in task.items() if name not in TAKEN and value not in (None, [], {})}
        )
        for draft in listed(task.get("drafts")):
            self.left.add("a draft that was never submitted", item.key)
            item.keep("a draft that was never submitted", draft)

    def _annotation(self, item: Found, annotation: Any, place: str) -> None:
        if not isinstance(annotation, dict):
            raise refused(place, "must be an object, as the tool exports it")
        who = self.people.who(annotation.get("completed_by"))
        at, seconds = time_of(annotation.get("created_at"), place), seconds_of(annotation.get("lead_time"))
        results = _list_of(annotation, "result", place)
        rest = {name: value for name, value in annotation.items() if name not in TAKEN_OF_ANNOTATION and value}
        if rest:
            item.kept.setdefault("annotations", []).append({"labeller": self.people.names[who], **rest})
        for review in listed(annotation.get("reviews")):
            if isinstance(review, dict) and review.get("accepted") is False:
                self.left.add("a review that did not accept the answer; the answer counts all the same", item.key)
        if annotation.get("was_cancelled"):
            for result in results:
                self.left.add("a result of a skipped annotation", item.key)
                item.keep("a result of a skipped annotation", result)
            reason = str(annotation.get("quorum_abstention") or "")
            item.labels.append(Given(who, None, at, seconds, "" if reason else CANCELLED, reason))
            return
        answer = self.reader.answer(results, item, self.people.names[who])
        if answer is None:
            self.left.add("an annotation without an answer to the question", item.key)
        elif annotation.get("ground_truth") and item.known is None:
            item.known = Known(answer, who)
        else:
            item.labels.append(Given(who, answer, at, seconds))

    def _prediction(self, item: Found, prediction: Any, place: str) -> None:
        if not isinstance(prediction, dict):
            raise refused(place, "must be an object, as the tool exports it")
        model = str(prediction.get("model_version") or "unnamed")
        answer = self.reader.answer(_list_of(prediction, "result", place), item, f"model {model}")
        score, probabilities = prediction.get("score"), prediction.get("probabilities")
        scored = isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
        if answer is None and not isinstance(probabilities, dict):
            self.left.add("a prediction without an answer to the question", item.key)
            item.keep("a prediction without an answer to the question", prediction)
            return
        if score is not None and not scored:
            self.left.add("a score that is no share of 1", item.key)
            item.keep("a score that is no share of 1", prediction)
        item.said.append(
            Said(model, answer, float(score) if scored and score is not None else None,
                 probabilities if isinstance(probabilities, dict) else None)
        )  # fmt: skip


def _own_key(task: Json) -> str | None:
    """The key that an export of ours gave the item."""
    meta = task.get("meta")
    ours = meta.get("quorum") if isinstance(meta, dict) else None
    return str(ours["key"]) if isinstance(ours, dict) and ours.get("key") else None


def _list_of(holder: Json, name: str, place: str) -> list[Any]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise refused(f"{place}, {name}", "must be a list, as the tool exports it")
    return value


def _one_a_labeller(item: Found, left: Left) -> None:
    """Nobody labels an item twice here: the newest answer of each counts, the earlier ones are listed and kept."""
    if len({given.labeller for given in item.labels}) == len(item.labels):
        return
    newest: dict[str, Given] = {}
    for given in sorted(item.labels, key=newest_first):
        if given.labeller not in newest:
            newest[given.labeller] = given
            continue
        left.add("an earlier answer of the same labeller", item.key)
        item.keep("an earlier answer of the same labeller", {"labeller": given.labeller, "answer": given.answer})
    item.labels = [given for given in item.labels if newest[given.labeller] is given]
