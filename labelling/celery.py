"""The Celery application: `celery -A labelling.celery`. It only wakes workers; what must happen is a row in `jobs`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelling.settings")

app = Celery("labelling")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["labelling"])
