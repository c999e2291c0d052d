from django.db import migrations, models

from labelling import freeze


def thaw(apps, schema_editor):
    freeze.remove(schema_editor.connection)


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("labelling", "0012_pay")]
    operations = [
        migrations.RunPython(thaw, migrations.RunPython.noop),
        migrations.AddField(
            model_name="fit",
            name="guessing",
            field=models.FloatField(default=0.0, help_text="the share of labels that is taken to be given blindly"),
        ),
        migrations.AddField(
            model_name="fit",
            name="damping",
            field=models.FloatField(default=0.0, help_text="how much less each further label of an item tells"),
        ),
        migrations.RemoveField(model_name="fit", name="parameters"),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
