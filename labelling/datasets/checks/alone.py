"""Checks of rows one by one, and of what the rows are together."""

import numpy as np

from labelling.datasets.checks import figures
from labelling.datasets.checks.seen import Seen
from labelling.datasets.checks.sketch import EMPTY, OUTSIDE, Array
from labelling.datasets.checks.summary import PER_BIN, UNKNOWN, least_length, length_bins
from labelling.datasets.checks.verdicts import PASS, Found, percent, rows, unlooked
from labelling.datasets.content import SCALE, SPLITS

# Fewer texts than this have no usual length.
FEW_TEXTS = 50
USUAL = 0.95
UNSLICED = "(no slice)"


def class_balance(seen: Seen) -> Found:
    if seen.kind.merging:
        return unlooked("Answers have parts: there are no classes to balance.")
    counts = seen.summary.of("class")
    ranked = figures.ranked(counts)
    share = ranked[0][1] * SCALE // len(seen.rows) if ranked else 0
    said = f"The most frequent label, {ranked[0][0]!r}, has {percent(share)} of the rows." if ranked else "No rows."
    figure = figures.bars(ranked, of=figures.ROWS, x_label="Rows", flagged=[name for name, _ in ranked[:1]])
    return Found(share, said, figure=figure)


def absent_classes(seen: Seen) -> Found:
    if seen.kind.merging:
        return unlooked("Answers have parts: there are no classes to miss.")
    counts, wanted = seen.summary.of("class"), seen.kind.classes(seen.definition)
    absent = sorted(set(wanted) - set(counts))
    shown = " or ".join(repr(name) for name in absent[:5]) + (f" or {len(absent) - 5} more" if len(absent) > 5 else "")
    said = f"No row has the label {shown}." if absent else "Every label of the schema has rows."
    told = sorted(((name, counts.get(name, 0)) for name in wanted), key=lambda pair: (pair[1], pair[0]))
    return Found(len(absent), said, n=0, figure=figures.bars(told, of=figures.ROWS, x_label="Rows", flagged=absent))


def empty_fields(seen: Seen) -> Found:
    wrong = np.flatnonzero(seen.rows.flagged(EMPTY))
    fields = seen.kind.fields(seen.definition)
    said = "No row has an empty field."
    if len(wrong):
        said = f"{rows(len(wrong))} no {' or '.join(fields) or 'payload'}, or an empty one."
    types = seen.types
    empty = {name: sum(types.get(name, {}).get(word, 0) for word in ("null", "empty", "missing")) for name in fields}
    if seen.summary.n_rows:
        empty = {name: n if name in types else seen.summary.n_rows for name, n in empty.items()}
    figure = figures.bars(figures.ranked(empty), of=figures.ROWS, x_label="Rows without it")
    return Found(seen.share(len(wrong)), said, wrong, figure=figure)


def outside_schema(seen: Seen) -> Found:
    wrong = np.flatnonzero(seen.rows.flagged(OUTSIDE))
    said = "Every answer is one of the label schema."
    if len(wrong):
        said = f"{rows(len(wrong))} an answer that the label schema in force does not allow."
    return Found(len(wrong), said, wrong, figure=_by_slice(seen, wrong))


def length_outliers(seen: Seen) -> Found:
    """Texts longer than what 95 in 100 stay under times what the policy says, or shorter than what 5 in 100 stay under
    divided by it; both rounded up to their bin."""
    worded = seen.rows["script"] > 0
    length = seen.rows["length"]
    bins = length_bins(length)
    counts = np.bincount(bins[worded], minlength=1)
    figure = figures.histogram(
        [(least_length(code), least_length(code + 1), int(counts[code])) for code in range(1, len(counts))],
        x_label="Characters of the text",
    )
    n = int(counts.sum())
    if n < FEW_TEXTS:
        return unlooked(f"There are {n} texts: too few to tell what is usual.", figure)
    times = seen.limit.own["times"]
    below, usual = (_length_of(counts, share) for share in (1 - USUAL, USUAL))
    short, bound = below // times, usual * times
    wrong = np.flatnonzero(worded & ((length > bound) | (length < short)))
    said = f"No text is longer than {bound:,} characters, {times} times what 95 of 100 stay under"
    said += f", or shorter than {short:,}." if short > 1 else "."
    if len(wrong):
        n_short = int((length[wrong] < short).sum())
        told = [f"{n:,} {word}" for n, word in (
            (len(wrong) - n_short, f"with more than {bound:,} characters"), (n_short, f"with fewer than {short:,}"),
        ) if n]  # fmt: skip
        said = (
            f"{rows(len(wrong))} a text of an odd length: {' and '.join(told)}; 90 of 100 have {below:,} to {usual:,}."
        )
    return Found(seen.share(len(wrong)), said, wrong, figure=figure)


def _length_of(counts: Array, share: float) -> int:
    """The length that this share of the texts stays under, rounded up to its bin. counts: of each bin."""
    found = int(np.searchsorted(np.cumsum(counts), share * counts.sum()))
    return least_length(found + 1)


