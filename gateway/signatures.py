"""Signatures of webhooks, made and checked: Standard Webhooks both ways, Shopify's inwards. All compare in constant time.

A body may be large: it is read in blocks, each call anew.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from as2.content import Source

__all__ = ["TOLERANCE", "is_genuine_shopify", "is_genuine_standard", "signature", "signatures"]

TOLERANCE: Final = 300  #: seconds that a timestamp may be off (Standard Webhooks)
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_MOST: Final = 10  #: signatures looked at in one header


def signature(secret: str, event_id: str, timestamp: int, body: bytes | Source) -> str:
    """One signature, "v1,base64", over "id.timestamp.body".

    Raises ValueError when the secret is not base64, with or without "whsec_" before it.
    """
    text = secret.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret is base64, with whsec_ before it")
    return _VERSION + _base64(_hmac(key, body, before=f"{event_id}.{timestamp}.".encode()))


def signatures(secrets: Iterable[str], event_id: str, timestamp: int, body: bytes | Source) -> str:
    """The value of `webhook-signature`: one signature per secret. Raises ValueError as `signature` does."""
    return " ".join(signature(secret, event_id, timestamp, body) for secret in secrets)


def is_genuine_standard(secrets: Iterable[str], event_id: str, timestamp: int, body: bytes | Source, header: str) -> bool:
    """Whether one of the signatures in `webhook-signature` is by one of the secrets. Raises ValueError as `signature` does."""
    given = [one for one in header.split(" ")[:_MOST] if one.startswith(_VERSION)]
    genuine = False
    for secret in secrets:
        wanted = signature(secret, event_id, timestamp, body).encode()
        for one in given:
            genuine |= hmac.compare_digest(wanted, one.encode())
    return genuine


def is_genuine_shopify(secrets: Iterable[str], body: bytes | Source, header: str) -> bool:
    """Whether `X-Shopify-Hmac-Sha256` is the HMAC of the raw body by one of the secrets, which are taken as they stand."""
    genuine = False
    for secret in secrets:
        genuine |= hmac.compare_digest(_base64(_hmac(secret.encode(), body)).encode(), header.encode())
    return genuine


def _hmac(key: bytes, body: bytes | Source, *, before: bytes = b"") -> bytes:
    made = hmac.new(key, before, hashlib.sha256)
    for block in (body,) if isinstance(body, bytes) else body.blocks():
        made.update(block)
    return made.digest()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
