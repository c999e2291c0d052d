from django.db import migrations, models

from labelling import freeze


def thaw(apps, schema_editor):
    freeze.remove(schema_editor.connection)


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0013_fit_evidence"),
    ]

    operations = [
        migrations.RunPython(thaw, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="policyversion",
            name="policy_limits",
        ),
        migrations.AddField(
            model_name="fit",
            name="kinds",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="policyversion",
            name="least_quality",
            field=models.FloatField(
                default=0.0,
                help_text="labellers whose labels surely save less of the cost of not knowing get no more work",
            ),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("max_share", None), models.Q(("max_share__gt", 0), ("max_share__lte", 1)), _connector="OR"
                    ),
                    ("qualification_pass__gte", 0),
                    ("qualification_pass__lte", 1),
                    ("aging_days__gt", 0),
                    models.Q(("labels_per_item", None), ("labels_per_item__gte", 1), _connector="OR"),
                    models.Q(("cost_per_item", None), ("cost_per_item__gte", 1), _connector="OR"),
                    ("expert_accuracy__gt", 0),
                    ("expert_accuracy__lte", 1),
                    ("least_quality__gte", 0),
                    ("least_quality__lt", 1),
                    models.Q(("daily_limit", None), ("daily_limit__gte", 1), _connector="OR"),
                    models.Q(("gold_exposure", None), ("gold_exposure__gte", 1), _connector="OR"),
                ),
                name="policy_limits",
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
