"""What a partner profile and our own station say about AS2, as pydantic models.

Keys and certificates are *named* here (see `as2.certificate_settings`). `As2Settings.with_certificates` puts the PEM text in the place
of file names; `as2.keys` makes keys of it.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from as2.algorithms import Cipher, Digest, KeyTransport, Legacy, SignatureScheme
from as2.certificate_settings import KeyPairRef, PartnerCerts, SecretRef, SettingsBlock

__all__ = [
    "As2Settings",
    "As2Tolerance",
    "BasicAuth",
    "MdnSettings",
    "OwnAs2",
]

MEBIBYTE: Final = 1 << 20


def _without_outer_blanks(name: str) -> str:
    if name != name.strip():
        message = "an AS2 name neither begins nor ends with a blank"
        raise ValueError(message)
    return name


#: 1 to 128 printable ASCII characters (RFC 4130 6.2), kept without the quotes that they may travel in
As2Name = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,128}$"), AfterValidator(_without_outer_blanks)]


def _one_url(value: str) -> str:
    """An absolute http or https address without credentials in it."""
    fault = bool(re.search(r"[\x00-\x20\x7f]", value))
    try:
        url = urlsplit(value)
        fault = fault or url.scheme not in {"http", "https"} or not url.hostname or url.port == 0
    except ValueError:
        fault = True
    if fault:
        message = "an absolute http or https address is expected"
        raise ValueError(message)
    if url.username is not None or url.password is not None:
        message = "credentials do not belong in an address; use basic_auth"
        raise ValueError(message)
    return value


HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,500}$")]
_OUR_FIELDS: Final = frozenset({
    "authorization", "connection", "date", "ediint-features", "expect", "host", "message-id", "mime-version", "receipt-delivery-option",
    "subject", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
})  # fmt: skip
_OUR_PREFIXES: Final = ("as2-", "content-", "disposition-notification-")
Url = Annotated[str, StringConstraints(max_length=2048), AfterValidator(_one_url)]


class MdnSettings(SettingsBlock):
    """The receipt that we ask for."""

    mode: Literal["sync", "async", "none"] = "sync"  #: on the same connection, later on another one, or not at all
    signed: bool = True  #: a signed one is asked for
    url: Url | None = None  #: where asynchronous receipts come to; the gateway's public address when absent
    to: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")] | None = (
        None  #: Disposition-Notification-To; only its presence counts (A07)
    )
    async_above: int = Field(10 * MEBIBYTE, gt=0)  #: larger bodies ask for an asynchronous receipt, when an address for it is known

    @property
    def wanted(self) -> bool:
        """True when a receipt is asked for."""
        return self.mode != "none"


class BasicAuth(SettingsBlock):
    """HTTP Basic credentials, sent to the configured host only."""

    user: Annotated[str, StringConstraints(pattern=r"^[^:\x00-\x1f\x7f]{1,255}$")]  #: the login
    password: SecretRef  #: of the user


class As2Tolerance(SettingsBlock):
    """Peculiarities of one partner's product, each by name. The default of each is what the standard or the interoperability tests say."""

    as2_name_ignore_case: bool = Field(False, description="AS2 names are compared without regard to case (A01).")
    outer_base64: bool = Field(True, description="A body in base64 is taken, with a warning, though HTTP needs no transfer encoding (A13).")
    canonical_retry: bool = Field(
        True, description="A signature that fails over text as received is tried once more over the text with CRLF line ends (A22)."
    )
    micalg_style: Literal["sha-256", "sha256", "SHA256", "sha_256"] = Field(
        "sha-256", description="How we spell digest names to this partner (A24)."
    )
    mic_algorithm: Literal["signature", "request"] = Field(
        "signature",
        description="The MIC of a signed message uses the signature's digest, or the first one that the partner asked for (A25).",
    )
    prevent_canonicalization_for_mic: bool = Field(
        False, description="The MIC of text that is not signed is made over its line ends as received, not over CRLF (2.3)."
    )
    async_status: Literal[200, 204] = Field(200, description="What we answer to a message whose receipt goes out later (A14).")
    expect_continue: bool = Field(False, description="We send Expect: 100-continue; some servers break on it (A17).")
    expired_verify: bool = Field(True, description="A signature made with an expired certificate is taken, with a warning.")
    expired_send: bool = Field(False, description="We encrypt to an expired certificate, and sign with an expired one of ours.")
    mdn_private_address: bool = Field(False, description="The partner's receipt address may lie in a private network (A33).")


