import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import labelling.ids
from labelling import freeze
from labelling.creating import CreateModels


def finish(apps, schema_editor):
    freeze.install(schema_editor.connection)


MODELS = [
    migrations.CreateModel(
        name="Case",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("pass_number", models.PositiveSmallIntegerField()),
            (
                "reason",
                models.CharField(
                    choices=[
                        ("disagreement", "the labellers disagree"),
                        ("abstentions", "several labellers could not decide"),
                        ("audit", "drawn to check the crowd"),
                    ],
                    max_length=20,
                ),
            ),
            (
                "value",
                models.FloatField(default=0.0, help_text="entropy of the posterior in bits: what a decision is worth"),
            ),
            ("opened_at", models.DateTimeField()),
            ("claimed_until", models.DateTimeField(null=True)),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "outcome",
                models.CharField(blank=True, help_text="answered, discarded, sent_back or dropped", max_length=20),
            ),
            (
                "claimed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="claimed_cases",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="labelling.item"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="labelling.project"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("closed_at", None)),
                    fields=["project", "-value", "opened_at"],
                    name="case_queue",
                )
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at", None)), fields=("item",), name="case_one_open_an_item"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Decision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "kind",
                models.CharField(
                    choices=[("answer", "Answer"), ("discard", "Discard"), ("send_back", "Send Back")], max_length=10
                ),
            ),
            ("answer", models.TextField(blank=True, help_text="canonical JSON")),
            ("rationale", models.TextField()),
            ("price", models.PositiveBigIntegerField(default=0)),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "case",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="experts.case"
                ),
            ),
            (
                "resolution",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.resolution"
                ),
            ),
        ],
        options={},
    ),
]


class Migration(migrations.Migration):
    replaces = [("experts", "0001_initial"), ("experts", "0002_initial"), ("experts", "0003_freeze")]

    initial = True

    dependencies = [
        ("labelling", "0001_squashed_0030_erasures"),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunPython(finish, migrations.RunPython.noop),
    ]
