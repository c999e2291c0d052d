"""All tables as of 0030, for databases that have none yet: the same as the migrations it replaces make, in a fifth of the
time."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import labelling.ids
import labelling.webhooks.signing
from labelling import changes, freeze
from labelling.creating import CreateModels

HOT = ("item", "lease", "label", "batch", "resolution", "desk")
# Room in each page for the next version of a row, which then needs no new entries in the indexes.
FILLFACTOR = {"item": 70, "lease": 80, "batch": 50, "desk": 50, "member": 70}


def finish(apps, schema_editor):
    """Constraints and indexes first, which otherwise come after the last operation."""
    for statement in schema_editor.deferred_sql:
        schema_editor.execute(statement, None)
    schema_editor.deferred_sql.clear()
    lighten(schema_editor.connection)
    freeze.install(schema_editor.connection)
    changes.install(schema_editor.connection)


def lighten(connection):
    """On PostgreSQL every label writes to these tables. Nobody looks for ids and tokens by their beginning, for which
    Django makes a second index of each."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for table in HOT:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexname LIKE '%%\\_like'"
                " AND schemaname = current_schema()",
                [f"labelling_{table}"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP INDEX "{name}"')
        for table, share in FILLFACTOR.items():
            cursor.execute(f"ALTER TABLE labelling_{table} SET (fillfactor = {share})")


MODELS = [
    migrations.CreateModel(
        name="User",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
            (
                "is_superuser",
                models.BooleanField(
                    default=False,
                    help_text="Designates that this user has all permissions without explicitly assigning them.",
                    verbose_name="superuser status",
                ),
            ),
            (
                "username",
                models.CharField(
                    error_messages={"unique": "A user with that username already exists."},
                    help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                    max_length=150,
                    unique=True,
                    validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                    verbose_name="username",
                ),
            ),
            ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
            ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
            ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
            (
                "is_staff",
                models.BooleanField(
                    default=False,
                    help_text="Designates whether the user can log into this admin site.",
                    verbose_name="staff status",
                ),
            ),
            (
                "is_active",
                models.BooleanField(
                    default=True,
                    help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                    verbose_name="active",
                ),
            ),
            ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "groups",
                models.ManyToManyField(
                    blank=True,
                    help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.group",
                    verbose_name="groups",
                ),
            ),
            (
                "user_permissions",
                models.ManyToManyField(
                    blank=True,
                    help_text="Specific permissions for this user.",
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.permission",
                    verbose_name="user permissions",
                ),
            ),
        ],
        options={
            "verbose_name": "user",
            "verbose_name_plural": "users",
            "abstract": False,
        },
        managers=[
            ("objects", django.contrib.auth.models.UserManager()),
        ],
    ),
    migrations.CreateModel(
        name="Project",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("slug", models.SlugField(max_length=60, unique=True)),
            ("name", models.CharField(max_length=200)),
            ("created_at", models.DateTimeField()),
            ("seed", models.BigIntegerField()),
            ("salt_key", models.BinaryField(max_length=32)),
            ("paused_at", models.DateTimeField(null=True)),
            ("is_sample", models.BooleanField(default=False)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "guideline",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.guidelineversion",
                ),
            ),
            (
                "policy",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.policyversion",
                ),
            ),
            (
                "schema",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.schemaversion",
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="SchemaVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            ("kind", models.CharField(max_length=40)),
            ("definition", models.JSONField()),
            ("mapping", models.JSONField(null=True)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="labelling.project"
                ),
            ),
        ],
        options={
            "ordering": ["number"],
            "abstract": False,
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="schemaversion_number_once")],
        },
    ),
    migrations.CreateModel(
        name="GuidelineVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            ("text", models.TextField(help_text="Markdown")),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="labelling.project"
                ),
            ),
        ],
        options={
            "ordering": ["number"],
            "abstract": False,
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="guidelineversion_number_once")],
        },
    ),
    migrations.CreateModel(
        name="PolicyVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            (
                "mode",
                models.CharField(
                    choices=[
                        ("fixed", "fixed: every item gets the most"),
                        ("adaptive", "adaptive: each item gets as many as it needs"),
                    ],
                    default="adaptive",
                    max_length=10,
                ),
            ),
            ("initial_labels", models.PositiveSmallIntegerField(default=2)),
            ("minimum_labels", models.PositiveSmallIntegerField(default=2)),
            ("maximum_labels", models.PositiveSmallIntegerField(default=5)),
            ("stop_confidence", models.FloatField(default=0.95, help_text="stop when the posterior reaches this")),
            ("contest_below", models.FloatField(default=0.8, help_text="at the maximum, below this an expert decides")),
            ("abstentions_to_contest", models.PositiveSmallIntegerField(default=2)),
            ("gold_share", models.FloatField(default=0.05)),
            ("yardstick_share", models.FloatField(default=0.05)),
            ("audit_share", models.FloatField(default=0.02)),
            ("batch_size", models.PositiveSmallIntegerField(default=20)),
            ("lease_seconds", models.PositiveIntegerField(default=900)),
            ("fit_max_age", models.PositiveIntegerField(default=500, help_text="in labels")),
            ("test_share", models.FloatField(default=0.1)),
            ("validation_share", models.FloatField(default=0.1)),
            (
                "threshold",
                models.FloatField(help_text="where the product cuts the first class's probability", null=True),
            ),
            ("currency", models.CharField(default="labels", max_length=10)),
            ("price_label", models.PositiveBigIntegerField(default=1000000)),
            ("price_expert", models.PositiveBigIntegerField(default=5000000)),
            ("budget", models.PositiveBigIntegerField(help_text="a hard stop; empty: none", null=True)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="%(class)ss", to="labelling.project"
                ),
            ),
            (
                "aging_days",
                models.FloatField(default=7.0, help_text="an item this much older outranks the most valuable new one"),
            ),
            ("daily_limit", models.PositiveIntegerField(help_text="labels a labeller and day (UTC)", null=True)),
            (
                "gold_exposure",
                models.PositiveIntegerField(help_text="people who may be given the same gold item", null=True),
            ),
            (
                "labels_per_item",
                models.FloatField(help_text="wanted on average; the shadow price steers to it", null=True),
            ),
            (
                "max_share",
                models.FloatField(help_text="of each slice of a round: the items one labeller may be given", null=True),
            ),
            (
                "qualification_items",
                models.PositiveSmallIntegerField(default=0, help_text="training items before real work"),
            ),
            ("qualification_pass", models.FloatField(default=0.8, help_text="share of these that must be right")),
            (
                "cost_per_item",
                models.FloatField(
                    help_text="wanted on average, in labels, with experts at their price; the worth of an answer steers",
                    null=True,
                ),
            ),
            (
                "expert_accuracy",
                models.FloatField(default=1.0, help_text="how often an expert's answer is right, for weighing"),
            ),
            (
                "model_votes",
                models.BooleanField(default=False, help_text="show what the model would change as one more labeller"),
            ),
            (
                "on_flag",
                models.CharField(
                    choices=[
                        ("tell", "tell the owners"),
                        ("suspend", "give no more work until an owner has looked"),
                        ("reject", "give no more work and reject the labels"),
                    ],
                    default="tell",
                    max_length=10,
                ),
            ),
            (
                "pay_hour",
                models.PositiveBigIntegerField(help_text="micro-units an hour; empty: paid by the label", null=True),
            ),
            (
                "truth_model",
                models.CharField(
                    choices=[
                        ("auto", "automatic: what the known answers speak for"),
                        ("majority", "majority vote"),
                        ("weighted_majority", "majority vote, weighted by agreement"),
                        ("one_coin", "one accuracy a labeller"),
                        ("infer", "the default: a hierarchical model, believed with caution"),
                        ("dawid_skene", "Dawid and Skene's: a confusion matrix a labeller"),
                    ],
                    default="auto",
                    max_length=20,
                ),
            ),
            ("withholding_days", models.PositiveSmallIntegerField(default=30, help_text="then a withholding lapses")),
            (
                "least_quality",
                models.FloatField(
                    default=0.0,
                    help_text="labellers whose labels surely save less of the cost of not knowing get no more work",
                ),
            ),
            (
                "suggest",
                models.BooleanField(
                    default=False, help_text="labellers correct the model's answer instead of beginning with nothing"
                ),
            ),
            (
                "suggest_withheld",
                models.FloatField(default=0.1, help_text="share of the items that begin with nothing all the same"),
            ),
            (
                "checks",
                models.JSONField(
                    default=dict, help_text="limits of the checks before a version, where they differ from the defaults"
                ),
            ),
            (
                "near_threshold",
                models.FloatField(
                    default=0.8, help_text="an item this like an older one takes its split; empty: none does", null=True
                ),
            ),
        ],
        options={
            "ordering": ["number"],
            "abstract": False,
            "constraints": [
                models.UniqueConstraint(fields=("project", "number"), name="policyversion_number_once"),
                models.CheckConstraint(
                    condition=models.Q(
                        ("minimum_labels__gte", 1),
                        ("initial_labels__gte", models.F("minimum_labels")),
                        ("maximum_labels__gte", models.F("initial_labels")),
                    ),
                    name="policy_label_counts",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("gold_share__gte", 0),
                        ("gold_share__lte", 0.5),
                        ("yardstick_share__gte", 0),
                        ("yardstick_share__lte", 1),
                        ("audit_share__gte", 0),
                        ("audit_share__lte", 1),
                    ),
                    name="policy_shares",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("stop_confidence__gt", 0),
                        ("stop_confidence__lte", 1),
                        ("contest_below__gte", 0),
                        ("contest_below__lte", 1),
                    ),
                    name="policy_confidences",
                ),
                models.CheckConstraint(
                    condition=models.Q(("batch_size__gte", 1), ("batch_size__lte", 1000)), name="policy_batch_size"
                ),
                models.CheckConstraint(
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
                        ("suggest_withheld__gte", 0),
                        ("suggest_withheld__lte", 1),
                        models.Q(
                            ("near_threshold", None),
                            models.Q(("near_threshold__gte", 0.7), ("near_threshold__lte", 1)),
                            _connector="OR",
                        ),
                        models.Q(("daily_limit", None), ("daily_limit__gte", 1), _connector="OR"),
                        models.Q(("gold_exposure", None), ("gold_exposure__gte", 1), _connector="OR"),
                    ),
                    name="policy_limits",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Account",
        fields=[
            (
                "project",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    serialize=False,
                    to="labelling.project",
                ),
            ),
            ("budget", models.BigIntegerField(null=True)),
            ("reserved", models.BigIntegerField(default=0)),
            ("spent", models.BigIntegerField(default=0)),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("reserved__gte", 0), ("spent__gte", 0)), name="account_not_negative"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("budget", None),
                        (
                            "budget__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("reserved"), "+", models.F("spent")
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="account_within_budget",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Member",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "role",
                models.CharField(
                    choices=[
                        ("owner", "Owner"),
                        ("labeller", "Labeller"),
                        ("expert", "Expert"),
                        ("auditor", "Auditor"),
                    ],
                    max_length=10,
                ),
            ),
            ("name", models.CharField(max_length=150)),
            ("joined_at", models.DateTimeField()),
            ("suspended_at", models.DateTimeField(help_text="gets no more work", null=True)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="members", to="labelling.project"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "qualified_at",
                models.DateTimeField(help_text="passed the qualification, or was let in by an owner", null=True),
            ),
            (
                "practise_since",
                models.DateTimeField(help_text="earlier answers to training items count no more", null=True),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("project", "user", "role"), name="member_once_a_role"),
                models.UniqueConstraint(fields=("project", "role", "name"), name="member_name_once"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Skill",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("tag", models.CharField(max_length=60)),
            ("level", models.PositiveSmallIntegerField(default=1)),
            ("granted_at", models.DateTimeField()),
            (
                "granted_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "member",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="skills", to="labelling.member"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("member", "tag"), name="skill_once_a_tag"),
                models.CheckConstraint(condition=models.Q(("level__gte", 1), ("level__lte", 5)), name="skill_level"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Invitation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "role",
                models.CharField(
                    choices=[
                        ("owner", "Owner"),
                        ("labeller", "Labeller"),
                        ("expert", "Expert"),
                        ("auditor", "Auditor"),
                    ],
                    max_length=10,
                ),
            ),
            ("secret_hash", models.CharField(max_length=64, unique=True)),
            ("created_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            ("uses_left", models.PositiveIntegerField()),
            ("revoked_at", models.DateTimeField(null=True)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="ApiToken",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("name", models.CharField(max_length=100)),
            ("secret_hash", models.CharField(max_length=64, unique=True)),
            ("scopes", models.JSONField()),
            ("created_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField(null=True)),
            ("revoked_at", models.DateTimeField(null=True)),
            (
                "project",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="api_tokens",
                    to="labelling.project",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="api_tokens", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="ModelVersion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("model", models.CharField(max_length=200)),
            ("pipeline", models.CharField(blank=True, max_length=200)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="model_versions", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("project", "model", "pipeline"), name="model_version_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="Example",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("external_id", models.CharField(max_length=200)),
            ("payload", models.TextField(null=True)),
            ("payload_hash", models.CharField(help_text="SHA-256 of salt and payload text", max_length=64)),
            ("salt", models.BinaryField(max_length=16, null=True)),
            ("slice", models.CharField(blank=True, max_length=200)),
            ("group", models.CharField(blank=True, help_text="examples of one group share a split", max_length=200)),
            (
                "source",
                models.CharField(
                    choices=[
                        ("production", "Production"),
                        ("generated", "Generated"),
                        ("gathered", "Gathered"),
                        ("imported", "Imported"),
                    ],
                    default="production",
                    max_length=10,
                ),
            ),
            ("metadata", models.JSONField(default=dict)),
            ("received_at", models.DateTimeField()),
            ("erased_at", models.DateTimeField(null=True)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="examples", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "external_id"), name="example_once")],
        },
    ),
    migrations.CreateModel(
        name="Prediction",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("probabilities", models.BinaryField(null=True)),
            ("passes", models.BinaryField(null=True)),
            ("received_at", models.DateTimeField()),
            (
                "example",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="predictions", to="labelling.example"
                ),
            ),
            (
                "model_version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="predictions", to="labelling.modelversion"
                ),
            ),
            (
                "schema",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.schemaversion"
                ),
            ),
            ("answer", models.TextField(null=True)),
            ("explanation", models.JSONField(null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("model_version", "example"), name="prediction_once")],
        },
    ),
    migrations.CreateModel(
        name="SamplingRound",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("number", models.PositiveIntegerField()),
            ("strategy", models.CharField(max_length=30)),
            ("budget", models.PositiveIntegerField()),
            ("probability_share", models.FloatField()),
            ("threshold", models.FloatField(null=True)),
            ("seed", models.BigIntegerField()),
            ("n_candidates", models.PositiveIntegerField()),
            ("n_selected", models.PositiveIntegerField()),
            ("created_at", models.DateTimeField()),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "model_version",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rounds",
                    to="labelling.modelversion",
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="rounds", to="labelling.project"
                ),
            ),
            ("needs", models.JSONField(default=dict, help_text="{tag: least level} that its items ask of labellers")),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="round_number_once")],
        },
    ),
    migrations.CreateModel(
        name="Part",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("slice", models.CharField(blank=True, max_length=200)),
            ("n_items", models.PositiveIntegerField()),
            (
                "round",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="labelling.samplinground"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("round", "slice"), name="part_once")],
        },
    ),
    migrations.CreateModel(
        name="Queue",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("needs", models.JSONField()),
            ("key", models.CharField(max_length=500)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="queues", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "key"), name="queue_once")],
        },
    ),
    migrations.CreateModel(
        name="Item",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("inclusion_probability", models.FloatField(null=True)),
            ("by_probability", models.BooleanField(default=False)),
            (
                "purpose",
                models.CharField(
                    choices=[("work", "Work"), ("gold", "Gold"), ("training", "Training"), ("erased", "Erased")],
                    default="work",
                    max_length=10,
                ),
            ),
            ("is_yardstick", models.BooleanField(default=False)),
            ("is_audit", models.BooleanField(default=False)),
            (
                "split",
                models.CharField(
                    choices=[("train", "Train"), ("validation", "Validation"), ("test", "Test")], max_length=10
                ),
            ),
            (
                "state",
                models.CharField(
                    choices=[
                        ("open", "being labelled"),
                        ("contested", "waits for an expert"),
                        ("resolved", "has an answer"),
                        ("discarded", "can't be labelled"),
                    ],
                    default="open",
                    max_length=10,
                ),
            ),
            ("pass_number", models.PositiveSmallIntegerField(default=1)),
            ("target", models.PositiveSmallIntegerField()),
            ("n_active", models.PositiveSmallIntegerField(default=0)),
            ("n_done", models.PositiveSmallIntegerField(default=0)),
            ("n_abstained", models.PositiveSmallIntegerField(default=0)),
            ("held_at", models.DateTimeField(help_text="an owner keeps it out of versions", null=True)),
            ("created_at", models.DateTimeField()),
            ("state_at", models.DateTimeField()),
            (
                "is_open",
                models.GeneratedField(
                    db_persist=True,
                    expression=models.Case(
                        models.When(
                            models.Q(
                                ("purpose", "work"),
                                ("state", "open"),
                                (
                                    "n_active__lt",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("target"), "-", models.F("n_done")
                                    ),
                                ),
                            ),
                            then=models.Value(True),
                        ),
                        default=models.Value(False),
                    ),
                    output_field=models.BooleanField(),
                ),
            ),
            (
                "example",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="item", to="labelling.example"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="items",
                    to="labelling.project",
                ),
            ),
            (
                "round",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="items",
                    to="labelling.samplinground",
                ),
            ),
            ("value", models.FloatField(default=0.0)),
            ("boost", models.FloatField(default=0.0)),
            ("born", models.FloatField(default=0.0)),
            (
                "n_exposed",
                models.PositiveIntegerField(
                    default=0, help_text="of gold: people who answered it; of training: people it was given to"
                ),
            ),
            (
                "priority",
                models.GeneratedField(
                    db_persist=True,
                    expression=django.db.models.expressions.CombinedExpression(
                        django.db.models.expressions.CombinedExpression(models.F("value"), "+", models.F("boost")),
                        "-",
                        models.F("born"),
                    ),
                    output_field=models.FloatField(),
                ),
            ),
            (
                "part",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="items",
                    to="labelling.part",
                ),
            ),
            (
                "queue",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="items",
                    to="labelling.queue",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["project", "state", "id"], name="item_by_state"),
                models.Index(condition=models.Q(("is_audit", True)), fields=["project", "id"], name="item_audit"),
                models.Index(
                    models.F("project"),
                    models.F("queue"),
                    models.OrderBy(models.F("priority"), descending=True),
                    models.F("id"),
                    condition=models.Q(("is_open", True)),
                    name="item_queue",
                ),
                models.Index(
                    condition=models.Q(("purpose", "work"), _negated=True),
                    fields=["project", "purpose", "n_exposed", "id"],
                    name="item_known",
                ),
                models.Index(fields=["project", "id"], name="item_by_project"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("purpose", "work"), _negated=True),
                        models.Q(
                            ("n_active__gte", 0),
                            (
                                "n_active__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("target"), "-", models.F("n_done")
                                ),
                            ),
                            ("n_done__gte", 0),
                        ),
                        _connector="OR",
                    ),
                    name="item_never_over_target",
                ),
                models.CheckConstraint(
                    condition=models.Q(("n_abstained__gte", 0), ("n_abstained__lte", models.F("n_done"))),
                    name="item_abstentions_are_done",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("inclusion_probability", None),
                        models.Q(("inclusion_probability__gt", 0), ("inclusion_probability__lte", 1)),
                        _connector="OR",
                    ),
                    name="item_inclusion_probability",
                ),
                models.CheckConstraint(
                    condition=models.Q(("boost__gte", -9), ("boost__lte", 9), ("value__gte", 0), ("value__lte", 1)),
                    name="item_value_and_boost",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="NearPart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("shown", models.CharField(max_length=32)),
            ("n_items", models.PositiveIntegerField()),
            ("last_item", models.BigIntegerField(help_text="the greatest id in it")),
            ("items", models.BinaryField()),
            ("keys", models.BinaryField()),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.project",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "last_item"), name="near_part_once")],
        },
    ),
    migrations.CreateModel(
        name="NearLink",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "similarity",
                models.PositiveSmallIntegerField(
                    help_text="Jaccard of the texts or equal bits of the pictures, out of 10,000; empty: the same group",
                    null=True,
                ),
            ),
            ("inherits", models.BooleanField()),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="near_links",
                    to="labelling.item",
                ),
            ),
            (
                "of",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="near_followers", to="labelling.item"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("item", "of"), name="near_link_once"),
                models.UniqueConstraint(
                    condition=models.Q(("inherits", True)), fields=("item",), name="near_inherits_once"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Gold",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("answer", models.TextField(help_text="canonical JSON")),
            ("reason", models.TextField(blank=True)),
            (
                "origin",
                models.CharField(
                    choices=[
                        ("probability", "drawn at random"),
                        ("chosen", "chosen by hand"),
                        ("decision", "promoted from a decision"),
                    ],
                    max_length=12,
                ),
            ),
            ("created_at", models.DateTimeField()),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="golds", to="labelling.item"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at", None)), fields=("item",), name="gold_one_answer"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Lease",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("pass_number", models.PositiveSmallIntegerField()),
            ("token", models.CharField(default=labelling.ids.new_token, max_length=32, unique=True)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("live", "Live"),
                        ("done", "Done"),
                        ("expired", "Expired"),
                        ("released", "Released"),
                        ("skipped", "Skipped"),
                    ],
                    default="live",
                    max_length=10,
                ),
            ),
            ("leased_at", models.DateTimeField()),
            ("expires_at", models.DateTimeField()),
            (
                "item",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="leases",
                    to="labelling.item",
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="leases", to="labelling.member"
                ),
            ),
            (
                "suggestion",
                models.ForeignKey(
                    db_index=False,
                    help_text="the model's answer that the labeller was given to correct",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.prediction",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("state", "live")), fields=["expires_at"], name="lease_live"),
                models.Index(
                    condition=models.Q(("state", "done"), _negated=True),
                    fields=["labeller", "state"],
                    name="lease_unfinished",
                ),
                models.Index(fields=["item"], name="lease_by_item"),
            ],
            "constraints": [models.UniqueConstraint(fields=("labeller", "item", "pass_number"), name="lease_once")],
        },
    ),
    migrations.CreateModel(
        name="Desk",
        fields=[
            (
                "labeller",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="desk",
                    serialize=False,
                    to="labelling.member",
                ),
            ),
            ("n_leased", models.PositiveBigIntegerField(default=0)),
            ("seen_at", models.DateTimeField(null=True)),
            ("after_priority", models.FloatField(null=True)),
            ("after_id", models.BigIntegerField(null=True)),
            ("look_again_at", models.DateTimeField(null=True)),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Portion",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("n_given", models.PositiveIntegerField()),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="portions", to="labelling.member"
                ),
            ),
            (
                "part",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="portions",
                    to="labelling.part",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("labeller", "part"), name="portion_once")],
        },
    ),
    migrations.CreateModel(
        name="Batch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("number", models.PositiveIntegerField()),
            ("size", models.PositiveSmallIntegerField()),
            ("price", models.PositiveBigIntegerField(help_text="micro-units a label; paid by the hour: at most")),
            ("n_labels", models.PositiveSmallIntegerField(default=0, help_text="standing labels")),
            ("opened_at", models.DateTimeField()),
            ("full_at", models.DateTimeField(null=True)),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="batches", to="labelling.member"
                ),
            ),
            (
                "amount",
                models.PositiveBigIntegerField(help_text="micro-units earned; known when it is closed", null=True),
            ),
            (
                "most_seconds",
                models.PositiveIntegerField(default=900, help_text="counted as worked on one label at most"),
            ),
            ("n_abstained", models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")),
            ("n_gold", models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")),
            ("n_training", models.PositiveSmallIntegerField(default=0, help_text="of the labels, as of closing")),
            (
                "pay_hour",
                models.PositiveBigIntegerField(help_text="micro-units an hour; empty: paid by the label", null=True),
            ),
            (
                "worked_ms",
                models.PositiveBigIntegerField(help_text="time worked; empty: closed before it was kept", null=True),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("closed_at", None)), fields=["full_at"], name="batch_to_close"),
                models.Index(
                    condition=models.Q(("full_at", None)), fields=["labeller", "number"], name="batch_with_room"
                ),
                models.Index(
                    condition=models.Q(("closed_at__isnull", False)),
                    fields=["labeller", "closed_at"],
                    name="batch_closed",
                ),
            ],
            "constraints": [
                models.UniqueConstraint(fields=("labeller", "number"), name="batch_number_once"),
                models.CheckConstraint(
                    condition=models.Q(("n_labels__gte", 0), ("n_labels__lte", models.F("size"))),
                    name="batch_within_size",
                ),
                models.CheckConstraint(
                    condition=models.Q(("closed_at", None), ("full_at__isnull", False), _connector="OR"),
                    name="batch_full_first",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amount", None), ("closed_at", None)),
                        models.Q(("amount__isnull", False), ("closed_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="batch_earned_when_closed",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("amount", None),
                        (
                            "amount__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("n_labels"), "*", models.F("price")
                            ),
                        ),
                        _connector="OR",
                    ),
                    name="batch_within_promise",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="BatchReview",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("reason", models.TextField(blank=True)),
            ("at", models.DateTimeField()),
            (
                "batch",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="review", to="labelling.batch"
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Rejection",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("reason", models.TextField()),
            ("at", models.DateTimeField()),
            ("n_labels", models.PositiveIntegerField(null=True)),
            ("lifted_at", models.DateTimeField(null=True)),
            ("lift_reason", models.TextField(blank=True)),
            (
                "batch",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rejections",
                    to="labelling.batch",
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rejections",
                    to="labelling.member",
                ),
            ),
            (
                "lifted_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="rejections", to="labelling.project"
                ),
            ),
            ("covered_at", models.DateTimeField(null=True)),
            ("restored_at", models.DateTimeField(null=True)),
            (
                "label",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rejections",
                    to="labelling.label",
                ),
            ),
            (
                "scope",
                models.CharField(
                    choices=[
                        ("label", "one label"),
                        ("batch", "a batch"),
                        ("range", "labels of one labeller, from one to another"),
                        ("labeller", "all labels of a labeller, who gets no more work"),
                        ("query", "the labels that meet conditions"),
                    ],
                    max_length=10,
                ),
            ),
            ("up_to", models.BigIntegerField(default=0)),
            ("where", models.JSONField(default=dict)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("lifted_at", None), ("scope", "label")),
                    fields=("label",),
                    name="rejection_one_open_a_label",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("lifted_at", None), ("scope", "batch")),
                    fields=("batch",),
                    name="rejection_one_open_a_batch",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("lifted_at", None), ("scope", "labeller")),
                    fields=("labeller",),
                    name="rejection_one_open_a_labeller",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("covered_at", None), ("n_labels", None)),
                        models.Q(("covered_at__isnull", False), ("n_labels__isnull", False)),
                        _connector="OR",
                    ),
                    name="rejection_counted_when_covered",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("restored_at", None),
                        models.Q(("covered_at__isnull", False), ("lifted_at__isnull", False)),
                        _connector="OR",
                    ),
                    name="rejection_restored_after_lift",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Label",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("pass_number", models.PositiveSmallIntegerField()),
            ("token", models.CharField(help_text="the lease's token when it was given", max_length=32, unique=True)),
            ("answer", models.TextField(blank=True)),
            (
                "abstention",
                models.CharField(
                    blank=True,
                    choices=[
                        ("unclear", "the guideline doesn't say"),
                        ("missing_information", "not enough information"),
                        ("no_answer_fits", "no answer fits"),
                        ("broken", "the item is broken"),
                    ],
                    max_length=20,
                ),
            ),
            ("note", models.TextField(blank=True)),
            ("at", models.DateTimeField()),
            ("wall_seconds", models.FloatField(null=True)),
            ("active_seconds", models.FloatField(null=True)),
            ("withdrawn_at", models.DateTimeField(null=True)),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="labels", to="labelling.batch"
                ),
            ),
            (
                "guideline",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.guidelineversion",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="labels", to="labelling.item"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="labels",
                    to="labelling.project",
                ),
            ),
            (
                "lease",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="labels",
                    to="labelling.lease",
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="labels",
                    to="labelling.member",
                ),
            ),
            (
                "policy",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.policyversion",
                ),
            ),
            (
                "schema",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.schemaversion",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(fields=["labeller", "-id"], name="label_by_labeller"),
                models.Index(fields=["project", "id"], name="label_by_project"),
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("withdrawn_at", None)), fields=("lease",), name="label_one_standing"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answer", ""), models.Q(("abstention", ""), _negated=True)),
                        models.Q(models.Q(("answer", ""), _negated=True), ("abstention", "")),
                        _connector="OR",
                    ),
                    name="label_answer_or_abstention",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Draft",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("token", models.CharField(help_text="the lease's token when it was given", max_length=32, unique=True)),
            ("answer", models.TextField(blank=True)),
            (
                "abstention",
                models.CharField(
                    blank=True,
                    choices=[
                        ("unclear", "the guideline doesn't say"),
                        ("missing_information", "not enough information"),
                        ("no_answer_fits", "no answer fits"),
                        ("broken", "the item is broken"),
                    ],
                    max_length=20,
                ),
            ),
            ("note", models.TextField(blank=True)),
            ("refused_because", models.CharField(max_length=200)),
            ("at", models.DateTimeField()),
            ("put_away_at", models.DateTimeField(help_text="its giver has seen it", null=True)),
            (
                "item",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.item"
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to="labelling.member"
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("put_away_at", None)), fields=["labeller", "-id"], name="draft_to_see")
            ],
        },
    ),
    migrations.CreateModel(
        name="RejectedLabel",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "label",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="rejected_in",
                    to="labelling.label",
                ),
            ),
            (
                "rejection",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="covered", to="labelling.rejection"
                ),
            ),
            ("lifted_at", models.DateTimeField(null=True)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("lifted_at", None)), fields=["rejection", "label"], name="rejected_open"
                )
            ],
            "constraints": [models.UniqueConstraint(fields=("label", "rejection"), name="rejected_label_once")],
        },
    ),
    migrations.CreateModel(
        name="Entry",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("at", models.DateTimeField()),
            ("action", models.CharField(max_length=60)),
            ("project_id", models.BigIntegerField(null=True)),
            ("subject_kind", models.CharField(max_length=40)),
            ("subject_id", models.CharField(max_length=64)),
            ("detail", models.JSONField(default=dict)),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "verbose_name_plural": "entries",
            "indexes": [
                models.Index(fields=["project_id", "-id"], name="entry_by_project"),
                models.Index(fields=["subject_id", "-id"], name="entry_by_subject"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Fit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("method", models.CharField(max_length=40)),
            ("n_labels", models.PositiveIntegerField()),
            ("up_to", models.BigIntegerField()),
            ("prior", models.BinaryField()),
            ("pooled", models.BinaryField()),
            ("created_at", models.DateTimeField()),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="fits", to="labelling.project"
                ),
            ),
            (
                "schema",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.schemaversion"
                ),
            ),
            ("n_calibration", models.PositiveIntegerField(default=0)),
            ("price", models.FloatField(default=0.0)),
            ("temperature", models.FloatField(default=1.0)),
            ("followed_at", models.DateTimeField(null=True)),
            ("isotonic", models.BinaryField(null=True)),
            (
                "worth",
                models.FloatField(
                    help_text="what a right answer is worth, in labels; steers to cost_per_item", null=True
                ),
            ),
            (
                "guessing",
                models.FloatField(default=0.0, help_text="the share of labels that is taken to be given blindly"),
            ),
            ("damping", models.FloatField(default=0.0, help_text="how much less each further label of an item tells")),
            ("kinds", models.BinaryField(null=True)),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="fit_number_once")],
        },
    ),
    migrations.CreateModel(
        name="FitRow",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("confusion", models.BinaryField()),
            (
                "fit",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="labelling.fit"
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.member"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("fit", "labeller"), name="fit_row_once")],
        },
    ),
    migrations.CreateModel(
        name="FitStep",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=40)),
            ("at", models.DateTimeField()),
            (
                "fit",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="steps",
                    to="labelling.fit",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("fit", "name"), name="fit_step_once")],
        },
    ),
    migrations.CreateModel(
        name="StoppingDecision",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("pass_number", models.PositiveSmallIntegerField()),
            ("n_labels", models.PositiveSmallIntegerField()),
            (
                "verdict",
                models.CharField(choices=[("stop", "stop"), ("more", "more"), ("contest", "contest")], max_length=10),
            ),
            ("confidence", models.FloatField()),
            ("posterior", models.JSONField(help_text="{class: probability in millionths}")),
            ("at", models.DateTimeField()),
            (
                "after_label",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.label",
                ),
            ),
            (
                "fit",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.fit",
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="stopping_decisions", to="labelling.item"
                ),
            ),
            (
                "policy",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.policyversion",
                ),
            ),
            ("information", models.FloatField(help_text="bits the next label is expected to give", null=True)),
            ("price", models.FloatField(help_text="bits a label had to be worth", null=True)),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Calibration",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("bins", models.JSONField(default=list)),
            ("error", models.FloatField(help_text="expected calibration error, corrected posteriors", null=True)),
            ("error_before", models.FloatField(help_text="the same, uncorrected", null=True)),
            ("log_loss", models.FloatField(null=True)),
            ("log_loss_before", models.FloatField(null=True)),
            ("n_chosen", models.PositiveIntegerField(default=0, help_text="items that chose the model of truth")),
            ("n_calibrated", models.PositiveIntegerField(default=0, help_text="items that calibrated it")),
            ("by_source", models.JSONField(default=dict, help_text="{gold, yardstick, audit: items}")),
            ("candidates", models.JSONField(default=dict)),
            ("reason", models.TextField(blank=True)),
            ("at", models.DateTimeField()),
            (
                "fit",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="calibration", to="labelling.fit"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="calibrations", to="labelling.project"
                ),
            ),
            ("bins_before", models.JSONField(default=list)),
            ("n_kept", models.PositiveIntegerField(default=0)),
            ("n_yardstick", models.PositiveIntegerField(default=0, help_text="that would have stopped early")),
            ("n_yardstick_same", models.PositiveIntegerField(default=0, help_text="at the answer of all labels")),
            ("n_promised", models.PositiveIntegerField(default=0)),
            ("promised", models.FloatField(help_text="the policy's stop_confidence", null=True)),
            (
                "n_flipped",
                models.PositiveIntegerField(help_text="of these, with its vote the answer is another", null=True),
            ),
            (
                "n_voted",
                models.PositiveIntegerField(help_text="items a model said something of; empty: not asked", null=True),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Simulation",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("options", models.JSONField(default=dict)),
            ("seed", models.BigIntegerField()),
            ("result", models.JSONField(null=True)),
            ("error", models.TextField(blank=True)),
            ("asked_at", models.DateTimeField()),
            ("finished_at", models.DateTimeField(null=True)),
            (
                "asked_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="simulations", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Forecast",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("n_open", models.PositiveIntegerField(help_text="items that still need labels")),
            ("labels", models.FloatField()),
            ("labels_low", models.FloatField()),
            ("labels_high", models.FloatField()),
            ("decisions", models.FloatField(help_text="by experts")),
            ("decisions_low", models.FloatField()),
            ("decisions_high", models.FloatField()),
            ("cost", models.BigIntegerField(help_text="micro-units")),
            ("cost_low", models.BigIntegerField()),
            ("cost_high", models.BigIntegerField()),
            ("level", models.FloatField()),
            ("seed", models.BigIntegerField()),
            ("at", models.DateTimeField()),
            (
                "fit",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="forecast", to="labelling.fit"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="forecasts", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Resolution",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("pass_number", models.PositiveSmallIntegerField()),
            (
                "authority",
                models.PositiveSmallIntegerField(choices=[(1, "Crowd"), (2, "Engineer"), (3, "Expert"), (4, "Gold")]),
            ),
            ("answer", models.TextField(blank=True, help_text="canonical JSON; empty: discarded")),
            ("discard_reason", models.CharField(blank=True, max_length=200)),
            ("reason", models.TextField(blank=True)),
            ("confidence", models.FloatField(null=True)),
            ("posterior", models.JSONField(help_text="{class: probability in millionths}", null=True)),
            ("at", models.DateTimeField()),
            ("closed_at", models.DateTimeField(null=True)),
            ("closed_because", models.CharField(blank=True, max_length=200)),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="resolutions", to="labelling.item"
                ),
            ),
            (
                "decision",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.stoppingdecision",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at", None)), fields=("item",), name="resolution_one_standing"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answer", ""), models.Q(("discard_reason", ""), _negated=True)),
                        models.Q(models.Q(("answer", ""), _negated=True), ("discard_reason", "")),
                        _connector="OR",
                    ),
                    name="resolution_answer_or_discard",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AuditedAnswer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("pass_number", models.PositiveSmallIntegerField()),
            ("answer", models.TextField(help_text="canonical JSON")),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "item",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="audited_answers", to="labelling.item"
                ),
            ),
            (
                "resolution",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="audited_answer",
                    to="labelling.resolution",
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Version",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("number", models.PositiveIntegerField()),
            ("data_id", models.CharField(max_length=64)),
            ("version_id", models.CharField(max_length=64)),
            ("n_rows", models.PositiveIntegerField()),
            ("split_rule", models.JSONField()),
            ("manifest", models.TextField(help_text="canonical JSON; version_id is its SHA-256")),
            ("checks", models.JSONField(help_text="the checks' report")),
            ("message", models.TextField(blank=True)),
            ("created_at", models.DateTimeField()),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "guideline",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.guidelineversion"
                ),
            ),
            (
                "parent",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="children",
                    to="labelling.version",
                ),
            ),
            (
                "policy",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.policyversion"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="labelling.project"
                ),
            ),
            (
                "schema",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.schemaversion"
                ),
            ),
        ],
        options={
            "ordering": ["number"],
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="version_number_once")],
        },
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
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="segments", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "number"), name="segment_number_once")],
        },
    ),
    migrations.CreateModel(
        name="SegmentContent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("digest", models.CharField(max_length=64)),
            ("n_bytes", models.PositiveBigIntegerField()),
            ("at", models.DateTimeField()),
            ("gone_at", models.DateTimeField(null=True)),
            (
                "segment",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="contents", to="labelling.segment"
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["digest"], name="segment_content_digest")],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("gone_at", None)), fields=("segment",), name="segment_content_one_standing"
                )
            ],
        },
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
            (
                "segment",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="labelling.segment"
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="labelling.version"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("version", "segment"), name="version_segment_once")],
        },
    ),
    migrations.CreateModel(
        name="ChangedItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "item",
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.item",
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    db_constraint=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.project",
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Alias",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.SlugField(max_length=60)),
            ("moved_at", models.DateTimeField()),
            (
                "moved_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="labelling.project"
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="labelling.version"
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("project", "name"), name="alias_once")],
        },
    ),
    migrations.CreateModel(
        name="Erasure",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("reason", models.TextField()),
            ("at", models.DateTimeField()),
            ("done_at", models.DateTimeField(null=True)),
            ("n_rows", models.PositiveIntegerField(help_text="rows of segments that were emptied", null=True)),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "example",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="labelling.example"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="erasures", to="labelling.project"
                ),
            ),
            (
                "item",
                models.OneToOneField(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="labelling.item"
                ),
            ),
        ],
        options={},
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
    migrations.CreateModel(
        name="Recall",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("reason", models.TextField()),
            ("n_rows", models.PositiveIntegerField()),
            ("keys", models.JSONField(help_text="the rows' keys, sorted")),
            ("at", models.DateTimeField()),
            ("withdrawn_at", models.DateTimeField(null=True)),
            (
                "rejection",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="recalls",
                    to="labelling.rejection",
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="recalls", to="labelling.version"
                ),
            ),
            (
                "resolution",
                models.ForeignKey(
                    help_text="the ruling that says otherwise",
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="recalls",
                    to="labelling.resolution",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("withdrawn_at", None)), fields=("version", "rejection"), name="recall_once"
                ),
                models.UniqueConstraint(
                    condition=models.Q(("withdrawn_at", None)),
                    fields=("version", "resolution"),
                    name="recall_once_a_ruling",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="QualityReport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "occasion",
                models.CharField(
                    choices=[("published", "Published"), ("refused", "Refused"), ("asked", "Asked")], max_length=10
                ),
            ),
            ("verdict", models.CharField(max_length=10)),
            ("n_rows", models.PositiveIntegerField()),
            ("report", models.JSONField(null=True)),
            ("metrics", models.JSONField()),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "policy",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.policyversion"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="quality_reports", to="labelling.project"
                ),
            ),
            (
                "version",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="quality_report",
                    to="labelling.version",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["project", "-id"], name="quality_report_newest")],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("report__isnull", False), ("version", None)),
                        ("version__isnull", False),
                        _connector="OR",
                    ),
                    name="quality_report_is_somewhere",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Job",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("kind", models.CharField(max_length=40)),
            ("key", models.CharField(max_length=120)),
            ("project_id", models.BigIntegerField(null=True)),
            ("arguments", models.JSONField(default=dict)),
            ("created_at", models.DateTimeField()),
            ("run_after", models.DateTimeField()),
            ("started_at", models.DateTimeField(null=True)),
            ("finished_at", models.DateTimeField(null=True)),
            ("failed_at", models.DateTimeField(null=True)),
            ("attempts", models.PositiveSmallIntegerField(default=0)),
            ("error", models.TextField(blank=True)),
            ("done", models.PositiveIntegerField(default=0)),
            ("total", models.PositiveIntegerField(null=True)),
            ("result", models.JSONField(null=True)),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("failed_at", None), ("finished_at", None)),
                    fields=["run_after"],
                    name="job_unfinished",
                )
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("failed_at", None), ("started_at", None)),
                    fields=("kind", "key"),
                    name="job_waits_once",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Export",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("format", models.CharField(max_length=40)),
            ("options", models.JSONField(help_text="splits, and what else the format can be told")),
            ("key", models.CharField(max_length=64)),
            ("files", models.JSONField(default=list, help_text="[{name, bytes, sha256}], in the order of their names")),
            ("created_at", models.DateTimeField()),
            ("finished_at", models.DateTimeField(null=True)),
            ("failed_at", models.DateTimeField(null=True)),
            ("gone_at", models.DateTimeField(null=True)),
            ("error", models.TextField(blank=True)),
            (
                "created_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "job",
                models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="labelling.job"
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="exports", to="labelling.version"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("gone_at", None)), fields=("version", "key"), name="export_once"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="Download",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=200)),
            ("signed", models.BooleanField(help_text="by a signed address that this user or token asked for")),
            ("address", models.GenericIPAddressField(null=True)),
            ("at", models.DateTimeField()),
            ("first_byte", models.PositiveBigIntegerField()),
            ("n_bytes", models.PositiveBigIntegerField()),
            ("status", models.PositiveSmallIntegerField()),
            (
                "token",
                models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.apitoken",
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="downloads", to="labelling.version"
                ),
            ),
            (
                "export",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="downloads",
                    to="labelling.export",
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="ProjectImport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("slug", models.CharField(max_length=60, unique=True)),
            ("name", models.CharField(max_length=200)),
            (
                "source",
                models.CharField(choices=[("label_studio", "Label Studio"), ("doccano", "doccano")], max_length=20),
            ),
            ("options", models.JSONField(default=dict)),
            ("files", models.JSONField(default=list, help_text="names")),
            ("digest", models.CharField(max_length=64)),
            ("created_at", models.DateTimeField()),
            ("step", models.CharField(blank=True, max_length=30)),
            ("done", models.PositiveIntegerField(default=0)),
            ("total", models.PositiveIntegerField(default=0)),
            ("finished_at", models.DateTimeField(null=True)),
            ("report", models.JSONField(null=True)),
            ("error", models.TextField(blank=True)),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "project",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="imported",
                    to="labelling.project",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        ("finished_at", None),
                        models.Q(("project__isnull", False), ("report__isnull", False)),
                        _connector="OR",
                    ),
                    name="import_finished_with_report",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="UploadedFile",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=200)),
            ("is_config", models.BooleanField(default=False)),
            ("content", models.BinaryField()),
            (
                "moved",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="labelling.projectimport"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Payment",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("amount", models.BigIntegerField(help_text="micro-units; below zero in a correction")),
            ("up_to", models.DateTimeField(help_text="batches closed until then")),
            ("reference", models.CharField(help_text="how it was paid, as a bank's reference", max_length=200)),
            ("reason", models.TextField(blank=True, help_text="of a correction")),
            ("at", models.DateTimeField()),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "corrects",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="correction",
                    to="labelling.payment",
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="labelling.member"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("amount__gt", 0), ("corrects", None)),
                        models.Q(("amount__lt", 0), ("corrects__isnull", False)),
                        _connector="OR",
                    ),
                    name="payment_above_zero_or_correction",
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="PaidPart",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveSmallIntegerField()),
            ("amount", models.BigIntegerField(help_text="micro-units; below zero in a correction")),
            (
                "batch",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="paid_parts",
                    to="labelling.batch",
                ),
            ),
            (
                "payment",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="labelling.payment"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("batch", "number"), name="paid_part_number_once"),
                models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="paid_part_of_something"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Withholding",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("evidence", models.TextField(help_text="what a person saw")),
            ("notice", models.TextField(help_text="what the labeller is told")),
            ("n_labels", models.PositiveIntegerField()),
            ("amount", models.PositiveBigIntegerField(help_text="micro-units")),
            ("at", models.DateTimeField()),
            ("heard_from", models.DateTimeField(help_text="from then on it can be confirmed without an appeal")),
            ("lapses_at", models.DateTimeField()),
            ("confirmed_at", models.DateTimeField(null=True)),
            ("confirm_reason", models.TextField(blank=True)),
            ("ended_at", models.DateTimeField(null=True)),
            (
                "ending",
                models.CharField(
                    blank=True,
                    choices=[("lifted", "an owner lifted it"), ("lapsed", "its days were over")],
                    max_length=10,
                ),
            ),
            ("end_reason", models.TextField(blank=True)),
            (
                "batch",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="withholdings",
                    to="labelling.batch",
                ),
            ),
            (
                "by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "confirmed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "ended_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="withholdings", to="labelling.member"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="withholdings", to="labelling.project"
                ),
            ),
            (
                "rejection",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="withholdings",
                    to="labelling.rejection",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(
                    condition=models.Q(("confirmed_at", None), ("ended_at", None)),
                    fields=["lapses_at"],
                    name="withholding_to_lapse",
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("evidence", ""), _negated=True), models.Q(("notice", ""), _negated=True)
                    ),
                    name="withholding_with_evidence",
                ),
                models.CheckConstraint(
                    condition=models.Q(("batch", None), ("rejection", None), _connector="OR"),
                    name="withholding_one_subject",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("confirmed_at", None), ("confirmed_by", None)),
                        models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="withholding_confirmed_by_somebody",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at", None), ("ending", "")),
                        models.Q(("ended_at__isnull", False), ("ended_by__isnull", False), ("ending", "lifted")),
                        models.Q(
                            ("confirmed_at", None),
                            ("ended_at__isnull", False),
                            ("ended_by", None),
                            ("ending", "lapsed"),
                        ),
                        _connector="OR",
                    ),
                    name="withholding_ended_somehow",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="WithheldBatch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("n_labels", models.PositiveSmallIntegerField()),
            ("amount", models.PositiveBigIntegerField(help_text="micro-units")),
            (
                "batch",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="withheld", to="labelling.batch"
                ),
            ),
            (
                "withholding",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="batches",
                    to="labelling.withholding",
                ),
            ),
        ],
        options={
            "constraints": [models.UniqueConstraint(fields=("withholding", "batch"), name="withheld_batch_once")],
        },
    ),
    migrations.CreateModel(
        name="WithheldLabel",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "label",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="withheld", to="labelling.label"
                ),
            ),
            (
                "withholding",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="labels", to="labelling.withholding"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Scorecard",
        fields=[
            (
                "labeller",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="scorecard",
                    serialize=False,
                    to="labelling.member",
                ),
            ),
            ("n_labels", models.PositiveIntegerField(help_text="counted answers")),
            ("n_abstained", models.PositiveIntegerField(default=0)),
            (
                "agreement",
                models.FloatField(help_text="with the others on the same items, own label left out", null=True),
            ),
            ("agreement_low", models.FloatField(null=True)),
            ("agreement_high", models.FloatField(null=True)),
            ("quality", models.FloatField(help_text="cost-based: 0 for any spammer, 1 for perfect", null=True)),
            ("suspicion", models.FloatField(help_text="higher is worse", null=True)),
            ("gold_given", models.PositiveIntegerField(default=0)),
            ("gold_right", models.PositiveIntegerField(default=0)),
            ("gold_blocks", models.JSONField(default=list)),
            (
                "confusion",
                models.JSONField(default=list, help_text="rows: the likely truth; columns: what they answered"),
            ),
            ("median_seconds", models.FloatField(null=True)),
            ("computed_at", models.DateTimeField()),
            (
                "fit",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.fit"),
            ),
            (
                "adjusted",
                models.FloatField(help_text="agreement, had their items been as hard as everybody's", null=True),
            ),
            ("adjusted_high", models.FloatField(null=True)),
            ("adjusted_low", models.FloatField(null=True)),
            (
                "copies",
                models.JSONField(
                    default=list, help_text="[{labeller, shared, same, expected, log_evidence}], likeliest first"
                ),
            ),
            (
                "drift",
                models.JSONField(
                    default=list, help_text="[{n, share, low, high}], a window of labels each, oldest first"
                ),
            ),
            ("quality_high", models.FloatField(null=True)),
            ("quality_low", models.FloatField(null=True)),
            ("seconds", models.JSONField(default=list, help_text="10th, 50th and 90th percentile of active seconds")),
            (
                "agreement_blocks",
                models.JSONField(
                    default=list,
                    help_text="[like the others, of] a block of twenty answers to work, in the order given",
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Flag",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("random", "answers at random"),
                        ("constant", "gives the same answer whatever is asked"),
                        ("prior", "answers as often as the classes come, without looking"),
                        ("copying", "copies somebody else's answers"),
                        ("adversarial", "answers against what is right"),
                        ("went_bad", "was reliable and is no more"),
                    ],
                    max_length=12,
                ),
            ),
            ("log_evidence", models.FloatField()),
            ("since", models.PositiveIntegerField(default=0)),
            ("evidence", models.JSONField(default=dict)),
            ("at", models.DateTimeField()),
            (
                "outcome",
                models.CharField(
                    blank=True,
                    choices=[("upheld", "the work is unreliable"), ("dismissed", "the work is fine")],
                    max_length=10,
                ),
            ),
            ("answered", models.TextField(blank=True, help_text="what the owner says to it")),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "closed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "fit",
                models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.fit"),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="labelling.member"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at", None)), fields=("labeller", "kind"), name="flag_one_open_a_kind"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closed_at", None), ("outcome", "")),
                        models.Q(("closed_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="flag_closed_with_outcome",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="AgreementMatrix",
        fields=[
            (
                "fit",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="agreement_matrix",
                    serialize=False,
                    to="labelling.fit",
                ),
            ),
            ("labellers", models.JSONField()),
            ("cells", models.JSONField()),
            ("n_left_out", models.PositiveIntegerField(default=0)),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="StrengthReading",
        fields=[
            (
                "fit",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT,
                    primary_key=True,
                    related_name="strengths",
                    serialize=False,
                    to="labelling.fit",
                ),
            ),
            ("authors", models.JSONField(default=list)),
            ("pairs", models.JSONField(default=list)),
            ("lead", models.JSONField(null=True)),
            ("tie", models.FloatField(default=0.0)),
            ("sides", models.JSONField(default=list)),
            ("n_labels", models.PositiveIntegerField(default=0)),
            ("n_items", models.PositiveIntegerField(default=0)),
            (
                "n_unnamed",
                models.PositiveIntegerField(default=0, help_text="answers on items that don't say who wrote both"),
            ),
            (
                "n_left_out",
                models.PositiveIntegerField(default=0, help_text="authors with fewer comparisons than those kept"),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="AgreementReading",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("scope", models.CharField(max_length=10)),
            ("alpha", models.FloatField(null=True)),
            ("low", models.FloatField(null=True)),
            ("high", models.FloatField(null=True)),
            ("percent", models.FloatField(null=True)),
            ("n_items", models.PositiveIntegerField()),
            ("n_labels", models.PositiveIntegerField()),
            ("seed", models.BigIntegerField()),
            ("at", models.DateTimeField()),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="agreement_readings",
                    to="labelling.project",
                ),
            ),
            (
                "fit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="agreement_readings", to="labelling.fit"
                ),
            ),
            ("ac1", models.FloatField(help_text="Gwet's AC1", null=True)),
            ("facet", models.CharField(default="overall", max_length=10)),
            ("fleiss", models.FloatField(help_text="Fleiss' kappa", null=True)),
            ("name", models.CharField(blank=True, default="", max_length=200)),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("fit", "scope", "facet", "name"), name="agreement_reading_once")
            ],
        },
    ),
    migrations.CreateModel(
        name="GoldDispute",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("disputed", "somebody says the answer is wrong"),
                        ("outvoted", "reliable labellers answer otherwise"),
                        ("uniform", "suddenly everybody gets it right"),
                        ("fast", "it is answered faster than other items"),
                    ],
                    max_length=10,
                ),
            ),
            ("reason", models.TextField(blank=True)),
            ("evidence", models.JSONField(default=dict)),
            ("at", models.DateTimeField()),
            (
                "outcome",
                models.CharField(
                    blank=True,
                    choices=[
                        ("upheld", "the answer was right"),
                        ("corrected", "the answer was wrong"),
                        ("retired", "not handed out any more"),
                    ],
                    max_length=10,
                ),
            ),
            ("answered", models.TextField(blank=True, help_text="what the owner says to it")),
            ("n_credited", models.PositiveIntegerField(default=0, help_text="labellers whose record it put right")),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "closed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "gold",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="disputes", to="labelling.gold"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="gold_disputes", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("closed_at", None)), fields=("gold", "kind"), name="gold_dispute_one_open"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closed_at", None), ("outcome", "")),
                        models.Q(("closed_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="gold_dispute_closed_with_outcome",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Appeal",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "subject",
                models.CharField(
                    choices=[("rejection", "a rejection"), ("withholding", "a withholding"), ("card", "the card")],
                    max_length=12,
                ),
            ),
            ("why", models.TextField()),
            ("at", models.DateTimeField()),
            (
                "outcome",
                models.CharField(
                    blank=True,
                    choices=[
                        ("granted", "the labeller is right"),
                        ("refused", "it stays as it is"),
                        ("moot", "settled before it was answered"),
                    ],
                    max_length=10,
                ),
            ),
            ("answer", models.TextField(blank=True, help_text="what the owner says to it")),
            ("answered_at", models.DateTimeField(null=True)),
            (
                "answered_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "labeller",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="labelling.member"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="appeals", to="labelling.project"
                ),
            ),
            (
                "rejection",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="appeals",
                    to="labelling.rejection",
                ),
            ),
            (
                "withholding",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="appeals",
                    to="labelling.withholding",
                ),
            ),
        ],
        options={
            "indexes": [
                models.Index(condition=models.Q(("answered_at", None)), fields=["project", "id"], name="appeal_waiting")
            ],
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("answered_at", None), ("rejection__isnull", False)),
                    fields=("labeller", "rejection"),
                    name="appeal_one_open_a_rejection",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("answered_at", None), ("withholding__isnull", False)),
                    fields=("withholding",),
                    name="appeal_one_open_a_withholding",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("answered_at", None), ("subject", "card")),
                    fields=("labeller",),
                    name="appeal_one_open_a_card",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("rejection__isnull", False), ("subject", "rejection"), ("withholding", None)),
                        models.Q(("rejection", None), ("subject", "withholding"), ("withholding__isnull", False)),
                        models.Q(("rejection", None), ("subject", "card"), ("withholding", None)),
                        _connector="OR",
                    ),
                    name="appeal_of_one_subject",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("answered_at", None), ("answered_by", None), ("outcome", "")),
                        models.Q(("answered_at__isnull", False), ("outcome", "moot")),
                        models.Q(
                            ("answered_at__isnull", False),
                            ("answered_by__isnull", False),
                            ("outcome__in", ["granted", "refused"]),
                        ),
                        _connector="OR",
                    ),
                    name="appeal_answered_with_outcome",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="PullReading",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("n_shown", models.PositiveIntegerField(help_text="items")),
            ("n_withheld", models.PositiveIntegerField(help_text="items")),
            ("shown", models.FloatField(null=True)),
            ("shown_low", models.FloatField(null=True)),
            ("shown_high", models.FloatField(null=True)),
            ("withheld", models.FloatField(null=True)),
            ("withheld_low", models.FloatField(null=True)),
            ("withheld_high", models.FloatField(null=True)),
            ("difference", models.FloatField(null=True)),
            ("low", models.FloatField(null=True)),
            ("high", models.FloatField(null=True)),
            ("same_shown", models.FloatField(null=True)),
            ("same_withheld", models.FloatField(null=True)),
            ("seconds_shown", models.FloatField(help_text="median active seconds of a label", null=True)),
            ("seconds_withheld", models.FloatField(null=True)),
            (
                "fit",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="pull_reading", to="labelling.fit"
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="pull_readings", to="labelling.project"
                ),
            ),
        ],
        options={},
    ),
    migrations.CreateModel(
        name="Entrance",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("provider", models.CharField(max_length=60)),
            ("secret", models.CharField(default=labelling.ids.new_token, max_length=32, unique=True)),
            ("worker_parameter", models.CharField(max_length=40)),
            ("assignment_parameter", models.CharField(blank=True, max_length=40)),
            ("session_parameter", models.CharField(blank=True, max_length=40)),
            ("n_labels", models.PositiveSmallIntegerField(help_text="that make a visit complete")),
            ("fixed_code", models.CharField(blank=True, max_length=100)),
            ("return_url", models.CharField(blank=True, max_length=500)),
            (
                "reward",
                models.PositiveBigIntegerField(default=0, help_text="micro-units the marketplace pays for a visit"),
            ),
            ("most_workers", models.PositiveIntegerField(default=500)),
            ("n_workers", models.PositiveIntegerField(default=0)),
            ("created_at", models.DateTimeField()),
            ("closed_at", models.DateTimeField(null=True)),
            (
                "closed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="entrances", to="labelling.project"
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(condition=models.Q(("n_labels__gte", 1)), name="entrance_wants_labels"),
                models.CheckConstraint(
                    condition=models.Q(("n_workers__lte", models.F("most_workers"))), name="entrance_within_workers"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("worker_parameter", ""), _negated=True),
                        models.Q(("worker_parameter", models.F("assignment_parameter")), _negated=True),
                        models.Q(("worker_parameter", models.F("session_parameter")), _negated=True),
                        models.Q(
                            ("assignment_parameter", ""),
                            models.Q(("assignment_parameter", models.F("session_parameter")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    name="entrance_parameters_differ",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("closed_at", None), ("closed_by", None)),
                        models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                        _connector="OR",
                    ),
                    name="entrance_closed_by_somebody",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Worker",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("worker_id", models.CharField(max_length=100)),
            ("number", models.PositiveIntegerField(help_text="of the entrance's workers, from 1")),
            ("came_at", models.DateTimeField()),
            (
                "entrance",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="workers",
                    to="labelling.entrance",
                ),
            ),
            (
                "member",
                models.OneToOneField(
                    on_delete=django.db.models.deletion.PROTECT, related_name="worker", to="labelling.member"
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("entrance", "worker_id"), name="worker_once_an_entrance"),
                models.UniqueConstraint(fields=("entrance", "number"), name="worker_number_once"),
                models.CheckConstraint(condition=models.Q(("worker_id", ""), _negated=True), name="worker_has_id"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Visit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("assignment", models.CharField(blank=True, max_length=100)),
            ("session", models.CharField(blank=True, max_length=100)),
            ("n_labels", models.PositiveSmallIntegerField()),
            ("code", models.CharField(blank=True, max_length=20)),
            ("begun_at", models.DateTimeField()),
            ("completed_at", models.DateTimeField(null=True)),
            ("ended_early", models.CharField(blank=True, help_text="why there was no more work", max_length=40)),
            (
                "worker",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="visits",
                    to="labelling.worker",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("worker", "assignment", "session"), name="visit_once_an_assignment"),
                models.UniqueConstraint(
                    condition=models.Q(("code", ""), _negated=True), fields=("code",), name="visit_code_once"
                ),
                models.CheckConstraint(
                    condition=models.Q(("ended_early", ""), ("completed_at__isnull", False), _connector="OR"),
                    name="visit_ended_when_complete",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Stretch",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("after_label", models.BigIntegerField()),
            ("up_to_label", models.BigIntegerField(null=True)),
            (
                "visit",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="stretches", to="labelling.visit"
                ),
            ),
            (
                "worker",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="stretches",
                    to="labelling.worker",
                ),
            ),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(
                    condition=models.Q(("up_to_label", None)), fields=("worker",), name="stretch_one_goes_on"
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("up_to_label", None), ("up_to_label__gte", models.F("after_label")), _connector="OR"
                    ),
                    name="stretch_in_order",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Endpoint",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("url", models.CharField(max_length=500)),
            ("description", models.CharField(blank=True, max_length=200)),
            ("kinds", models.JSONField(default=list)),
            ("secret", models.CharField(default=labelling.webhooks.signing.new_secret, max_length=100)),
            ("previous_secret", models.CharField(blank=True, max_length=100)),
            ("previous_until", models.DateTimeField(null=True)),
            ("created_at", models.DateTimeField()),
            ("failing_since", models.DateTimeField(null=True)),
            ("busy_until", models.DateTimeField(null=True)),
            ("disabled_at", models.DateTimeField(null=True)),
            (
                "disabled_why",
                models.CharField(
                    blank=True,
                    choices=[
                        ("owner", "an owner disabled it"),
                        ("gone", "it answered 410: it is gone"),
                        ("failing", "it failed for three days"),
                    ],
                    max_length=10,
                ),
            ),
            ("removed_at", models.DateTimeField(null=True)),
            (
                "created_by",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            (
                "project",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="labelling.project"
                ),
            ),
            (
                "removed_by",
                models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ],
        options={
            "verbose_name": "webhook",
            "indexes": [
                models.Index(
                    condition=models.Q(("disabled_at", None), ("removed_at", None)),
                    fields=["project"],
                    name="endpoint_live",
                )
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("disabled_at", None), ("disabled_why", "")),
                        models.Q(("disabled_at__isnull", False), models.Q(("disabled_why", ""), _negated=True)),
                        _connector="OR",
                    ),
                    name="endpoint_disabled_for_a_reason",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        ("removed_at", None), models.Q(("previous_secret", ""), ("secret", "")), _connector="OR"
                    ),
                    name="endpoint_removed_without_secret",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Message",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            ("kind", models.CharField(max_length=40)),
            ("body", models.TextField(help_text="JSON, as it is sent")),
            ("at", models.DateTimeField()),
            (
                "project",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="labelling.project",
                ),
            ),
        ],
        options={
            "indexes": [models.Index(fields=["project", "kind", "-at"], name="message_by_kind")],
        },
    ),
    migrations.CreateModel(
        name="Delivery",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("public_id", models.CharField(default=labelling.ids.new_id, editable=False, max_length=16, unique=True)),
            (
                "state",
                models.CharField(
                    choices=[
                        ("waiting", "waiting"),
                        ("delivered", "delivered"),
                        ("failed", "failed"),
                        ("stopped", "stopped: the endpoint was disabled"),
                    ],
                    default="waiting",
                    max_length=10,
                ),
            ),
            ("next_at", models.DateTimeField(null=True)),
            ("n_tries", models.PositiveSmallIntegerField(default=0)),
            ("n_attempts", models.PositiveIntegerField(default=0)),
            (
                "endpoint",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="deliveries",
                    to="labelling.endpoint",
                ),
            ),
            (
                "message",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="labelling.message"
                ),
            ),
        ],
        options={
            "verbose_name": "delivery",
            "verbose_name_plural": "deliveries",
            "indexes": [models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint")],
            "constraints": [
                models.UniqueConstraint(fields=("endpoint", "message"), name="delivery_once_an_endpoint"),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("next_at__isnull", False), ("state", "waiting")),
                        models.Q(models.Q(("state", "waiting"), _negated=True), ("next_at", None)),
                        _connector="OR",
                    ),
                    name="delivery_waits_for_a_time",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Attempt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveIntegerField()),
            ("at", models.DateTimeField()),
            ("milliseconds", models.PositiveIntegerField()),
            ("status", models.PositiveSmallIntegerField(null=True)),
            ("error", models.CharField(blank=True, max_length=300)),
            ("reply", models.TextField(blank=True)),
            (
                "delivery",
                models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="attempts",
                    to="labelling.delivery",
                ),
            ),
        ],
        options={
            "ordering": ["number"],
            "constraints": [models.UniqueConstraint(fields=("delivery", "number"), name="attempt_number_once")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [
        ("labelling", "0001_initial"),
        ("labelling", "0002_freeze"),
        ("labelling", "0003_audit_index"),
        ("labelling", "0004_distribution"),
        ("labelling", "0005_freeze_again"),
        ("labelling", "0006_practice_and_indexes"),
        ("labelling", "0007_hot_tables"),
        ("labelling", "0008_trust"),
        ("labelling", "0009_freeze_trust"),
        ("labelling", "0010_calibration"),
        ("labelling", "0011_rejection_scopes"),
        ("labelling", "0012_pay"),
        ("labelling", "0013_fit_evidence"),
        ("labelling", "0014_lookahead"),
        ("labelling", "0015_model_vote"),
        ("labelling", "0016_rejected_by_rejection"),
        ("labelling", "0017_own_card"),
        ("labelling", "0018_suggestions"),
        ("labelling", "0019_entrances"),
        ("labelling", "0020_pull_readings"),
        ("labelling", "0021_strengths"),
        ("labelling", "0022_forget_versions"),
        ("labelling", "0023_segments"),
        ("labelling", "0024_webhooks"),
        ("labelling", "0025_exports"),
        ("labelling", "0026_quality_reports"),
        ("labelling", "0027_imports"),
        ("labelling", "0028_watch_labels"),
        ("labelling", "0029_near"),
        ("labelling", "0030_erasures"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        CreateModels(MODELS),
        migrations.RunPython(finish, migrations.RunPython.noop),
    ]