class As2Settings(SettingsBlock):
    """AS2 with one partner."""

    url: Url | None = None  #: None: the partner only sends to us
    allow_http: bool = False  #: https is required without it
    as2_name: As2Name | None = None  #: the partner's; the profile's identity when absent
    as2_version: Literal["1.2", "1.3"] = "1.2"  #: what we say of ourselves; 1.3 forbids SHA-1 and 3DES
    sign: Digest | None = Digest.SHA256  #: the digest of our signatures; null: not signed
    sign_scheme: SignatureScheme = SignatureScheme.RSA_V1_5  #: for RSA keys; an EC key always signs with ECDSA
    encrypt: Cipher | None = Cipher.AES256_CBC  #: null: not encrypted
    key_transport: KeyTransport = KeyTransport.RSA_V1_5  #: how the key of a message is wrapped
    compress: bool = False  #: before signing (RFC 5402 4.1)
    transfer_encoding: Literal["binary", "base64"] = "binary"  #: of compressed parts
    send_file_name: bool = True  #: the name of the file stands in the MIME head
    extra_headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)  #: further fields of the HTTP head to this partner
    subject: Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{0,200}$")] = ""  #: of the HTTP head
    mdn: MdnSettings = MdnSettings()
    require_signed: bool = True  #: of what comes in
    require_encrypted: bool = True  #: of what comes in
    require_client_certificate: bool = False  #: its connections to us must show a certificate of its `client_certs`
    certs: PartnerCerts = PartnerCerts()
    legacy: frozenset[Legacy] = frozenset()  #: old algorithms that this partner needs, each by name
    mdn_urls: tuple[Url, ...] = ()  #: further addresses that this partner's asynchronous receipts may go to; `url` counts too (A33)
    basic_auth: BasicAuth | None = None
    connect_timeout: float = Field(30, gt=0)  #: seconds
    read_timeout: float = Field(120, gt=0)  #: seconds
    max_bytes: int = Field(50 * MEBIBYTE, gt=0)  #: of a body, and of what it becomes when decompressed
    tolerance: As2Tolerance = As2Tolerance()

    @field_validator("sign_scheme")
    @classmethod
    def _scheme_of_rsa(cls, value: SignatureScheme) -> SignatureScheme:
        if value is SignatureScheme.ECDSA:
            message = "ECDSA follows from the key; name rsa_v1_5 or rsa_pss"
            raise ValueError(message)
        return value

    @field_validator("extra_headers")
    @classmethod
    def _no_field_of_ours(cls, value: dict[str, str]) -> dict[str, str]:
        """What AS2, MIME and HTTP need is made by us; a second value of it would be ambiguous (A02)."""
        if any(name.lower() in _OUR_FIELDS or name.lower().startswith(_OUR_PREFIXES) for name in value):
            message = "extra_headers names a field that is made for every message"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _allowed_together(self) -> Self:
        """Addresses need https, old algorithms their word in `legacy`, and 1.3 peers get none of them (A03, A30, A32)."""
        if not self.allow_http and any(urlsplit(url).scheme == "http" for url in (self.url, *self.mdn_urls) if url):
            message = "the address is not https; `allow_http: true` beside it says that this is meant"
            raise ValueError(message)
        for algorithm in (self.sign, self.encrypt):
            needed = algorithm.legacy if algorithm else None
            if needed is not None and needed not in self.legacy:
                message = f"{algorithm} is sent only with `legacy: [{needed}]`"
                raise ValueError(message)
        if self.as2_version == "1.3" and self.legacy:
            message = "AS2 1.3 forbids SHA-1 and 3DES"
            raise ValueError(message)
        return self

    def with_certificates(self, read: Callable[[str], str]) -> "As2Settings":
        """With the PEM text of every certificate that is named by its file. What `read` raises goes through."""
        return self.model_copy(update={"certs": self.certs.loaded(read)})


class OwnAs2(SettingsBlock):
    """Our side of AS2 at one station. The short form `keys: {current, next, previous}` means one pair for signing and decrypting."""

    as2_name: As2Name  #: ours, at this station
    sign: KeyPairRef | None = None
    decrypt: KeyPairRef | None = None
    tls: KeyPairRef | None = None  #: shows partners' servers who connects; without it we have no client certificate
    domain: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,200}$")] = "as2.invalid"  #: right side of our Message-IDs

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, dict) and "keys" in value:
            keys = value["keys"]
            return {"sign": keys, "decrypt": keys} | {key: item for key, item in value.items() if key != "keys"}
        return value

    def with_certificates(self, read: Callable[[str], str]) -> "OwnAs2":
        """With the PEM text of every certificate that is named by its file. What `read` raises goes through."""
        pairs = {"sign": self.sign, "decrypt": self.decrypt, "tls": self.tls}
        return self.model_copy(update={name: pair.loaded(read) if pair else None for name, pair in pairs.items()})
