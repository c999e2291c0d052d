"""Webhooks: addresses that are told of a project's events, and the log of what they were told. For owners alone: an
address may hold a secret of its own, and replies are somebody else's words."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from labelling.api.fields import JsonText, Text
from labelling.api.openapi import describe
from labelling.api.pagination import PageQuerySerializer, page_of, paginate
from labelling.api.permissions import OWNER, access, row_access
from labelling.api.views import ApiView, NoQuerySerializer, read, read_query
from labelling.webhooks import actions, announcing, queries
from labelling.webhooks.addresses import LONGEST_URL
from labelling.webhooks.kinds import Kind
from labelling.webhooks.models import Delivery, Endpoint

SCOPE = "manage"


class NewWebhookSerializer(serializers.Serializer):
    url = Text(max_length=LONGEST_URL, help_text="http or https, of the public internet")
    description = Text(required=False, allow_blank=True, max_length=actions.LONGEST_DESCRIPTION)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(Kind.choices), required=False, max_length=len(Kind),
        help_text="the events it wants; none named: all",
    )  # fmt: skip


class ChangeWebhookSerializer(NewWebhookSerializer):
    url = Text(required=False, max_length=LONGEST_URL)


class WebhookSerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    description = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="empty: all")
    created_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="the first failure since something got through"
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_why = serializers.CharField(help_text="owner, gone (it answered 410) or failing; empty: it is enabled")
    previous_until = serializers.DateTimeField(
        allow_null=True, help_text="until then messages are signed with the secret before, too"
    )


class NewlyMadeWebhookSerializer(WebhookSerializer):
    secret = serializers.CharField(help_text="whsec_…, to verify what comes")


class SecretSerializer(serializers.Serializer):
    secret = serializers.CharField()


class AttemptSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="null: there was no reply")
    error = serializers.CharField()
    reply = serializers.CharField(help_text="how its body began")


class DeliverySerializer(serializers.Serializer):
    id = serializers.CharField(source="public_id")
    message = serializers.CharField(source="message.public_id", help_text="the header webhook-id")
    kind = serializers.CharField(source="message.kind")
    at = serializers.DateTimeField(source="message.at")
    state = serializers.ChoiceField(Delivery.State.choices)
    next_at = serializers.DateTimeField(allow_null=True)
    body = JsonText(source="message.body")
    attempts = AttemptSerializer(many=True)


class DeliveriesQuerySerializer(PageQuerySerializer):
    state = serializers.ChoiceField(Delivery.State.choices, required=False)


WebhookPage = page_of(WebhookSerializer, "Webhook")
DeliveryPage = page_of(DeliverySerializer, "Delivery")


class WebhooksView(ApiView):
    @describe("webhooks_list", "Addresses that are told of events", parameters=[PageQuerySerializer],
              responses=WebhookPage)  # fmt: skip
    def get(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope=SCOPE)
        read_query(PageQuerySerializer, request)
        return Response(WebhookPage(paginate(queries.endpoints(found), request)).data)

    @describe("webhooks_make", "Tell an address of events; the reply has its secret", request=NewWebhookSerializer,
              responses={201: NewlyMadeWebhookSerializer})  # fmt: skip
    def post(self, request: Request, project: str) -> Response:
        found, _ = access(request, project, roles=OWNER, scope=SCOPE)
        values = read(NewWebhookSerializer, request)
        made = actions.create_endpoint(project=found, by=self.user, now=self.now, **values)
        return Response(NewlyMadeWebhookSerializer(made).data, status=201)


class EndpointView(ApiView):
    """What the views of one endpoint share."""

    def endpoint(self, request: Request, public_id: str) -> Endpoint:
        rows = Endpoint.objects.filter(removed_at=None).select_related("project")
        return row_access(request, rows, public_id, roles=OWNER, scope=SCOPE)[0]

    def act(self, verb: Any, request: Request, public_id: str) -> Response:
        """Do it to the endpoint, and show what it is now."""
        endpoint = self.endpoint(request, public_id)
        return Response(WebhookSerializer(verb(endpoint=endpoint, by=self.user, now=self.now)).data)


class WebhookView(EndpointView):
    @describe("webhooks_read", "One webhook", responses=WebhookSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        read_query(NoQuerySerializer, request)
        return Response(WebhookSerializer(found).data)

    @describe("webhooks_change", "Change the address, the description or the events; what is left out stays",
              request=ChangeWebhookSerializer, responses=WebhookSerializer)  # fmt: skip
    def patch(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        changes = read(ChangeWebhookSerializer, request)
        changed = actions.change_endpoint(endpoint=found, changes=changes, by=self.user, now=self.now)
        return Response(WebhookSerializer(changed).data)

    @describe("webhooks_remove", "Remove a webhook for good; its secrets are forgotten", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        actions.remove_endpoint(endpoint=self.endpoint(request, public_id), by=self.user, now=self.now)
        return Response(status=204)


class DisableWebhookView(EndpointView):
    @describe("webhooks_disable", "Send nothing more to it; what waits is stopped", request=None,
              responses=WebhookSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        return self.act(actions.disable_endpoint, request, public_id)


class EnableWebhookView(EndpointView):
    @describe("webhooks_enable", "Send to it again, from the next event on", request=None,
              responses=WebhookSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        return self.act(actions.enable_endpoint, request, public_id)


class RotateSecretView(EndpointView):
    @describe("webhooks_rotate", "A new secret; the one before signs too for 24 hours", request=None,
              responses=NewlyMadeWebhookSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        rotated = actions.rotate_secret(endpoint=found, by=self.user, now=self.now)
        return Response(NewlyMadeWebhookSerializer(rotated).data)


class SecretView(EndpointView):
    @describe("webhooks_secret", "Read the secret; that you did is on record", request=None,
              responses=SecretSerializer)  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        secret = actions.reveal_secret(endpoint=found, by=self.user, now=self.now)
        return Response({"secret": secret}, headers={"Cache-Control": "no-store"})


class TestWebhookView(EndpointView):
    @describe("webhooks_test", "Send it one message that says nothing, once", request=None,
              responses={202: DeliverySerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        delivery = announcing.send_test(endpoint=found, by=self.user, now=self.now)
        return Response(DeliverySerializer(delivery).data, status=202)


class DeliveriesView(EndpointView):
    @describe("webhooks_deliveries", "What it was sent and how that went, newest first",
              parameters=[DeliveriesQuerySerializer], responses=DeliveryPage)  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        found = self.endpoint(request, public_id)
        asked = read_query(DeliveriesQuerySerializer, request)
        rows = queries.deliveries(found)
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        return Response(DeliveryPage(paginate(rows, request, newest_first=True)).data)


def _delivery(request: Request, public_id: str) -> Delivery:
    rows = Delivery.objects.filter(endpoint__removed_at=None).select_related("endpoint__project", "message")
    return row_access(
        request, rows, public_id, roles=OWNER, scope=SCOPE, project_of=lambda row: row.endpoint.project
    )[0]  # fmt: skip


class DeliveryView(ApiView):
    @describe("webhooks_delivery", "One message on its way to one webhook", responses=DeliverySerializer)
    def get(self, request: Request, public_id: str) -> Response:
        found = _delivery(request, public_id)
        read_query(NoQuerySerializer, request)
        return Response(DeliverySerializer(found).data)


class ReplayView(ApiView):
    @describe("webhooks_replay", "Send the same message again, under the same id", request=None,
              responses={202: DeliverySerializer})  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        found = _delivery(request, public_id)
        again = announcing.send_again(delivery=found, by=self.user, now=self.now)
        return Response(DeliverySerializer(again).data, status=202)
