"""What a query finds as Arrow batches, column by column."""

import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.db import connection

READ_ROWS = 8_192
WORK_MEM = "64MB"
BLOCK_BYTES = 1 << 20  # parsed at once, unless a row is longer; some blocks are read ahead
# Of CSV. Texts hardly ever hold them, and then no text has to be quoted, nor its quotes doubled.
DELIMITER, QUOTE = "\x02", "\x01"


def batches(found: Any, schema: pa.Schema, *, in_order: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows of a query of values_list, of these columns. On the connection that is open, so within its transaction;
    between two batches it is free for others.

    in_order: the query asks for a run of ids in each of its tables, so that PostgreSQL had better merge them by their
    indexes than hash a table.
    """
    sql, params = found.query.sql_with_params()
    if connection.vendor == "postgresql":
        yield from _copied(sql, params, schema, in_order)
    else:
        yield from _fetched(sql, params, schema)


def _fetched(sql: str, params: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(READ_ROWS):
            columns = [
                pa.array([value if value is None else bool(value) for value in values] if pa.types.is_boolean(of.type)
                         else values, of.type)
                for of, values in zip(schema, zip(*rows, strict=True), strict=True)
            ]  # fmt: skip
            yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _copied(sql: str, params: Any, schema: pa.Schema, in_order: bool) -> Iterator[pa.RecordBatch]:
    """COPY as CSV, parsed column by column: half the work of fetching rows."""
    names, aliases = ", ".join(map(_sent, schema)), ", ".join(f'"{name}"' for name in schema.names)
    options = f"(FORMAT csv, DELIMITER '{DELIMITER}', QUOTE '{QUOTE}')"
    statement = f"COPY (SELECT {names} FROM ({sql}) AS found ({aliases})) TO STDOUT {options}"  # noqa: S608 - names of ours
    with tempfile.TemporaryFile(prefix="quorum-copied-") as file:
        # Whole, before anything is parsed: until the last row is read nobody else can use the connection.
        longest = 0
        with connection.cursor() as cursor:
            _plan(cursor, in_order)
            with cursor.cursor.copy(statement, params) as copy:
                for row in copy:
                    file.write(row)
                    longest = max(longest, len(row))
            if in_order:
                _plan(cursor, in_order=False)
        file.seek(0)
        if longest:
            yield from _parsed(file, max(BLOCK_BYTES, 2 * longest), schema)


def _plan(cursor: Any, in_order: bool) -> None:
    """Until the transaction ends: what doesn't fit into memory is written to disk and read again, and workers that
    merge at once would each read a whole index."""
    cursor.execute(
        "SELECT set_config('work_mem', %s, true), set_config('enable_hashjoin', %s, true),"
        " set_config('max_parallel_workers_per_gather', '0', true)",
        [WORK_MEM, "off" if in_order else "on"],
    )


def _sent(field: pa.Field) -> str:
    if pa.types.is_fixed_size_binary(field.type):
        return f"encode(\"{field.name}\", 'hex')"
    return f'"{field.name}"::text' if pa.types.is_string(field.type) else f'"{field.name}"'


def _parsed(file: Any, block: int, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    reader = pa.csv.open_csv(
        file,
        read_options=pa.csv.ReadOptions(column_names=schema.names, block_size=block, use_threads=False),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True, delimiter=DELIMITER, quote_char=QUOTE),
        convert_options=pa.csv.ConvertOptions(
            column_types={of.name: pa.string() if pa.types.is_fixed_size_binary(of.type) else of.type for of in schema},
            null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
    for batch in reader:
        columns = [
            pa.Array.from_buffers(of.type, len(batch), [None, _unhexed(batch.column(of.name))])
            if pa.types.is_fixed_size_binary(of.type) else batch.column(of.name)
            for of in schema
        ]  # fmt: skip
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _unhexed(column: pa.Array) -> pa.Buffer:
    """The bytes that texts of hex digits, all of one length, stand for."""
    _, offsets, digits = column.buffers()
    ends = np.frombuffer(offsets, np.int32, len(column) + 1, column.offset * 4)
    return pa.py_buffer(bytes.fromhex(digits[int(ends[0]) : int(ends[-1])].to_pybytes().decode("ascii")))
