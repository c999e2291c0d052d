"""What labelling is compared with: a bare Django view with one SELECT … FOR UPDATE SKIP LOCKED and one INSERT.

It signs nobody in, checks nothing and counts nothing, so no product can be as cheap; the ratio to it is what a label's
correctness costs, wherever it is measured.
"""

import json

from django.db import connection, models, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone


class Task(models.Model):
    payload = models.TextField()
    is_open = models.BooleanField(default=True)

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["id"], condition=models.Q(is_open=True), name="bare_open")]


class Answer(models.Model):
    task = models.ForeignKey(Task, on_delete=models.PROTECT)
    answer = models.TextField()
    at = models.DateTimeField()

    class Meta:
        app_label = "bench"


def make_tables() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Task)
        editor.create_model(Answer)


def _next() -> Task:
    return Task.objects.filter(is_open=True).order_by("id").select_for_update(skip_locked=True)[0]


def _store(task_id: int, answer: object) -> Answer:
    return Answer.objects.create(task_id=task_id, answer=json.dumps(answer), at=timezone.now())


def pair(request: HttpRequest) -> JsonResponse:
    """The next task and its answer in one request and one transaction."""
    answer = json.loads(request.body)["answer"]
    with transaction.atomic():
        task = _next()
        stored = _store(task.pk, answer)
    return JsonResponse({"task": task.pk, "payload": json.loads(task.payload), "label": stored.pk}, status=201)


def next_task(request: HttpRequest) -> JsonResponse:
    """The first half, for who asks and answers in two requests as people do."""
    with transaction.atomic():
        task = _next()
    return JsonResponse({"task": task.pk, "payload": json.loads(task.payload)})


def answer(request: HttpRequest) -> JsonResponse:
    """The second half."""
    body = json.loads(request.body)
    with transaction.atomic():
        stored = _store(body["task"], body["answer"])
    return JsonResponse({"label": stored.pk}, status=201)


urlpatterns = [path("pair", pair), path("next", next_task), path("answer", answer)]
