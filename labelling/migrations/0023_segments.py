import django.db.models.deletion
import labelling.ids
from django.conf import settings
from django.db import migrations, models


from labelling import changes, freeze


def remove(apps, schema_editor):
    """SQLite remakes a table that is altered, and can't with triggers on it."""
    freeze.remove(schema_editor.connection)


def install(apps, schema_editor):
    freeze.install(schema_editor.connection)
    changes.install(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0022_forget_versions"),
    ]

    operations = [
        migrations.RunPython(remove, install),
        migrations.CreateModel(
            name="Alias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=60)),
                ("moved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ChangedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True),
                ),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("n_rows", models.PositiveIntegerField(help_text="rows of segments that were emptied", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("n_rows", models.PositiveIntegerField()),
                ("index", models.CharField(max_length=64)),
                ("lineage", models.CharField(max_length=64)),
                ("n_bytes", models.PositiveBigIntegerField(help_text="of index and lineage")),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SegmentContent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("n_bytes", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="VersionSegment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n_live", models.PositiveIntegerField()),
                (
                    "deleted",
                    models.BinaryField(help_text="the deletion vector: a bit a row, compressed by zlib; empty: none"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="policyversion",
            name="checks",
            field=models.JSONField(
                default=dict, help_text="limits of the checks before a version, where they differ from the defaults"
            ),
        ),
        migrations.AddField(
            model_name="recall",
            name="resolution",
            field=models.ForeignKey(
                help_text="the ruling that says otherwise",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recalls",
                to="labelling.resolution",
            ),
        ),
        migrations.AddConstraint(
            model_name="recall",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("version", "resolution"),
                name="recall_once_a_ruling",
            ),
        ),
        migrations.AddField(
            model_name="alias",
            name="moved_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="alias",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="labelling.project"
            ),
        ),
        migrations.AddField(
            model_name="alias",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="labelling.version"
            ),
        ),
        migrations.AddField(
            model_name="changeditem",
            name="item",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="labelling.item",
            ),
        ),
        migrations.AddField(
            model_name="changeditem",
            name="project",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="labelling.project",
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="example",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="labelling.example"
            ),
        ),
        migrations.AddField(
            model_name="erasure",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="labelling.project"
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="segments", to="labelling.project"
            ),
        ),
        migrations.AddField(
            model_name="segmentcontent",
            name="segment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="contents", to="labelling.segment"
            ),
        ),
        migrations.AddField(
            model_name="versionsegment",
            name="segment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="labelling.segment"
            ),
        ),
        migrations.AddField(
            model_name="versionsegment",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="labelling.version"
            ),
        ),
        migrations.DeleteModel(
            name="RowContent",
        ),
        migrations.DeleteModel(
            name="VersionRow",
        ),
        migrations.AddConstraint(
            model_name="alias",
            constraint=models.UniqueConstraint(fields=("project", "name"), name="alias_once"),
        ),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.UniqueConstraint(fields=("project", "number"), name="segment_number_once"),
        ),
        migrations.AddIndex(
            model_name="segmentcontent",
            index=models.Index(fields=["digest"], name="segment_content_digest"),
        ),
        migrations.AddConstraint(
            model_name="segmentcontent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gone_at", None)), fields=("segment",), name="segment_content_one_standing"
            ),
        ),
        migrations.AddConstraint(
            model_name="versionsegment",
            constraint=models.UniqueConstraint(fields=("version", "segment"), name="version_segment_once"),
        ),
        migrations.RunPython(install, remove),
    ]
