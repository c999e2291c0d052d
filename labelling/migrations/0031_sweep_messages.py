from django.db import migrations

from labelling import freeze


def install(apps, schema_editor):
    """Messages can be deleted now; what they say still can't be changed."""
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0030_erasures"),
    ]

    operations = [
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
