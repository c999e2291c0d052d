import django.db.models.deletion
from django.db import migrations, models

from labelling import freeze


def remove(apps, schema_editor):
    """SQLite remakes a table that is altered, and can't with triggers on it."""
    freeze.remove(schema_editor.connection)


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0029_near"),
    ]

    operations = [
        migrations.RunPython(remove, install),
        migrations.AddField(
            model_name="erasure",
            name="item",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="labelling.item"
            ),
        ),
        migrations.AlterField(
            model_name="item",
            name="purpose",
            field=models.CharField(
                choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("erased", "Erased")],
                default="work",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="ErasedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("split", models.CharField(max_length=10)),
                (
                    "erasure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="labelling.erasure"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erased_rows", to="labelling.version"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("erasure", "version"), name="erased_row_once")],
            },
        ),
        migrations.RunPython(install, remove),
    ]
