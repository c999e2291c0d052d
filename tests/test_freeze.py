"""What is frozen can't be changed below Python either: every frozen table, on the database of this run."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.utils import DatabaseError
from django.test import TestCase

from labelling import freeze
from labelling.assignment.models import Label
from labelling.audit.models import Entry
from labelling.consensus.fitting import fit_project
from labelling.consensus.queries import counted_arrays
from labelling.datasets.models import ErasedRow, Erasure, Version
from labelling.exports.models import Download, Export
from labelling.ingest.models import Example
from labelling.projects.models import ApiToken
from labelling.sampling.models import Item, NearLink
from labelling.webhooks.actions import create_endpoint
from labelling.webhooks.announcing import announce
from labelling.webhooks.kinds import Kind
from tests.doctor.world import make_world
from tests.factories import NOW, make_user

FROZEN = {frozen.model: frozen for frozen in freeze.FROZEN}
CLOSED_ONCE = sorted(name for name, frozen in FROZEN.items() if frozen.closing)


def other(field: models.Field, value: Any) -> Any:
    """A value of the field's type that differs from what is there, but for a row it refers to where none is."""
    if isinstance(field, models.ForeignKey) and value is None:
        return field.related_model._base_manager.values_list("pk", flat=True).first()
    if isinstance(field, models.DateTimeField):
        return "2031-01-01 00:00:00+00:00"
    if isinstance(field, models.BinaryField):
        return b"\x01"
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.JSONField):
        return '{"changed": 1}'
    if field.choices and isinstance(field, models.CharField):
        # Constraints know the choices.
        return next(choice for choice, _ in field.choices if choice != value)
    if isinstance(field, models.GenericIPAddressField):
        return "::2"
    if isinstance(field, models.CharField | models.TextField):
        return "changed"
    return (value or 0) + 1


def otherwise(field: models.Field) -> Any:
    """A third value of the field's type."""
    if isinstance(field, models.DateTimeField):
        return "2033-01-01 00:00:00+00:00"
    return "otherwise" if isinstance(field, models.CharField | models.TextField) else 7


def set_column(table: str, key: str, pk: int, column: str, value: Any) -> None:
    set_columns(table, key, pk, {column: value})


def set_columns(table: str, key: str, pk: int, values: dict[str, Any]) -> None:
    """All in one statement: some must change together."""
    with transaction.atomic(), connection.cursor() as cursor:
        changes = ", ".join(f'"{column}" = %s' for column in values)
        names = f'"{table}" SET {changes} WHERE "{key}"'
        cursor.execute(f"UPDATE {names} = %s", [*values.values(), pk])


def refused(act, *arguments: Any) -> bool:
    try:
        act(*arguments)
    except DatabaseError as error:
        return "frozen" in str(error)
    return False


def delete(table: str, key: str, pk: int) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{table}" WHERE "{key}" = %s', [pk])  # noqa: S608 - names come from the models


def rows() -> Iterator[tuple[freeze.Frozen, type[models.Model], models.Model]]:
    """A row of every frozen table."""
    for name, frozen in FROZEN.items():
        model = apps.get_model(name)
        row = model._default_manager.order_by("pk").first()
        assert row is not None, f"the world of these tests has no {name}"
        yield frozen, model, row


