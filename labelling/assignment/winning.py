"""Winning leases: one statement on PostgreSQL, the same steps one after the other on SQLite, which has one writer.

Nobody looks first and takes afterwards: the items are locked as they are found, and what others hold is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import md5
from typing import Any

from django.db import connection

from labelling.assignment.models import Lease
from labelling.ids import new_token
from labelling.statements import fetch

GOLD_LOOK_AHEAD = 12
UNLIMITED = 2_000_000_000
Position = tuple[float, int]


@dataclass(frozen=True)
class Search:
    """Where to look and what to take.

    queues: ids of queues whose needs the labeller meets, besides the items that need nothing. full_parts: parts of
    rounds in which they had their share. start: look from here on, an item's priority and id; None: from the head.
    window: how many entries of each queue to look at. gold_places: which of the places 1 to `count` hidden gold takes.
    salt: makes which gold it is unpredictable.
    """

    labeller_id: int
    project_id: int
    count: int
    now: datetime
    expires_at: datetime
    queues: tuple[int, ...] = ()
    full_parts: tuple[int, ...] = ()
    start: Position | None = None
    window: int = 100
    gold_places: tuple[int, ...] = ()
    gold_exposure: int | None = None
    salt: str = ""
    keep_portions: bool = False

    @property
    def values(self) -> dict[str, Any]:
        priority, item = self.start or (None, None)
        return {
            "labeller": self.labeller_id, "project": self.project_id, "now": self.now, "expires": self.expires_at,
            "priority": priority, "item": item, "salt": self.salt, "exposure": self.gold_exposure or UNLIMITED,
            # As text, so that the statement is the same with and without gold.
            "gold_places": f"{{{','.join(map(str, self.gold_places))}}}",
            "tokens": f"{{{','.join(new_token() for _ in range(self.count))}}}",
        }  # fmt: skip


@dataclass(frozen=True)
class Won:
    """A lease with what its labeller is shown, and where in the queue its item stood. suggestion: the model's answer to
    correct, as canonical JSON."""

    lease: Lease
    payload: str | None
    position: Position
    suggestion: str | None = None


ROOM = """
    (SELECT COALESCE(SUM(size - n_labels), 0) FROM labelling_batch WHERE labeller_id = %(labeller)s AND full_at IS NULL)
    - (SELECT COUNT(*) FROM labelling_lease WHERE labeller_id = %(labeller)s AND state = 'live')
"""

# A look-up for each entry, in the order of the queue, so that the search ends with the last one wanted.
NOT_OWN = """(
    SELECT own.id FROM labelling_lease own
    WHERE own.labeller_id = %(labeller)s AND own.item_id = w.id AND own.pass_number = w.pass_number
) IS NULL"""

GOLD = """
    SELECT g.id FROM labelling_item g
    WHERE g.project_id = %(project)s AND g.purpose = 'gold' AND g.held_at IS NULL AND g.n_exposed < %(exposure)s
        AND (g.queue_id IS NULL{queues})
        AND (SELECT own.id FROM labelling_lease own
             WHERE own.labeller_id = %(labeller)s AND own.item_id = g.id LIMIT 1) IS NULL
    ORDER BY g.n_exposed, g.id LIMIT {look_ahead}
"""

# Gold has no places to count; its row is written all the same, so that the time it takes does not tell.
TAKE = """
UPDATE labelling_item SET n_active = n_active + CASE WHEN purpose = 'work' THEN 1 ELSE 0 END
"""

SIT_DOWN = """
INSERT INTO labelling_desk (labeller_id, n_leased, seen_at) {given}
ON CONFLICT (labeller_id) DO UPDATE SET n_leased = labelling_desk.n_leased + excluded.n_leased,
    seen_at = excluded.seen_at
