"""Small exports in the documented shapes, and moving them here in one call."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from labelling.incoming.actions import Say, begin, carry_out, read_plan
from labelling.incoming.models import ProjectImport
from labelling.incoming.opening import Export
from labelling.incoming.options import Options

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOODS = b"""<View><Header value="How does it sound?"/><Text name="text" value="$text"/>
<Choices name="mood" toName="text"><Choice value="Good" alias="good" hotkey="g"/><Choice value="bad"/></Choices>
</View>"""


def result(value: dict[str, Any], *, name: str = "mood", kind: str = "choices", **more: Any) -> dict[str, Any]:
    return {"id": "r1", "from_name": name, "to_name": "text", "type": kind, "value": value, **more}


def mood(choice: str, by: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": 9, "completed_by": by, "result": [result({"choices": [choice]})], "was_cancelled": False,
        "ground_truth": False, "created_at": "2026-01-05T10:00:00.000000Z", "lead_time": 4.5, **more,
    }  # fmt: skip


def annotated(*results: dict[str, Any], by: Any = 1, **more: Any) -> dict[str, Any]:
    return {"completed_by": by, "result": list(results), **more}


def task(number: int, *annotations: dict[str, Any], data: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": number, "data": data or {"text": f"text {number}"}, "annotations": list(annotations), **more}


def as_json(tasks: Sequence[Any], name: str = "export.json") -> Export:
    return Export(name, json.dumps(tasks).encode())


def as_lines(rows: Sequence[Any], name: str = "all.jsonl") -> Export:
    return Export(name, "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode())


def planned(*exports: Export, source: str = "label_studio", config: bytes | None = None, **options: str):
    return read_plan(source=source, exports=exports, config=config, options=Options(**options))


def move(
    *exports: Export, source: str = "label_studio", config: bytes | None = None, slug: str = "moved",
    say: Say = lambda *_: None, **options: str,
) -> tuple[ProjectImport, dict[str, Any]]:  # fmt: skip
    """What `manage.py move` does. say: is told how far it is."""
    asked = Options(**options)
    plan = read_plan(source=source, exports=exports, config=config, options=asked)
    moved = begin(source=source, exports=exports, config=config, options=asked, slug=slug, name=slug, by=None, now=NOW)
    report = carry_out(moved=moved, planned=plan, now=NOW, say=say)
    moved.refresh_from_db()
    return moved, report
