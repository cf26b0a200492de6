"""`POST /api/v1/partners/{id}/webhooks/{name}`: webhooks of a partner, or of its shop, known by their signature.

What is not genuine gets one and the same answer, whatever is wrong with it. What is goes the way of the inbox: stored first, answered
second, and the id of the webhook is its idempotency key.
"""

import asyncio
from collections.abc import Mapping

from aiohttp import web

from gateway.errors import Cause, Refusal
from gateway.log import about, logger
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from gateway.pipeline.receive import Incoming, receive
from gateway.service.access import Door
from gateway.service.auth import Principal, Role
from gateway.service.body import media_type, parse_json, read_body
from gateway.service.idempotency import REPEATED_HEADER, UnderWay
from gateway.service.inbox import TakenOver, taken_over
from gateway.service.routes import Access, Body, Parameter, Route
from gateway.service.webhook_schemes import SCHEMES, Claim
from gateway.settings import SecretError, resolve
from partners.http_options import WebhookSettings

__all__ = ["WebhooksSurface"]

_HEADERS = (
    ("webhook-id", "Standard Webhooks: the same for every repetition."),
    ("webhook-timestamp", "Standard Webhooks: seconds since 1970; five minutes off at most."),
    ("X-Shopify-Webhook-Id", "Shopify: the same for every repetition."),
    ("X-Shopify-Topic", "Shopify: orders/create."),
    ("X-Shopify-Shop-Domain", "Shopify: which shop it is of."),
)


class WebhooksSurface:
    """The webhooks that the profiles declare."""

    def __init__(self, context: Context, door: Door) -> None:
        self._context = context
        self._door = door
        self._active: Active | None = None
        self._hooks: Mapping[tuple[str, str], tuple[WebhookSettings, tuple[str, ...]]] = {}
        self._under_way = UnderWay()

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        return (
            Route(
                "POST",
                "/api/v1/partners/{partner_id}/webhooks/{name}",
                self.take,
                "webhook",
                "A signed webhook of the partner, or of its shop",
                Access.WEBHOOK,
                {
                    200: Body("Stored, or stored before.", TakenOver),
                    204: Body("Genuine, and of a topic that is not taken: dropped.", media_types=()),
                },
                Body("Documents in the partner's own form.", media_types=("application/json", "application/xml")),
                (
                    Parameter("partner_id", "path", "The partner, as its profile is named."),
                    Parameter("name", "path", "The webhook, as the profile names it."),
                    *(Parameter(name, "header", description) for name, description in _HEADERS),
                ),
                (
                    Cause.UNAUTHENTICATED,
                    Cause.MALFORMED_JSON,
                    Cause.MALFORMED_REQUEST,
                    Cause.BODY_EMPTY,
                    Cause.BODY_TOO_LARGE,
                    Cause.UNSUPPORTED_MEDIA_TYPE,
                    Cause.IDEMPOTENCY_KEY_REUSED,
                    Cause.IDEMPOTENCY_KEY_IN_USE,
                    Cause.STORE_UNAVAILABLE,
                    Cause.SHUTTING_DOWN,
                ),
            ),
        )

    async def take(self, request: web.Request) -> web.Response:
        """Genuine, wanted, stored, answered."""
        await self._door.limits.may_try(request)
        partner, name = request.match_info["partner_id"], request.match_info["name"]
        settings, secrets = self._declared().get((partner, name), (None, ()))
        claim = SCHEMES[settings.scheme].claim(request.headers, settings, int(self._context.now().timestamp())) if settings else None
        if settings is None or claim is None:
            raise await self._not_genuine(request)
        body = await read_body(request, self._context.settings.limits.document_bytes)
        if not await asyncio.to_thread(self._is_genuine, settings, claim, secrets, body):
            raise await self._not_genuine(request)
        await self._door.limits.known(Principal(Role.PARTNER, partner))
        with self._under_way.hold(f"{partner}/{name}", claim.id):  # only now: who guesses an id must not keep the sender waiting
            if not await asyncio.to_thread(_is_wanted, settings, request.headers, body):
                logger().info("webhook-dropped", partner_id=partner, webhook=name)
                return web.Response(status=204)
            label = media_type(request)
            if label.endswith("json"):
                await asyncio.to_thread(parse_json, body)
            key = f"webhook:{name}:{claim.id}"
            received = await receive(self._context, Incoming("http", partner, body, label, file_name=name, idempotency_key=key))
        about(received.transmission_id)
        return web.json_response(taken_over(received), headers={REPEATED_HEADER: "true"} if received.repeated else {})

    @staticmethod
    def _is_genuine(settings: WebhookSettings, claim: Claim, secrets: tuple[str, ...], body: bytes) -> bool:
        try:
            return SCHEMES[settings.scheme].is_genuine(claim, secrets, body)
        except ValueError:
            logger().warning("webhook-secret-unusable", webhook=settings.name)
            return False

    async def _not_genuine(self, request: web.Request) -> Refusal:
        await self._door.limits.stranger(request)
        return Refusal(Cause.UNAUTHENTICATED, "no webhook of this name has this signature")

    def _declared(self) -> Mapping[tuple[str, str], tuple[WebhookSettings, tuple[str, ...]]]:
        """What the profiles of the revision in force declare, with the secrets that can be read."""
        if self._active is not self._context.active:
            self._active = self._context.active
            self._hooks = {
                (partner.id, one.name): (one, self._readable(partner.id, one))
                for partner in self._context.workspace.partners.values()
                for one in partner.api.webhooks
            }
        return self._hooks

    def _readable(self, partner_id: str, settings: WebhookSettings) -> tuple[str, ...]:
        found = []
        for reference in settings.secrets:
            try:
                found.append(resolve(reference, self._context.root))
            except SecretError as fault:
                logger().warning("webhook-secret-unreadable", partner_id=partner_id, webhook=settings.name, reason=fault.reason)
        return tuple(found)


def _is_wanted(settings: WebhookSettings, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether it is of a topic that is taken."""
    return not settings.topics or SCHEMES[settings.scheme].topic(headers, body) in settings.topics
