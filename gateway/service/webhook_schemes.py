"""The schemes by which webhooks come in: which headers each has, and what makes a request genuine. One closed table.

+------------+------------------------------------------+----------------------------------------------------+
| scheme     | id: the idempotency key                  | genuine                                            |
+------------+------------------------------------------+----------------------------------------------------+
| standard   | webhook-id                               | webhook-signature over "id.timestamp.body", within |
|            |                                          | five minutes of webhook-timestamp                  |
| shopify    | X-Shopify-Webhook-Id                     | X-Shopify-Hmac-Sha256 over the raw body            |
+------------+------------------------------------------+----------------------------------------------------+

Shopify signs the body only: id, topic and shop are what the sender says. Someone who has once seen a genuine request could send its
body again under another id; that would be the same order again, which the checks for business numbers hold.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.signatures import TOLERANCE, is_genuine_shopify, is_genuine_standard
from partners.http_options import WebhookSettings

__all__ = ["SCHEMES", "Claim", "Scheme"]

Headers = Mapping[str, str]
_LONGEST: Final = 200  #: of an id; it becomes part of an idempotency key


@dataclass(frozen=True, slots=True)
class Claim:
    """What the headers of a request say, before its body has been read."""

    id: str
    signature: str
    timestamp: int = 0


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one kind of webhook is read."""

    claim: Callable[[Headers, WebhookSettings, int], Claim | None]  #: None: this cannot be genuine, whatever the body is
    is_genuine: Callable[[Claim, tuple[str, ...], bytes], bool]
    topic: Callable[[Headers, bytes], str]


def _standard_claim(headers: Headers, _settings: WebhookSettings, now: int) -> Claim | None:
    text = headers.get("webhook-timestamp", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or abs(int(text) - now) > TOLERANCE:
        return None
    return _claim(headers.get("webhook-id", ""), headers.get("webhook-signature", ""), int(text))


def _shopify_claim(headers: Headers, settings: WebhookSettings, _now: int) -> Claim | None:
    if settings.shop is not None and headers.get("X-Shopify-Shop-Domain", "").lower() != settings.shop:
        return None
    return _claim(headers.get("X-Shopify-Webhook-Id", ""), headers.get("X-Shopify-Hmac-Sha256", ""))


def _claim(event_id: str, signature: str, timestamp: int = 0) -> Claim | None:
    good = 0 < len(event_id) <= _LONGEST and event_id.isascii() and event_id.isprintable() and signature.isascii() and signature
    return Claim(event_id, signature, timestamp) if good else None


def _type_of(_headers: Headers, body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    kind = said.get("type") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else ""


SCHEMES: Final[Mapping[str, Scheme]] = {
    "standard": Scheme(
        _standard_claim,
        lambda claim, secrets, body: is_genuine_standard(secrets, claim.id, claim.timestamp, body, claim.signature),
        _type_of,
    ),
    "shopify": Scheme(
        _shopify_claim,
        lambda claim, secrets, body: is_genuine_shopify(secrets, body, claim.signature),
        lambda headers, _body: headers.get("X-Shopify-Topic", ""),
    ),
}
