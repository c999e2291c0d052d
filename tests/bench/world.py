"""Behind the scenes of a load run: builds projects in one database, refits them, and tells which leases were gold.

A process of its own, run by `tests.bench.load` with DATABASE_URL set: orders come in on standard input and replies go
out on standard output, a line of JSON each. Items are written in SQL: a million through the ORM would take minutes.
"""

import json
import sys
import time
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, models
from django.db.models import NOT_PROVIDED
from django.utils import timezone

CROWD_SEED = 0.7
GOLD_ITEMS = 200
FIXED = {"maximum_labels": 3, "gold_share": 0, "yardstick_share": 0, "audit_share": 0}
EVERYTHING = {"gold_share": 0.05, "yardstick_share": 0.05, "audit_share": 0.02, "labels_per_item": 3.0}


def migrate() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    connection.close()
    return {}


def project(*, mode: str, n_items: int, n_labellers: int) -> dict[str, Any]:
    """Mode "fixed": three labels an item, nothing else; "adaptive": everything on. Its slug, the labellers' tokens."""
    from labelling.projects.checks import POLICY_FIELDS  # noqa: PLC0415 - needs settings
    from tests.factories import make_labellers, make_project  # noqa: PLC0415 - as above

    started = time.perf_counter()
    policy = FIXED if mode == "fixed" else {name: at for name, at in EVERYTHING.items() if name in POLICY_FIELDS}
    made = make_project(mode, slug=f"{mode}-{n_items}", **policy)
    _examples(made, n_items)
    _items(made, mode)
    if mode == "adaptive":
        _gold(made, n_items + 1)
    secrets = [_token(member) for member in make_labellers(made, n_labellers)]
    return {"slug": made.slug, "secrets": secrets, "seconds": time.perf_counter() - started}


def _examples(made: Any, n_items: int) -> None:
    from labelling import canonical  # noqa: PLC0415 - needs settings
    from labelling.ingest.models import Example  # noqa: PLC0415 - as above
    from tests.factories import payload  # noqa: PLC0415 - as above

    text = canonical.payload_text(payload("#")).replace("'", "''")
    payloads = f"replace('{text}', '#', n::text)"
    salt = "decode(md5('salt' || n), 'hex')"
    values = {
        "project": str(made.pk), "external_id": "'item-' || lpad(n::text, greatest(4, length(n::text)), '0')",
        "payload": payloads, "salt": salt, "received_at": "now()",
        "payload_hash": f"encode(sha256({salt} || convert_to({payloads}, 'UTF8')), 'hex')",
    }  # fmt: skip
    insert(Example, values, f"generate_series(1, {n_items}) n ORDER BY n")


def _items(made: Any, mode: str) -> None:
    """Valued at random, so that the queue's order is not the table's."""
    from labelling.sampling.models import Item  # noqa: PLC0415 - needs settings

    policy = made.policy
    yardsticks = policy.yardstick_share if mode == "adaptive" else 0
    audits = policy.audit_share if mode == "adaptive" else 0
    first = policy.initial_labels if mode == "adaptive" else policy.maximum_labels
    value = "value" if any(field.name == "value" for field in Item._meta.fields) else "priority"
    values = {
        "public_id": "substr(translate(md5('id' || id), '0189', 'wxyz'), 1, 16)", "project": str(made.pk),
        "example": "id", value: "random()", "is_yardstick": "yardstick", "is_audit": f"random() < {audits}",
        "target": f"CASE WHEN yardstick THEN {policy.maximum_labels} ELSE {first} END", "split": "'train'",
        "created_at": "now()", "state_at": "now()",
    }  # fmt: skip
    insert(Item, values, f"(SELECT id, random() < {yardsticks} AS yardstick FROM labelling_example"  # noqa: S608 - as below
                         f" WHERE project_id = {made.pk} ORDER BY id) chosen")  # fmt: skip


