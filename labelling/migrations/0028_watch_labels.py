"""Note the items whose labels are withdrawn, rejected or restored."""

from django.db import migrations

from labelling import changes


def install(apps, schema_editor):
    changes.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("labelling", "0027_imports")]

    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
