import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from labelling import freeze

SCOPES = [
    ("label", "one label"),
    ("batch", "a batch"),
    ("range", "labels of one labeller, from one to another"),
    ("labeller", "all labels of a labeller, who gets no more work"),
    ("query", "the labels that meet conditions"),
]
PROTECT = django.db.models.deletion.PROTECT


def unfreeze(apps, schema_editor):
    freeze.remove(schema_editor.connection)


def freeze_again(apps, schema_editor):
    freeze.install(schema_editor.connection)


def fill(apps, schema_editor):
    """Rejections so far were of a batch or of a labeller, and were carried out and lifted whole."""
    Rejection, RejectedLabel = (apps.get_model("labelling", name) for name in ("Rejection", "RejectedLabel"))
    Rejection.objects.update(covered_at=F("at"), restored_at=F("lifted_at"))
    Rejection.objects.filter(batch=None).update(scope="labeller")
    for pk, lifted_at in Rejection.objects.exclude(lifted_at=None).values_list("pk", "lifted_at"):
        RejectedLabel.objects.filter(rejection=pk).update(lifted_at=lifted_at)


def one_open(column):
    return migrations.AddConstraint(
        model_name="rejection",
        constraint=models.UniqueConstraint(
            fields=[column], condition=Q(lifted_at=None, scope=column), name=f"rejection_one_open_a_{column}"
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("labelling", "0010_calibration")]

    operations = [
        migrations.RunPython(unfreeze, freeze_again),
        migrations.RemoveConstraint("rejection", "rejection_one_open_a_batch"),
        migrations.RemoveConstraint("rejection", "rejection_one_open_a_labeller"),
        migrations.AddField("rejectedlabel", "lifted_at", models.DateTimeField(null=True)),
        migrations.AddField("rejection", "covered_at", models.DateTimeField(null=True)),
        migrations.AddField("rejection", "restored_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "rejection",
            "label",
            models.ForeignKey(
                "labelling.label", null=True, on_delete=PROTECT, related_name="rejections", db_index=False
            ),
        ),
        migrations.AddField(
            "rejection",
            "scope",
            models.CharField(choices=SCOPES, default="batch", max_length=10),
            preserve_default=False,
        ),
        migrations.AddField("rejection", "up_to", models.BigIntegerField(default=0)),
        migrations.AddField("rejection", "where", models.JSONField(default=dict)),
        migrations.AlterField(
            "rejectedlabel",
            "label",
            models.ForeignKey("labelling.label", on_delete=PROTECT, related_name="rejected_in", db_index=False),
        ),
        migrations.AlterField(
            "rejectedlabel",
            "rejection",
            models.ForeignKey("labelling.rejection", on_delete=PROTECT, related_name="covered", db_index=False),
        ),
        migrations.AlterField(
            "rejection",
            "labeller",
            models.ForeignKey("labelling.member", null=True, on_delete=PROTECT, related_name="rejections"),
        ),
        migrations.AlterField("rejection", "n_labels", models.PositiveIntegerField(null=True)),
        migrations.AddIndex(
            "rejectedlabel",
            models.Index(fields=["rejection", "label"], condition=Q(lifted_at=None), name="rejected_open"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        one_open("label"),
        one_open("batch"),
        one_open("labeller"),
        migrations.AddConstraint(
            "rejection",
            models.CheckConstraint(
                condition=Q(covered_at=None, n_labels=None) | Q(covered_at__isnull=False, n_labels__isnull=False),
                name="rejection_counted_when_covered",
            ),
        ),
        migrations.AddConstraint(
            "rejection",
            models.CheckConstraint(
                condition=Q(restored_at=None) | Q(lifted_at__isnull=False, covered_at__isnull=False),
                name="rejection_restored_after_lift",
            ),
        ),
        migrations.RunPython(freeze_again, unfreeze),
    ]
