from django.db import migrations

from labelling import freeze


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)


def remove(apps, schema_editor):
    freeze.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("experts", "0002_initial")]
    operations = [migrations.RunPython(install, remove)]