def slice_coverage(seen: Seen) -> Found:
    least = seen.limit.own["least_rows"]
    have = seen.summary.of("slice")
    wanted = {**dict.fromkeys(seen.slices, 0), **dict.fromkeys(have, 0)}
    counts = {name or UNSLICED: have.get(name, 0) for name in wanted}
    if set(counts) <= {UNSLICED}:
        return unlooked("Examples name no slice.")
    # A slice of which fewer were ever sampled can't have more.
    short = {
        name: n for name, n in counts.items()
        if n < min(least, seen.slices.get("" if name == UNSLICED else name, least) or 1)
    }  # fmt: skip
    worst = sorted(counts.items(), key=lambda pair: (pair[1], pair[0]))
    said = f"Each of the {len(counts)} slices has {least} rows, or all that were sampled of it."
    if short:
        said = _few(short, len(counts), least)
        worst.sort(key=lambda pair: pair[0] not in short)
    figure = figures.bars(worst, of=figures.ROWS, x_label="Rows", flagged=short, line=least)
    return Found(len(short), said, n=0, figure=figure)


def _few(short: dict[str, int], n_slices: int, least: int) -> str:
    """The slices that are short of rows, in words, the shortest three by name."""
    ranked = sorted(short.items(), key=lambda pair: (pair[1], pair[0]))
    named = ", ".join(f"{name} ({n:,})" for name, n in ranked[:3]) + (" and more" if len(ranked) > 3 else "")
    verb = "has" if len(short) == 1 else "have"
    return f"{len(short)} of {n_slices} slices {verb} fewer than {least} rows: {named}."


def label_confidence(seen: Seen) -> Found:
    below, confidence = seen.limit.own["below"], seen.rows["confidence"]
    known = confidence >= 0
    wrong = np.flatnonzero(known & (confidence < below))
    n = int(known.sum())
    if not n:
        return unlooked("No row has a confidence: experts and known answers don't say one.")
    share = len(wrong) * SCALE // n
    said = f"{percent(share)} of the {n:,} rows with a confidence are less than {percent(below)} sure."
    counts = np.bincount(confidence[known] // (5 * PER_BIN), minlength=1)
    bins = [(code * 5, (code + 1) * 5, int(k)) for code, k in enumerate(counts[:20])]
    if len(counts) > 20:
        bins[-1] = (95, 100, bins[-1][2] + int(counts[20]))
    return Found(share, said, wrong, figure=figures.histogram(bins, x_label="Confidence, percent"))


def labeller_share(seen: Seen) -> Found:
    counts = seen.summary.of("labeller")
    total = sum(counts.values())
    ranked = figures.ranked(counts)
    if not total:
        return unlooked("No labels of labellers stand behind the rows.")
    share = ranked[0][1] * SCALE // total
    said = f"One labeller gave {percent(share)} of the {total:,} labels; {len(ranked)} labellers gave some."
    figure = figures.bars(((name, n * SCALE // total) for name, n in ranked), of=figures.SHARE,
                          x_label="Share of the labels", line=seen.limit.warn)  # fmt: skip
    found = Found(share, said, n=0, figure=figure, at_most="warn" if len(ranked) > 1 else "pass")
    if len(ranked) == 1:
        found.summary += " With one labeller nobody else could."
    return found


def empty_splits(seen: Seen) -> Found:
    held = seen.summary.of("split")
    bare = [split for split in SPLITS if not held.get(split)]
    said = f"There is no row in {' and '.join(bare)}." if bare else "Every split has rows."
    figure = figures.bars(
        [(split, held.get(split, 0)) for split in SPLITS], of=figures.ROWS, x_label="Rows", flagged=bare
    )
    return Found(len(bare), said, n=0, figure=figure)


def label_issues(seen: Seen) -> Found:
    doubted = seen.doubted
    if doubted is None:
        return unlooked("“Check now” looks for them in the background, where cleanlab is installed.")
    if doubted.why:
        return unlooked(doubted.why)
    n = len(doubted.places)
    said = f"{rows(n)} a label that a model doubts." if n else "A model doubts no label."
    found = Found(seen.share(n), f"{said} {doubted.quality}", doubted.places, figure=_by_label(seen, doubted.places))
    if n and doubted.quality is not None and doubted.quality.is_weak:
        found.at_most = PASS
        found.summary += " So many errors of its own are among them that their number says little: read some."
    return found


def _by_slice(seen: Seen, wrong: Array) -> figures.Figure | None:
    return figures.bars([("allowed", len(seen.rows) - len(wrong)), ("not allowed", len(wrong))], of=figures.ROWS,
                        x_label="Answers", flagged=["not allowed"])  # fmt: skip


def _by_label(seen: Seen, places: Array) -> figures.Figure | None:
    codes, n = np.unique(seen.labels[places], return_counts=True)
    names = [seen.label_names[code] if code >= 0 else UNKNOWN for code in codes]
    told = figures.ranked(dict(zip(names, map(int, n), strict=True)))
    return figures.bars(told, of=figures.ROWS, x_label="Doubted rows")