"""

PORTIONS = """
INSERT INTO labelling_portion (labeller_id, part_id, n_given)
SELECT %(labeller)s, i.part_id, COUNT(*) FROM labelling_item i
WHERE {among} AND i.part_id IS NOT NULL AND i.purpose = 'work' GROUP BY i.part_id
ON CONFLICT (labeller_id, part_id) DO UPDATE SET n_given = labelling_portion.n_given + excluded.n_given
"""

AT_ONCE = """
WITH room AS MATERIALIZED (SELECT {room} AS n),
work AS MATERIALIZED (
    SELECT i.id, i.pass_number, i.priority FROM ({window}) w JOIN labelling_item i ON i.id = w.id
    WHERE i.is_open AND {not_own}
    ORDER BY {order} LIMIT {count} FOR NO KEY UPDATE OF i SKIP LOCKED
),
gold AS MATERIALIZED (
    SELECT i.id, i.pass_number FROM (
        SELECT g.id FROM ({gold}) g ORDER BY md5(CAST(g.id AS text) || CAST(%(salt)s AS text)) LIMIT {n_gold}
    ) g JOIN labelling_item i ON i.id = g.id FOR NO KEY UPDATE OF i SKIP LOCKED
),
chosen AS (
    SELECT id, pass_number, ROW_NUMBER() OVER () AS number FROM (
        (SELECT id, pass_number FROM gold LIMIT (
            SELECT COUNT(*) FROM unnest(CAST(%(gold_places)s AS int[])) place
            WHERE place <= (SELECT COUNT(*) FROM work)
        ))
        UNION ALL SELECT id, pass_number FROM work
        LIMIT (SELECT GREATEST(0, LEAST(n, {count})) FROM room)
    ) both_kinds
),
leased AS (
    INSERT INTO labelling_lease (labeller_id, item_id, pass_number, token, state, leased_at, expires_at)
    SELECT %(labeller)s, id, pass_number, (CAST(%(tokens)s AS text[]))[number], 'live', %(now)s, %(expires)s
    FROM chosen ON CONFLICT DO NOTHING RETURNING id, item_id, pass_number, token
),
taken AS ({take} FROM leased WHERE labelling_item.id = leased.item_id){portions},
seated AS ({seat})
SELECT room.n, leased.id, leased.item_id, leased.pass_number, leased.token, e.payload, i.priority, i.purpose,
    (SELECT COUNT(*) FROM gold)
FROM room LEFT JOIN leased ON TRUE LEFT JOIN labelling_item i ON i.id = leased.item_id
    LEFT JOIN labelling_example e ON e.id = i.example_id
"""


def win(search: Search) -> tuple[list[Won], int]:
    """Lease what the search finds, in the order to show it; and how many more leases the labeller's batches pay for.

    The labeller's row must be locked. Fewer than asked for while more are paid for: the window held no more, or
    others have them.
    """
    won, room = _at_once(search) if connection.vendor == "postgresql" else _in_turn(search)
    return won, max(0, room - len(won))


def window(search: Search) -> str:
    """The entries of the queues to look at, best first. Each queue's come straight from the index."""
    # Two ranges, since an index in two directions has no one range behind a position: among many items of one
    # priority it would be looked through from their first.
    same, lower = "AND priority = %(priority)s AND id >= %(item)s", "AND priority < %(priority)s"
    full = ", ".join(map(str, search.full_parts))
    shares = f"AND (part_id IS NULL OR part_id NOT IN ({full}))" if full else ""
    queues = ["queue_id IS NULL", *(f"queue_id = {int(queue)}" for queue in search.queues)]
    # The queue stands in the order, though it is one, since PostgreSQL then knows the order for the index's.
    ranges = [
        f"SELECT id, pass_number, priority, queue_id FROM labelling_item WHERE project_id = %(project)s AND {queue}"
        f" AND is_open {behind} {shares} ORDER BY queue_id, priority DESC, id LIMIT {search.window}"
        for queue in queues
        for behind in ((same, lower) if search.start else ("",))
    ]
    if len(ranges) == 1:
        return ranges[0]
    together = " UNION ALL ".join(f"SELECT * FROM ({entries}) q{number}" for number, entries in enumerate(ranges))
    return f"SELECT * FROM ({together}) q ORDER BY priority DESC, id LIMIT {search.window}"


def gold_for(search: Search) -> str:
    """Gold that the labeller was never given and has the skills for, what the fewest answered first."""
    ids = ", ".join(map(str, search.queues))
    return GOLD.format(queues=f" OR g.queue_id IN ({ids})" if ids else "", look_ahead=GOLD_LOOK_AHEAD)


def order(search: Search) -> str:
    """The order of a window's entries, `w`."""
    one_range = not search.queues and search.start is None
    return "w.queue_id, w.priority DESC, w.id" if one_range else "w.priority DESC, w.id"


def window_end(search: Search) -> Position | None:
    """Where the search's window ends; None when the queue ends within it."""
    entries = window(search)
    rows = fetch(
        f"SELECT w.priority, w.id FROM ({entries}) w ORDER BY {order(search)} LIMIT 1 OFFSET {search.window - 1}",
        search.values,
    )
    return rows[0] if rows else None


