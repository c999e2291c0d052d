"""Keeping a version's rows in few segments that are mostly live. Rows are copied as they are: no id changes. No Django.

A segment that is less than half live is written anew, and so are small ones once there are many.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from labelling.datasets.rows import Part
from labelling.datasets.segments import CONTENT, GROUP_ROWS, INDEX, SEGMENT_ROWS, Opened, Writer

SMALL_ROWS = SEGMENT_ROWS // 8
MOST_SMALL = 16


def tidied(parts: list[Part], folder: Path) -> list[Part]:
    """The same rows, in these parts or in new ones whose files are written under `folder`."""
    sparse = [part for part in parts if part.segment and 0 < part.n_live < part.opened.n_rows / 2]
    small = [part for part in parts if part.segment and part.n_live < SMALL_ROWS and part not in sparse]
    chosen = sparse + (small if len(small) > MOST_SMALL else [])
    if not chosen:
        return parts
    kept = [part for part in parts if all(part is not one for one in chosen)]
    return kept + [merged(run, folder / f"tidy-{number}") for number, run in enumerate(_runs(chosen))]


def _runs(parts: list[Part]) -> list[list[Part]]:
    """Together no more rows than a segment holds."""
    runs: list[list[Part]] = []
    for part in sorted(parts, key=lambda part: part.n_live):
        if runs and sum(other.n_live for other in runs[-1]) + part.n_live <= SEGMENT_ROWS:
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def merged(parts: list[Part], folder: Path) -> Part:
    """One part with the rows that these hold, its files written to the folder."""
    index = pa.concat_tables([part.opened.index.take(part.rows) for part in parts])
    order = np.argsort(index["key"].cast(pa.binary()).to_numpy(), kind="stable")
    index = index.take(order).combine_chunks()
    lineage = pa.chunked_array([chunk for part in parts for chunk in part.opened.lineage(part.rows).chunks]).take(order)
    content = pa.concat_tables([part.opened.content(part.rows) for part in parts]).take(order)
    writer = Writer(folder)
    for at in range(0, len(index), GROUP_ROWS):
        here = [table.slice(at, GROUP_ROWS).combine_chunks() for table in (index, content)]
        writer.add(
            pa.RecordBatch.from_arrays([column.combine_chunks() for column in here[0].columns], schema=INDEX),
            lineage.slice(at, GROUP_ROWS).combine_chunks(),
            pa.RecordBatch.from_arrays([column.combine_chunks() for column in here[1].columns], schema=CONTENT),
        )
    return Part(Opened(writer.close()), np.ones(writer.n_rows, bool))
