from django.db import migrations

from labelling import freeze


def remove(apps, schema_editor):
    freeze.remove(schema_editor.connection)


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)


def forget_versions(apps, schema_editor):
    """Rows of versions lay in tables until now, and their ids were made in another way: publish again."""
    alias = schema_editor.connection.alias
    for name in ("Recall", "VersionRow", "RowContent"):
        apps.get_model("labelling", name).objects.using(alias).all().delete()
    apps.get_model("labelling", "Version").objects.using(alias).update(parent=None)
    apps.get_model("labelling", "Version").objects.using(alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0021_strengths"),
    ]

    operations = [
        migrations.RunPython(remove, install),
        migrations.RunPython(forget_versions, migrations.RunPython.noop),
        migrations.RunPython(install, remove),
    ]