class FrozenWorld(TestCase):
    """One world for all tests here: each test's changes are rolled back."""

    @classmethod
    def setUpTestData(cls):
        project = make_world()
        # One that nothing has followed from yet.
        fit_project(project=project, counted=counted_arrays(project), now=NOW)
        erasure = Erasure.objects.create(project=project, example=Example.objects.first(), reason="asked for", at=NOW)
        version = Version.objects.first()
        ErasedRow.objects.create(erasure=erasure, version=version, split="train")
        token = ApiToken.objects.create(user=make_user(), name="trainer", scopes=[], created_at=NOW)
        export = Export.objects.create(version=version, format="jsonl", options={}, key="", created_at=NOW)
        Download.objects.create(version=version, export=export, name="rows.jsonl", user=make_user(), signed=False,
                                token=token, address="::1", at=NOW, first_byte=0, n_bytes=1, status=200)  # fmt: skip
        create_endpoint(project=project, url="https://hooks.example/", by=make_user(), now=NOW)
        announce(project=project, kind=Kind.PUBLISHED, data={}, now=NOW)
        one, other = Item.objects.filter(project=project).order_by("pk")[:2]
        NearLink.objects.create(item=other, of=one, similarity=9_000, inherits=True)

    def test_every_fixed_column_of_every_frozen_table_refuses_another_value(self):
        # While one is under way, what quotes the erased content may go.
        Erasure.objects.update(done_at=NOW, n_rows=0)
        let_through = []
        for frozen, model, row in rows():
            table, key = model._meta.db_table, model._meta.pk.column
            for field in model._meta.concrete_fields:
                if field.column in frozen.open_whiles:
                    continue
                value = other(field, getattr(row, field.attname))
                if not refused(set_column, table, key, row.pk, field.column, value):
                    let_through.append(f"{table}.{field.column}")
        assert let_through == []

    def test_no_row_of_a_frozen_table_can_be_deleted(self):
        for frozen, model, row in rows():
            if not frozen.swept:
                assert refused(delete, model._meta.db_table, model._meta.pk.column, row.pk), model

    def test_what_was_closed_stays_closed_as_it_was(self):
        for name in CLOSED_ONCE:
            frozen, model = FROZEN[name], apps.get_model(name)
            table, key = model._meta.db_table, model._meta.pk.column
            for columns, open_while in ((frozen.closing, frozen.open_while), *frozen.later):
                first = model._meta.get_field(open_while)
                row = model._default_manager.filter(**{f"{first.name}__isnull": True}).order_by("-pk").first()
                assert row is not None, f"the world of these tests has no {name} with an open {open_while}"
                fields = [field for field in model._meta.concrete_fields if field.column in columns]
                set_columns(table, key, row.pk, {field.column: other(field, None) for field in fields})
                assert refused(set_column, table, key, row.pk, first.column, "2032-01-01 00:00:00+00:00"), name
                assert refused(set_column, table, key, row.pk, first.column, None), name
                for field in fields:
                    value = otherwise(field)
                    if field.column != first.column:
                        assert refused(set_column, table, key, row.pk, field.column, value), f"{name}.{field.column}"

    def test_what_quotes_erased_content_may_change_while_its_erasure_is_under_way_and_no_longer(self):
        label = Label.objects.filter(item__example__erasure=None).first()
        where = (Label._meta.db_table, Label._meta.pk.column, label.pk)
        assert refused(set_column, *where, "answer", "changed")
        erasure = Erasure.objects.create(
            project=label.project, example=label.item.example, item=label.item, reason="asked for", at=NOW
        )
        assert refused(set_column, *where, "token", "changed")
        set_column(*where, "answer", "changed")
        Erasure.objects.filter(pk=erasure.pk).update(done_at=NOW, n_rows=1)
        assert refused(set_column, *where, "answer", "again")

    def test_django_itself_is_refused_too_and_the_error_names_the_table(self):
        entry = Entry.objects.first()
        entry.action = "something.else"
        with pytest.raises(IntegrityError, match="labelling_entry are frozen"), transaction.atomic():
            entry.save()
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            Entry.objects.all()._raw_delete("default")

    def test_writing_the_same_value_again_is_allowed(self):
        entry = Entry.objects.first()
        entry.save()

    def test_a_dropped_trigger_is_named_and_installing_brings_it_back(self):
        assert freeze.missing(connection) == []
        on = ' ON "labelling_label"' if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f'DROP TRIGGER "freeze_labelling_label_update"{on}')
        assert freeze.missing(connection) == ["freeze_labelling_label_update"]
        freeze.install(connection)
        assert freeze.missing(connection) == []

    def test_there_are_two_triggers_for_each_frozen_table_and_one_more_where_it_may_quote(self):
        freeze.remove(connection)
        quoting = sum(bool(frozen.quoting) for frozen in freeze.FROZEN)
        swept = sum(frozen.swept for frozen in freeze.FROZEN)
        assert len(freeze.missing(connection)) == 2 * len(freeze.FROZEN) + quoting - swept
        freeze.install(connection)
