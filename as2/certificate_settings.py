"""How settings name certificates and keys: the one in use, the one that follows, and the one before it while it is still accepted.

A certificate is named by its file or given as PEM text, a private key by a secret reference only. `as2.succession` says which counts when.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final, Protocol, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

__all__ = ["CertPair", "CertificateRef", "KeyPairRef", "KeyRef", "Moment", "PartnerCerts", "SecretRef", "SettingsBlock"]

PEM_BEGIN: Final = "-----BEGIN "
#: where a secret is, never the secret itself
SecretRef = Annotated[str, StringConstraints(pattern=r"^(env|file|keyring):.+$")]


def _moment(value: Any) -> Any:
    """A day is its first moment in UTC; a time without a zone is UTC."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=UTC)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]


class SettingsBlock(BaseModel):
    """A block of AS2 settings: what it does not know is a fault, and values never stand in messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class CertificateRef(SettingsBlock):
    """A certificate: the name of its file, or its PEM text. In YAML a plain text is either."""

    file: str | None = Field(None, min_length=1, max_length=255)  #: in `certs/`
    pem: str | None = Field(None, repr=False)  #: the text itself
    valid_from: Moment | None = Field(None, alias="from")  #: of a next one: when we begin to send with it
    until: Moment | None = None  #: of a previous one: from when on we no longer accept it

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"pem": value} if value.lstrip().startswith(PEM_BEGIN) else {"file": value}
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.file is None and self.pem is None:
            message = "name the certificate's file, or give its PEM text"
            raise ValueError(message)
        if self.pem is not None and "PRIVATE KEY" in self.pem:
            message = "a private key does not belong here"
            raise ValueError(message)
        return self

    def loaded(self, read: Callable[[str], str]) -> "CertificateRef":
        """With PEM text; `read` gives the text of a file by its name."""
        if self.pem is not None or self.file is None:
            return self
        return self.model_copy(update={"pem": read(self.file)})


class KeyRef(SettingsBlock):
    """One of our private keys by reference, with its certificate."""

    key: SecretRef  #: where our private key is
    certificate: CertificateRef
    passphrase: SecretRef | None = None  #: of the key
    valid_from: Moment | None = Field(None, alias="from")  #: of a next one: when we begin to send with it
    until: Moment | None = None  #: of a previous one: from when on we no longer accept what was encrypted for it

    def loaded(self, read: Callable[[str], str]) -> "KeyRef":
        """With the certificate's PEM text."""
        return self.model_copy(update={"certificate": self.certificate.loaded(read)})


class _Dated(Protocol):
    @property
    def until(self) -> datetime | None: ...


def _check_until(current: _Dated, following: _Dated | None, previous: _Dated | None) -> None:
    """`until` stands at the previous one, and only there: the one in use ends by being followed, or by expiring."""
    if previous is not None and previous.until is None:
        message = "previous: `until` is required: the day from which it is no longer accepted"
        raise ValueError(message)
    if current.until is not None or (following is not None and following.until is not None):
        message = "`until` belongs to `previous`; the one in use ends by being followed"
        raise ValueError(message)


class CertPair(SettingsBlock):
    """The certificate in use, the one that follows it, and the one before it while it is still accepted. A plain text is the one in use."""

    current: CertificateRef
    next: CertificateRef | None = None
    previous: CertificateRef | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"current": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _until_of_previous(self) -> Self:
        _check_until(self.current, self.next, self.previous)
        return self

    @property
    def all(self) -> tuple[CertificateRef, ...]:
        """Those that are there, the current one first."""
        return tuple(one for one in (self.current, self.next, self.previous) if one is not None)

    def loaded(self, read: Callable[[str], str]) -> "CertPair":
        """With PEM text in all."""
        present = {name: getattr(self, name) for name in ("current", "next", "previous")}
        return self.model_copy(update={name: one.loaded(read) for name, one in present.items() if one is not None})


class KeyPairRef(SettingsBlock):
    """Our key in use, the one that follows it, and the one before it while messages for it still come."""

    current: KeyRef
    next: KeyRef | None = None
    previous: KeyRef | None = None

    @model_validator(mode="after")
    def _until_of_previous(self) -> Self:
        _check_until(self.current, self.next, self.previous)
        return self

    @property
    def all(self) -> tuple[KeyRef, ...]:
        """Those that are there, the current one first."""
        return tuple(one for one in (self.current, self.next, self.previous) if one is not None)

    def loaded(self, read: Callable[[str], str]) -> "KeyPairRef":
        """With the PEM text of every certificate."""
        present = {name: getattr(self, name) for name in ("current", "next", "previous")}
        return self.model_copy(update={name: one.loaded(read) for name, one in present.items() if one is not None})


class PartnerCerts(SettingsBlock):
    """The partner's certificates. The short form `{current, next, previous}` means one pair for verifying and encrypting."""

    verify: CertPair | None = None
    encrypt: CertPair | None = None
    tls: CertPair | None = None  #: pins the server certificate; without it the system's authorities decide

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"current": value}
        if isinstance(value, dict) and "current" in value:
            pair = {key: value[key] for key in ("current", "next", "previous") if key in value}
            return {"verify": pair, "encrypt": pair} | {key: value[key] for key in value if key not in pair}
        return value

    def loaded(self, read: Callable[[str], str]) -> "PartnerCerts":
        """With PEM text in all."""
        pairs = {"verify": self.verify, "encrypt": self.encrypt, "tls": self.tls}
        return PartnerCerts(**{name: pair.loaded(read) if pair else None for name, pair in pairs.items()})