def insert(model: type[models.Model], values: dict[str, str], source: str) -> None:
    """Rows for everything in `source`: SQL by field, the model's defaults for the others. Foreign keys unchecked."""
    columns, given = [], []
    for field in model._meta.concrete_fields:
        if field.primary_key or field.generated or (field.name not in values and field.db_default is not NOT_PROVIDED):
            continue
        columns.append((field.column, values.get(field.name, "%s")))
        if field.name not in values:
            given.append(field.get_db_prep_save(field.get_default(), connection))
    names = ", ".join(f'"{name}"' for name, _ in columns)
    expressions = ", ".join(text.replace("%", "%%") if text != "%s" else text for _, text in columns)
    table = f'"{model._meta.db_table}"'
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        cursor.execute("SELECT setseed(%s)", [CROWD_SEED])
        # Indexes are made anew afterwards, which takes a fraction of the time.
        cursor.execute("UPDATE pg_index SET indisready = false WHERE indrelid = %s::regclass", [table])
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {expressions} FROM {source}", given)  # noqa: S608 - ours
        cursor.execute(f"REINDEX TABLE {table}")
        cursor.execute("SET session_replication_role = origin; RESET maintenance_work_mem")


def _gold(made: Any, first: int) -> None:
    from labelling.sampling.actions import add_gold  # noqa: PLC0415 - needs settings
    from labelling.sampling.models import Gold  # noqa: PLC0415 - as above
    from tests.bench.labellers import truth  # noqa: PLC0415 - as above
    from tests.factories import NOW, make_items  # noqa: PLC0415 - as above

    for number, item in enumerate(make_items(made, GOLD_ITEMS, first=first), start=first):
        add_gold(item=item, answer={"choice": truth(number)}, origin=Gold.Origin.PROBABILITY, by=None, reason="",
                 now=NOW)  # fmt: skip


def _token(member: Any) -> str:
    from labelling.projects.actions import issue_token  # noqa: PLC0415 - needs settings

    _, secret = issue_token(user=member.user, project=member.project, name="bench", scopes=["label"], expires_at=None,
                            by=None, now=timezone.now())  # fmt: skip
    return secret


def bare_tables(*, n_tasks: int) -> dict[str, Any]:
    from tests.bench import bare  # noqa: PLC0415 - needs settings

    bare.make_tables()
    insert(bare.Task, {"payload": "'{\"request\":\"Someone to look after cat ' || n || '\"}'", "is_open": "true"},
           f"generate_series(1, {n_tasks}) n")  # fmt: skip
    return {}


def settle() -> dict[str, Any]:
    """As autovacuum would have left tables that were filled over weeks."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return {}


def refit(*, slug: str) -> dict[str, Any]:
    """What a worker does in between: the jobs that are due, a refit in any case. Milliseconds of CPU."""
    from labelling.loop.refit import refit_project  # noqa: PLC0415 - needs settings
    from labelling.projects.models import Project  # noqa: PLC0415 - as above
    from labelling.tasks import housekeeping, run_waiting  # noqa: PLC0415 - as above
    from tests.bench.clock import measured  # noqa: PLC0415 - as above

    with measured() as spent:
        housekeeping(now=timezone.now())
        if not run_waiting(now=timezone.now()):
            refit_project(project=Project.objects.get(slug=slug), now=timezone.now())
    fit = Project.objects.get(slug=slug).fits.latest("pk")
    return {"here": 1000 * spent.here, "database": 1000 * spent.database, "labels": fit.n_labels}


def gold_tokens(*, slug: str) -> dict[str, Any]:
    """The tokens under which gold was answered."""
    from labelling.assignment.models import Label  # noqa: PLC0415 - needs settings

    of_gold = Label.objects.filter(project__slug=slug, item__purpose="gold")
    return {"tokens": list(of_gold.values_list("token", flat=True))}


ORDERS = {order.__name__: order for order in (migrate, project, bare_tables, settle, refit, gold_tokens)}


def main() -> None:
    django.setup()
    for line in sys.stdin:
        order = json.loads(line)
        reply = ORDERS[order.pop("do")](**order)
        print(json.dumps(reply), flush=True)  # noqa: T201 - the process that started this one reads it


if __name__ == "__main__":
    main()
