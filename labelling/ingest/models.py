"""Production examples and what models said of them."""

from django.db import models

from labelling.projects.models import Project


class Source(models.TextChoices):
    PRODUCTION = "production"
    GENERATED = "generated"
    GATHERED = "gathered"
    IMPORTED = "imported"


class ModelVersion(models.Model):
    """One model version behind one pipeline version: rules in front of the model count."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_versions")
    model = models.CharField(max_length=200)
    pipeline = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "model", "pipeline"], name="model_version_once")]

    def __str__(self) -> str:
        return f"{self.model} behind {self.pipeline}" if self.pipeline else self.model


class Example(models.Model):
    """One production example. `payload` (JSON text) and `salt` can be erased; everything else stays."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="examples")
    external_id = models.CharField(max_length=200)
    payload = models.TextField(null=True)
    payload_hash = models.CharField(max_length=64, help_text="SHA-256 of salt and payload text")
    salt = models.BinaryField(max_length=16, null=True)
    slice = models.CharField(max_length=200, blank=True)
    group = models.CharField(max_length=200, blank=True, help_text="examples of one group share a split")
    source = models.CharField(max_length=10, choices=Source, default=Source.PRODUCTION)
    metadata = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "external_id"], name="example_once")]

    def __str__(self) -> str:
        return self.external_id


class Prediction(models.Model):
    """What one model version said of one example. `probabilities`: float32 (k,), in the order of the schema's
    classes; `passes`: float32 (passes, k). `answer`: of kinds whose answers have parts, as canonical JSON; their
    probabilities are of its being right and wrong. `explanation`: what weighed how much in it (see `explanations`)."""

    example = models.ForeignKey(Example, on_delete=models.PROTECT, related_name="predictions")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="predictions")
    schema = models.ForeignKey("labelling.SchemaVersion", on_delete=models.PROTECT, related_name="+")
    probabilities = models.BinaryField(null=True)
    passes = models.BinaryField(null=True)
    answer = models.TextField(null=True)
    explanation = models.JSONField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model_version", "example"], name="prediction_once")]
