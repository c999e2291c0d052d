"""README.md of an export: the dataset card, as the Hugging Face hub reads it."""

from collections.abc import Iterator, Mapping
from typing import Any

from labelling.datasets.content import SCALE
from labelling.datasets.formats import yaml
from labelling.datasets.formats.base import About, Format, Json, Options
from labelling.datasets.formats.croissant import MEANING, DataFile
from labelling.datasets.formats.tables import VOTES
from labelling.datasets.formats.tally import Tally

NAME = "README.md"
MOST_LABELS = 50
# Where a size category of the hub ends.
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"))  # fmt: skip


def card(about: About, found: Format, options: Options, files: Mapping[str, DataFile], tally: Tally) -> bytes:
    """The whole file. files: the data file of each split that has rows."""
    body = "\n".join(_body(about, found, options, tally)).rstrip() + "\n"
    return f"---\n{yaml.written(_front(about, found, options, files, tally))}---\n\n{body}".encode()


def citation(about: About) -> str:
    return f"{about.name}, version {about.number} ({about.created_at[:4]}). Quorum dataset, data_id {about.data_id}."


# --- front matter ----------------------------------------------------------------------------------------------------


def _front(about: About, found: Format, options: Options, files: Mapping[str, DataFile], tally: Tally) -> Json:
    tasks = about.kind.outside.get("hugging-face")
    front: Json = {"pretty_name": about.name, "license": about.license}
    front |= {"language": list(about.languages)} if about.languages else {}
    front |= {"task_categories": tasks.tasks(about.definition)} if tasks else {}
    front["size_categories"] = [next((name for most, name in SIZES if tally.n_rows < most), "n>10M")]
    if found.features is None:
        return front
    front["configs"] = [_config("default", "data", found, files)]
    if options.votes:
        front["configs"].append(_config(VOTES, VOTES, found, files, reading=False))
    sizes = {split: file.n_bytes for split, file in files.items()}
    front["dataset_info"] = [{
        "config_name": "default",
        "features": [{"name": name, "dtype": kind} for name, kind in found.features.items()],
        "splits": [
            {"name": split, "num_bytes": sizes[split], "num_examples": tally.splits[split]} for split in files
        ],
        "download_size": sum(sizes.values()),
        "dataset_size": sum(sizes.values()),
    }]  # fmt: skip
    return front


def _config(name: str, folder: str, found: Format, files: Mapping[str, DataFile], *, reading: bool = True) -> Json:
    return {
        "config_name": name,
        **({"default": True} if name == "default" else {}),
        "data_files": [{"split": split, "path": f"{folder}/{split}-*.{found.suffix}"} for split in files],
        **(found.reading if reading else {}),
    }


# --- in words --------------------------------------------------------------------------------------------------------


def _body(about: About, found: Format, options: Options, tally: Tally) -> Iterator[str]:
    yield f"# {_line(about.name)}, version {about.number}\n"
    yield f"{_line(about.definition['question'])}\n"
    if about.message:
        yield f"> {_line(about.message)}\n"
    yield f"{about.kind.title}; {tally.n_rows:,} of the {about.n_rows:,} rows of the version, as {found.title}.\n"
    yield from _table(("split", "rows"), [(split, f"{tally.splits[split]:,}") for split in tally.held])
    yield from _recalls(about)
    yield "## What a row holds\n"
    if found.features is not None:
        yield from _table(("column", "what it is"), list(MEANING.items()))
        if found.reading:
            yield "CSV has no types: give `load_dataset` the `features` above, or a key of digits becomes a number.\n"
    else:
        yield "An item with its answer, in the words of the tool that the format belongs to.\n"
    yield from _answers(about, tally)
    yield from _labelling(about, options, tally)
    yield f"## Guideline {about.guideline_number}\n\n{about.guideline.strip() or 'None was written.'}\n"
    yield from _checks(about)
    yield from _identity(about, found)


def _recalls(about: About) -> Iterator[str]:
    if about.recalls:
        yield "## Recalled\n\nSome of these labels no longer count. A later version leaves them out.\n"
        rows = [(str(one["at"])[:10], f"{one['n_rows']:,}", _line(one["reason"])) for one in about.recalls]
        yield from _table(("on", "rows", "why"), rows)


def _answers(about: About, tally: Tally) -> Iterator[str]:
    names = about.kind.labels(about.definition)
    listed: list[Json] = about.definition.get("choices") or about.definition.get("labels") or []
    titles = {choice["name"]: choice.get("hint") or choice.get("title", "") for choice in listed}
    if not names and not tally.labels:
        return
    yield f"## Answers (label schema {about.schema_number})\n"
    seen = [name for name, _ in tally.labels.most_common() if name not in names]
    rows = [(_line(name), _line(titles.get(name, "")), f"{tally.labels[name]:,}" if tally.labels else "")
            for name in [*names, *seen][:MOST_LABELS]]  # fmt: skip
    yield from _table(("label", "meaning", "rows"), rows)


def _labelling(about: About, options: Options, tally: Tally) -> Iterator[str]:
    yield "## How the labels were made\n"
    yield (
        "Several labellers answered each item on their own; their answers were weighed by how reliable each of them "
        "is, and what they could not settle went to an expert. Labels that were rejected do not count.\n"
    )
    yield from _table(("settled by", "rows"), [(who, f"{n:,}") for who, n in tally.authorities.most_common()])
    if tally.mean_confidence is not None:
        yield f"The crowd's answers have a mean confidence of {tally.mean_confidence:.3f}.\n"
    if about.agreement:
        one = about.agreement
        between = "" if one["low"] is None else f" (95% interval {one['low']:.3f} to {one['high']:.3f})"
        yield (
            f"Krippendorff's alpha was {one['alpha']:.3f}{between}, on {one['n_items']:,} items that were labelled to "
            f"the end whatever the first answers were ({one['n_labels']:,} labels).\n"
        )
    if options.votes:
        named = "by name" if options.names else "under pseudonyms"
        yield f"Each labeller's own answer stands in `{VOTES}`, {named}.\n"


def _checks(about: About) -> Iterator[str]:
    checks = about.checks.get("checks", [])
    if checks:
        yield f"## Checks before publishing: {about.checks.get('verdict', '')}\n"
        yield from _table(("check", "verdict", "what was found"),
                          [(one["name"], one["verdict"].replace("_", " "), _line(one["summary"]))
                           for one in checks])  # fmt: skip
    if reason := about.checks.get("override_reason"):
        yield f"An owner published it all the same: {_line(reason)}\n"


def _identity(about: About, found: Format) -> Iterator[str]:
    yield "## Which data this is, exactly\n"
    yield from _table(("id", "SHA-256"), [("data_id", f"`{about.data_id}`"), ("version_id", f"`{about.version_id}`")])
    again = "hashes every row again, and compares" if found.verifies == "rows" else "compares"
    yield (
        f"`manage.py verify DIR` checks every file against SHA256SUMS, {again} with these ids, offline. "
        f"Confidence and posterior are out of {SCALE:,}.\n"
    )
    yield "Cells are never altered: a spreadsheet may run text that begins with =, +, - or @.\n"
    yield f"## How to cite\n\n{_line(citation(about))}\n"


def _table(head: tuple[str, ...], rows: list[Any]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |\n" + "| " + " | ".join("---" for _ in head) + " |"
    yield "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"


def _line(text: Any) -> str:
    """Text of others on one line of Markdown, drawn as it stands."""
    plain = " ".join(str(text).split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in plain)
