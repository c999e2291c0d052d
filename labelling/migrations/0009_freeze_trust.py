from django.db import migrations

from labelling import freeze


def install(apps, schema_editor):
    """SQLite dropped the triggers of the tables that were remade, and new columns are to be frozen too."""
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("labelling", "0008_trust")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
