"""The site's admin: for looking things up. Only users are changed here; all else has verbs that keep the record."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import BinaryField, Model
from django.http import HttpRequest
from django.urls import reverse

from experts.models import Case, Decision
from labelling.assignment.models import Batch, Label, Lease, Rejection
from labelling.audit.models import Entry
from labelling.consensus.models import Fit, Resolution
from labelling.datasets.models import Recall, Version
from labelling.ingest.models import Example, ModelVersion
from labelling.jobs.models import Job
from labelling.projects.models import (
    Account,
    ApiToken,
    GuidelineVersion,
    Invitation,
    Member,
    PolicyVersion,
    Project,
    SchemaVersion,
    User,
)
from labelling.sampling.models import Gold, Item, SamplingRound

SECRET = {"token", "secret_hash"}
EXTERNAL_ID = "item__example__external_id"


class ReadOnly(admin.ModelAdmin):
    """Rows to look at. Bytes and secrets are left out, and no table is counted for the sake of a total."""

    show_full_result_count = False
    list_per_page = 50

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            field.name
            for field in self.model._meta.fields
            if field.name not in SECRET and not isinstance(field, BinaryField)
        ]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        """Whatever the columns follow, so that a list of any length is one query."""
        names = [str(name) for name in self.list_display]
        followed = [name.rpartition("__")[0] for name in names if "__" in name]
        return followed + [name for name in names if name in {f.name for f in self.model._meta.fields if f.is_relation}]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProjectAdmin(ReadOnly):
    """A project, with the way to its pages."""

    def view_on_site(self, obj: Model) -> str:
        assert isinstance(obj, Project)
        return reverse("overview", args=[obj.slug])


class PeopleAdmin(UserAdmin):
    """Users are made, changed and switched off here; never deleted, since the record names them."""

    list_display = ("username", "public_id", "email", "is_staff", "is_active", "last_login")
    readonly_fields = ("public_id", "last_login", "date_joined")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.site_header = admin.site.site_title = "Quorum"
admin.site.index_title = "Look things up"
admin.site.register(User, PeopleAdmin)
admin.site.register(
    Project, ProjectAdmin, list_display=("slug", "name", "created_by", "created_at", "paused_at"),
    search_fields=("slug", "name", "public_id"),
)  # fmt: skip

# Model: (columns, what a search looks in, filters)
LOOK_UP: dict[type[Model], tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    SchemaVersion: (("project", "number", "kind", "created_by", "created_at"), ("project__slug",), ()),
    GuidelineVersion: (("project", "number", "created_by", "created_at"), ("project__slug",), ()),
    PolicyVersion: (("project", "number", "mode", "currency", "budget", "created_at"), ("project__slug",), ("mode",)),
    Account: (("project", "budget", "reserved", "spent"), ("project__slug",), ()),
    Member: (
        ("name", "role", "project", "user", "joined_at", "suspended_at"),
        ("name", "user__username", "project__slug", "public_id"),
        ("role",),
    ),
    Invitation: (("project", "role", "uses_left", "expires_at", "revoked_at"), ("project__slug",), ("role",)),
    ApiToken: (("name", "user", "project", "expires_at", "revoked_at"), ("name", "user__username"), ()),
    ModelVersion: (("project", "model", "pipeline"), ("model", "project__slug"), ()),
    Example: (("external_id", "project", "source", "received_at", "erased_at"), ("=external_id",), ("source",)),
    SamplingRound: (("project", "number", "strategy", "n_selected", "created_at"), ("project__slug",), ("strategy",)),
    Item: (
        ("public_id", "project", "example__external_id", "state", "purpose", "split", "n_done", "target"),
        ("=public_id", "=example__external_id"),
        ("state", "purpose", "split"),
    ),
    Gold: (
        (EXTERNAL_ID, "answer", "origin", "created_by", "created_at", "closed_at"),
        (f"={EXTERNAL_ID}",),
        ("origin",),
    ),
    Lease: (("id", EXTERNAL_ID, "labeller", "state", "leased_at", "expires_at"), (f"={EXTERNAL_ID}",), ("state",)),
    Batch: (
        ("public_id", "labeller", "number", "n_labels", "size", "opened_at", "closed_at"),
        ("=public_id", "=labeller__name"),
        (),
    ),
    Label: (
        ("public_id", EXTERNAL_ID, "labeller", "answer", "abstention", "at", "withdrawn_at"),
        ("=public_id", f"={EXTERNAL_ID}"),
        ("abstention",),
    ),
    Rejection: (
        ("public_id", "project", "labeller", "batch__number", "n_labels", "by", "at", "lifted_at"),
        ("=public_id", "labeller__name", "reason"),
        (),
    ),
    Fit: (("project", "number", "method", "n_labels", "created_at"), ("project__slug",), ("method",)),
    Resolution: (
        ("public_id", EXTERNAL_ID, "authority", "answer", "confidence", "by", "at", "closed_at"),
        ("=public_id", f"={EXTERNAL_ID}"),
        ("authority",),
    ),
    Version: (
        ("project", "number", "n_rows", "version_id", "created_by", "created_at"),
        ("project__slug", "=version_id"),
        (),
    ),
    Recall: (
        ("public_id", "version__project__slug", "version__number", "n_rows", "at", "withdrawn_at"),
        ("=public_id",),
        (),
    ),
    Case: (
        ("public_id", EXTERNAL_ID, "project", "reason", "value", "claimed_by", "opened_at", "outcome"),
        ("=public_id", f"={EXTERNAL_ID}"),
        ("reason", "outcome"),
    ),
    Decision: (
        ("public_id", "case__item__example__external_id", "kind", "answer", "by", "at"),
        ("=public_id",),
        ("kind",),
    ),
    Job: (
        ("public_id", "kind", "key", "attempts", "created_at", "finished_at", "failed_at"),
        ("=public_id", "key"),
        ("kind",),
    ),
    Entry: (("at", "by", "action", "subject_kind", "subject_id"), ("action", "=subject_id", "by__username"), ()),
}
for model, (columns, searched, filters) in LOOK_UP.items():
    admin.site.register(model, ReadOnly, list_display=columns, search_fields=searched, list_filter=filters)
