import django.db.models.deletion
from django.db import migrations, models

from labelling import freeze


def install(apps, schema_editor):
    """SQLite dropped the triggers of the table that was remade."""
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("labelling", "0015_model_vote")]

    operations = [
        migrations.AlterField(
            "rejectedlabel",
            "rejection",
            models.ForeignKey(
                "labelling.rejection", on_delete=django.db.models.deletion.PROTECT, related_name="covered"
            ),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