def _at_once(search: Search) -> tuple[list[Won], int]:
    portions = f", portioned AS ({PORTIONS.format(among='i.id IN (SELECT item_id FROM leased)')})"
    sql = AT_ONCE.format(
        room=ROOM, window=window(search), order=order(search), not_own=NOT_OWN, count=search.count,
        gold=gold_for(search),
        # As much work with gold as without, so that the time it takes does not tell.
        n_gold=max(1, len(search.gold_places)), take=TAKE, portions=portions if search.keep_portions else "",
        seat=SIT_DOWN.format(given="SELECT %(labeller)s, COUNT(*), %(now)s FROM leased"),
    )  # fmt: skip
    rows = fetch(sql, search.values)
    leased = {row[2]: row for row in rows if row[1] is not None}
    work = sorted((item for item in leased if leased[item][7] == "work"), key=lambda item: (-leased[item][6], item))
    gold = [item for item in leased if leased[item][7] != "work"]
    shown = arrange(work, gold, search.gold_places)
    return [_won(search, *leased[item][1:7]) for item in shown], rows[0][0]


def _in_turn(search: Search) -> tuple[list[Won], int]:
    values = search.values
    tokens = values["tokens"].strip("{}").split(",")
    [(room,)] = fetch(f"SELECT {ROOM}", values)
    entries = window(search)
    work = fetch(
        f"SELECT w.id FROM ({entries}) w WHERE {NOT_OWN} ORDER BY {order(search)} LIMIT {search.count}",
        values,
    )
    gold = [item for (item,) in fetch(gold_for(search), values)] if search.gold_places else []
    gold.sort(key=lambda item: md5(f"{item}{search.salt}".encode(), usedforsecurity=False).hexdigest())
    # Gold only among at least as much work as its place says, so that nobody meets it alone.
    gold = gold[: sum(place <= len(work) for place in search.gold_places)]
    chosen = [*gold, *(item for (item,) in work)][: min(search.count, max(0, room))]
    if chosen:
        given = {f"token_{number}": token for number, token in enumerate(tokens[: len(chosen)])}
        rows = ", ".join(f"({item}, %(token_{number})s)" for number, item in enumerate(chosen))
        fetch(
            "INSERT INTO labelling_lease (labeller_id, item_id, pass_number, token, state, leased_at, expires_at)"
            f" SELECT %(labeller)s, i.id, i.pass_number, t.column2, 'live', %(now)s, %(expires)s"
            f" FROM (VALUES {rows}) t JOIN labelling_item i ON i.id = t.column1",
            given | {name: values[name] for name in ("labeller", "now", "expires")},
        )
    among = ", ".join(map(str, chosen)) or "NULL"
    fetch(f"{TAKE} WHERE id IN ({among})", {})
    if search.keep_portions:
        fetch(PORTIONS.format(among=f"i.id IN ({among})"), {"labeller": search.labeller_id})
    # `WHERE TRUE` tells SQLite's parser that ON CONFLICT belongs to the INSERT.
    seat = SIT_DOWN.format(given=f"SELECT %(labeller)s, {len(chosen)}, %(now)s WHERE TRUE")
    fetch(seat, {name: values[name] for name in ("labeller", "now")})
    read_back = Lease.objects.filter(token__in=tokens).select_related("item__example")
    leases = {lease.item_id: lease for lease in read_back}
    kept = [item for item in gold if item in leases]
    shown = [leases[item] for item in arrange([one for one in chosen if one not in kept], kept, search.gold_places)]
    return [Won(lease, lease.item.example.payload, (lease.item.priority, lease.item_id)) for lease in shown], room


def arrange(work: Sequence[int], gold: Sequence[int], gold_places: Sequence[int]) -> list[int]:
    """Items in the order to show them: gold at its places (from 1), work in the others."""
    placed = dict(zip(gold_places, gold, strict=False))
    rest = iter(work)
    shown = [placed.pop(place, None) or next(rest, None) for place in range(1, len(work) + len(gold) + 1)]
    return [item for item in [*shown, *placed.values(), *rest] if item is not None]


def _won(search: Search, lease: int, item: int, pass_number: int, token: str, payload: str | None, at: float) -> Won:
    made = Lease(
        pk=lease, labeller_id=search.labeller_id, item_id=item, pass_number=pass_number, token=token,
        leased_at=search.now, expires_at=search.expires_at,
    )  # fmt: skip
    made._state.adding, made._state.db = False, "default"
    return Won(made, payload, (at, item))
