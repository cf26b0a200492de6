"""What a profile says of HTTP both ways: the partner's endpoint that we call, and its keys and webhooks at ours."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from as2.certificate_settings import CertPair, KeyPairRef
from as2.settings import BasicAuth, Url
from partners.options import Options
from partners.scalars import Name, OneOrMany, SecretRef, ShortForm, Text

__all__ = [
    "CONNECTION_FIELDS",
    "ApiSettings",
    "HttpSettings",
    "KeySettings",
    "OAuth2Settings",
    "PartnerScope",
    "ShortKey",
    "WebhookSettings",
    "header_names",
    "header_values",
    "label_of",
]

#: what a partner's key may be narrowed to
PartnerScope = Literal["inbox:write", "status:read"]
_KEY: Final = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:.+|sha256:[0-9a-f]{64})$"
#: an API key by its digest, or where it is; the pattern begins as those of all secret references do
KeyRef = Annotated[str, StringConstraints(strict=True, pattern=_KEY, max_length=500)]
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # a token (RFC 9110 5.6.2)
_VALUE: Final = re.compile(r"[!-~]([ -~]{0,998}[!-~])?")
# fmt: off
#: header fields of the connection and of what it carries
CONNECTION_FIELDS: Final = frozenset({
    "connection", "content-encoding", "content-length", "content-type", "cookie", "expect", "host", "keep-alive", "proxy-authorization",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})
_OURS: Final = frozenset({"authorization", "gateway-usage", "idempotency-key", "webhook-id", "webhook-signature", "webhook-timestamp"})
# fmt: on


def header_names(reserved: Collection[str]) -> AfterValidator:
    """The keys of a mapping are names of header fields, each once, and none is reserved (lower case) for the gateway."""

    def check(said: Mapping[str, str]) -> Mapping[str, str]:
        for name in said:
            if not _HEADER.fullmatch(name):
                raise ValueError("a header's name is one word of ASCII letters, digits and hyphens")
            if name.lower() in reserved:
                raise ValueError(f"{name.lower()} is written by the gateway")
        if len({name.lower() for name in said}) != len(said):
            raise ValueError("a header stands twice")
        return said

    return AfterValidator(check)


_Names: Final = header_names(CONNECTION_FIELDS | _OURS)


def header_values(said: Mapping[str, str]) -> Mapping[str, str]:
    """The values of a mapping may be those of header fields. Raises ValueError."""
    if not all(_VALUE.fullmatch(value) for value in said.values()):
        raise ValueError("a header's value is printable ASCII, of at most 1000 characters, without outer blanks")
    return said


class OAuth2Settings(Options):
    """Client credentials (RFC 6749 4.4): the partner's token endpoint gives the bearer token."""

    token_url: Url
    """Where tokens are asked for; https, unless the transport says `allow_http`."""
    client_id: Annotated[str, StringConstraints(strict=True, pattern=r"^[ -~]{1,255}$")]
    """Our name there."""
    client_secret: SecretRef
    """Our secret there."""
    scope: Annotated[str, StringConstraints(strict=True, pattern=r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$", max_length=1000)] | None = None
    """What the token is to allow, as the partner says it."""
    audience: Text | None = None
    """For servers that want to know for whom the token is (`audience`)."""
    client_auth: Literal["basic", "post"] = "basic"
    """How we say who we are: in the Authorization header, or in the form."""


class SigningSettings(Options):
    """A signature as Standard Webhooks has it: HMAC-SHA256 over "id.timestamp.body", in `webhook-signature`."""

    secrets: Annotated[tuple[SecretRef, ...], Field(min_length=1, max_length=5), OneOrMany()]
    """Base64, with or without whsec_ before it. While one is being changed, all sign, and the receiver takes any."""


class HttpSettings(Options):
    """An HTTP endpoint of the partner that takes payloads."""

    url: Url
    """Where to send to."""
    method: Literal["POST", "PUT"] = "POST"
    """How it takes them."""
    allow_http: bool = False
    """https is required without it."""
    bearer: SecretRef | None = None
    """Bearer token."""
    basic_auth: BasicAuth | None = None
    """User and password."""
    oauth2: OAuth2Settings | None = None
    """Tokens from the partner's token endpoint, asked for when needed."""
    sign: SigningSettings | None = None
    """Each request is signed, beside any of the credentials."""
    headers: Annotated[dict[str, str], Field(max_length=30), _Names, AfterValidator(header_values)] = Field(default_factory=dict)
    """Further header fields, as they stand."""
    secret_headers: Annotated[dict[str, SecretRef], Field(max_length=10), _Names] = Field(default_factory=dict)
    """Header fields whose value is a secret: X-API-Key."""
    pinned: CertPair | None = None
    """The server's certificate: only it, and the next one, is trusted. Absent: the system's authorities decide."""
    client_certificate: KeyPairRef | None = None
    """Our certificate for servers that ask for one: the present one, and the next with the day from which it is shown."""
    timeout: float = Field(default=30, gt=0, le=600)
    """Seconds until an answer must be there."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        urls = (self.url, self.oauth2.token_url if self.oauth2 else "")
        if any(url.startswith("http:") for url in urls) and not self.allow_http:
            raise ValueError("the address is not https; `allow_http: true` beside it says that this is meant")
        if sum(one is not None for one in (self.bearer, self.basic_auth, self.oauth2)) > 1:
            raise ValueError("one of bearer, basic_auth and oauth2")
        if {name.lower() for name in self.headers} & {name.lower() for name in self.secret_headers}:
            raise ValueError("a header stands in headers and in secret_headers")
        return self

    def with_certificates(self, read: Callable[[str], str]) -> "HttpSettings":
        """With the PEM text of every certificate that is named by its file. What `read` raises goes through."""
        pairs = {"pinned": self.pinned, "client_certificate": self.client_certificate}
        return self.model_copy(update={name: pair.loaded(read) if pair else None for name, pair in pairs.items()})


def label_of(key_id: str | None, key: str) -> str:
    """By what a key is called in lists and in the log: its id, else the beginning of its digest, or the reference."""
    return key_id or (key[:19] if key.startswith("sha256:") else key)


class KeySettings(Options):
    """An API key: its digest, which is all that is kept of one that the gateway made, or a reference to it."""

    id: Name | None = None
    """Its name in lists and in the log; absent: the beginning of its digest, or the reference."""
    key: KeyRef
    """`sha256:` and the SHA-256 in hex, or where the key is. A random key of 190 bits cannot be guessed: no slow digest is needed."""
    from_: date | None = Field(default=None, alias="from")
    """The first day on which it opens, in UTC."""
    until: date | None = None
    """The last day on which it opens, in UTC."""

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError("`until` lies before `from`")
        return self

    @property
    def label(self) -> str:
        """See `label_of`."""
        return label_of(self.id, self.key)

    def opens_on(self, day: date) -> bool:
        """Whether it is valid on a day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


#: marks a key that may be written as its digest or reference alone
ShortKey = ShortForm({"type": "string", "pattern": _KEY}, lambda said: {"key": said} if isinstance(said, str) else said)


class PartnerKey(KeySettings):
    """A key of the partner to its side of the API."""

    scopes: Annotated[tuple[PartnerScope, ...], Field(min_length=1), OneOrMany()] = ("inbox:write", "status:read")
    """What it may do; absent: all that a partner may."""


class WebhookSettings(Options):
    """A webhook of the partner, or of its shop: `POST /api/v1/partners/{id}/webhooks/{name}`. The signature says that it is genuine."""

    name: Name
    """The last part of its address."""
    scheme: Literal["standard", "shopify"]
    """`standard`: Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature). `shopify`: X-Shopify-Hmac-Sha256."""
    secrets: Annotated[tuple[SecretRef, ...], Field(min_length=1, max_length=5), OneOrMany()]
    """The secret, and while it is being changed the next one too. Shopify: the app's client secret, as it stands."""
    topics: Annotated[tuple[Text, ...], OneOrMany()] = ()
    """Which are taken: orders/create; in Standard Webhooks the `type` of the body. Others are answered and dropped. Absent: all."""
    shop: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)] | None = None
    """Shopify: the only shop that may send (X-Shopify-Shop-Domain); an app's secret is the same for all shops."""

    @model_validator(mode="after")
    def _shops_are_shopify(self) -> Self:
        if self.shop is not None and self.scheme != "shopify":
            raise ValueError("`shop` belongs to the scheme shopify")
        return self


def _names_differ(said: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
    if len({one.name for one in said}) != len(said):
        raise ValueError("two webhooks have the same name")
    return said


def _ids_differ(said: tuple[PartnerKey, ...]) -> tuple[PartnerKey, ...]:
    if len({one.label for one in said}) != len(said):
        raise ValueError("two keys have the same id")
    return said


class ApiSettings(Options):
    """The partner's access to our API: `POST /api/v1/partners/{id}/inbox`, and webhooks beside it."""

    keys: Annotated[tuple[Annotated[PartnerKey, ShortKey], ...], OneOrMany(), AfterValidator(_ids_differ)] = ()
    """Its keys: the present one, and the next while both are valid. `gateway partner key new` makes one."""
    webhooks: Annotated[tuple[WebhookSettings, ...], OneOrMany(), AfterValidator(_names_differ)] = ()
    """Webhooks that it calls."""
    require_client_certificate: bool = False
    """Only over TLS connections that show one of `client_certs`, key or not."""
