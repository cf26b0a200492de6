"""`As2Headers` and `MdnRequest`: what stands in the HTTP head of an AS2 message (RFC 4130 6, 7.3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self

from as2.algorithms import Digest, Legacy, find_digest
from as2.errors import InvalidMessageId, MalformedRequest

__all__ = ["As2Headers", "MdnMode", "MdnRequest", "parse_as2_name", "same_message_id", "write_as2_name"]

MAX_MESSAGE_ID: Final = 998
_NAME: Final = re.compile(r"[\x20-\x7e]{1,128}\Z")
_ATOM: Final = re.compile(r"[!#-\[\]-~]+\Z")  # no blank, no quote, no backslash
_ID: Final = re.compile(r"[\x21-\x7e]+\Z")
_VERSION: Final = re.compile(r"\s*(1\.[0-9])\s*\Z")
_ONCE: Final = frozenset({
    "as2-from", "as2-to", "as2-version", "message-id", "content-type", "content-length", "content-transfer-encoding",
    "disposition-notification-to", "disposition-notification-options", "receipt-delivery-option",
})  # fmt: skip


class MdnMode(StrEnum):
    """How a receipt travels."""

    SYNC = "sync"
    ASYNC = "async"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MdnRequest:
    """The receipt that a sender asks for; `fields` and `parse` are inverse."""

    mode: MdnMode = MdnMode.NONE
    signed: bool = False
    protocol: str = ""  #: "pkcs7-signature"
    micalgs: tuple[str, ...] = ()  #: in order of preference, as spelled
    return_url: str | None = None
    required: bool = False  #: signed in just this way, or not at all

    @classmethod
    def parse(cls, notification_to: str | None, options: str | None, delivery_option: str | None) -> Self:
        """Any value of Disposition-Notification-To asks for a receipt (A07); odd options are read as well as they can be (A08)."""
        if notification_to is None and delivery_option is None:
            return cls()
        protocol, protocol_required = _option(options or "", "signed-receipt-protocol")
        micalgs, micalg_required = _option(options or "", "signed-receipt-micalg")
        url = delivery_option.strip() if delivery_option else None
        return cls(
            mode=MdnMode.ASYNC if url else MdnMode.SYNC,
            signed=bool(protocol or micalgs),
            protocol=protocol[0].lower() if protocol else "",
            micalgs=micalgs,
            return_url=url or None,
            required=protocol_required or micalg_required,
        )

    def fields(self, notification_to: str) -> list[tuple[str, str]]:
        """The header fields that ask for this."""
        if self.mode is MdnMode.NONE:
            return []
        found = [("Disposition-Notification-To", notification_to)]
        if self.signed:
            importance = "required" if self.required else "optional"
            options = [("signed-receipt-protocol", (self.protocol,) if self.protocol else ()), ("signed-receipt-micalg", self.micalgs)]
            text = "; ".join(f"{name}={importance}, {', '.join(values)}" for name, values in options if values)
            found.append(("Disposition-Notification-Options", text))
        if self.return_url:
            found.append(("Receipt-Delivery-Option", self.return_url))
        return found

    def digest(self, legacy: Iterable[Legacy]) -> Digest | None:
        """The first algorithm asked for that we may use; None when none was or none is (A08)."""
        allowed = frozenset(legacy)
        known = (find_digest(name) for name in self.micalgs)
        return next((digest for digest in known if digest and (digest.legacy is None or digest.legacy in allowed)), None)


def _option(options: str, name: str) -> tuple[tuple[str, ...], bool]:
    """The values of one option, and whether its importance is `required`. The importance may be missing."""
    for item in options.split(";"):
        attribute, _, text = item.partition("=")
        if attribute.strip().lower() == name:
            values = [value.strip() for value in text.split(",") if value.strip()]
            importance = values.pop(0).lower() if values and values[0].lower() in {"required", "optional"} else ""
            return tuple(values), importance == "required"
    return (), False


@dataclass(frozen=True, slots=True)
class As2Headers:
    """The head of an AS2 message. Names are bare; `raw` keeps every field as it came."""

    as2_from: str
    as2_to: str
    message_id: str
    as2_version: str = "1.0"
    subject: str = ""
    date: str = ""
    content_type: str = ""
    ediint_features: tuple[str, ...] = ()
    product: str = ""
    mdn: MdnRequest = MdnRequest()
    raw: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    warnings: tuple[str, ...] = ()  #: fixed words
    values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  #: the first field of each name, in lower case

    def get(self, name: str) -> str | None:
        """The first field of this name (lower case), as it came."""
        return self.values.get(name)

    @classmethod
    def parse(cls, fields: Iterable[tuple[bytes | str, bytes | str]]) -> Self:
        """Read the fields of a request or an answer. Raises `MalformedRequest` for what cannot be an AS2 message."""
        raw = tuple((_text(name), _text(value)) for name, value in fields)
        values: dict[str, str] = {}
        warnings = []
        for name, value in raw:
            key = name.lower()
            if key in values and key in _ONCE:
                if values[key].strip() != value.strip():
                    raise MalformedRequest(f"{key} comes twice with different values")
                warnings.append(f"{key} comes twice")
            values.setdefault(key, value)
        message_id = values.get("message-id", "").strip()
        if not message_id:
            raise MalformedRequest("Message-ID is missing")
        if "content-length" in values and "transfer-encoding" in values:
            raise MalformedRequest("Content-Length and Transfer-Encoding exclude each other")
        version = _VERSION.match(values.get("as2-version", "1.0"))
        return cls(
            as2_from=parse_as2_name(values.get("as2-from", "")),
            as2_to=parse_as2_name(values.get("as2-to", "")),
            message_id=message_id,
            as2_version=version[1] if version else "1.0",
            subject=values.get("subject", ""),
            date=values.get("date", ""),
            content_type=values.get("content-type", ""),
            ediint_features=tuple(name.strip() for name in values.get("ediint-features", "").split(",") if name.strip()),
            product=values.get("as2-product", ""),
            mdn=MdnRequest.parse(
                values.get("disposition-notification-to"),
                values.get("disposition-notification-options"),
                values.get("receipt-delivery-option"),
            ),
            raw=raw,
            warnings=tuple(warnings),
            values=values,
        )

    def check(self) -> None:
        """Raises `InvalidMessageId` (A05): no `@` and no brackets is fine, blanks and control characters are not."""
        if len(self.message_id) > MAX_MESSAGE_ID or not _ID.match(self.message_id):
            raise InvalidMessageId("the Message-ID has characters that it must not have, or too many")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def parse_as2_name(text: str) -> str:
    """The bare name, quoted or not; blanks without quotes are taken too (A01). Raises `MalformedRequest`."""
    name = text.strip(" \t")
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    if not _NAME.match(name):
        raise MalformedRequest("AS2-From or AS2-To is missing, or not 1 to 128 printable ASCII characters")
    return name


@lru_cache(maxsize=256)
def write_as2_name(name: str) -> str:
    """The name as it travels: quoted when it has blanks, quotes or backslashes (RFC 4130 6.2). Raises ValueError."""
    if not _NAME.match(name):
        raise ValueError("an AS2 name has 1 to 128 printable ASCII characters")
    if _ATOM.match(name):
        return name
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def same_message_id(one: str, other: str) -> bool:
    """True when two ids differ at most in one pair of brackets and outer blanks (A06)."""
    return _bare(one) == _bare(other)


def _bare(message_id: str) -> str:
    text = message_id.strip()
    return text[1:-1].strip() if text.startswith("<") and text.endswith(">") else text
