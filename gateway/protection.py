"""How one AS2 message was protected, and with which certificates: what proves it later."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

__all__ = ["CertificateUse", "Protection", "Purpose", "use_of"]


class Purpose(StrEnum):
    """What a certificate was used for."""

    SIGN = "sign"  #: ours
    DECRYPT = "decrypt"  #: ours
    VERIFY = "verify"  #: the partner's
    ENCRYPT = "encrypt"  #: the partner's


@dataclass(frozen=True, slots=True)
class CertificateUse:
    """One certificate, and what for."""

    fingerprint: str
    purpose: Purpose
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Protection:
    """Fingerprints of who signed, for whom it was encrypted, who signed the MDN; `uses` are those certificates.

    Of a message of ours the MIC covers `covered_head`, and behind it the payload of the digest `covered_sha256`.
    """

    signed_by: str | None = None
    encrypted_for: str | None = None
    receipt_signed_by: str | None = None
    covered_head: bytes | None = field(default=None, repr=False)
    covered_sha256: str | None = None
    uses: tuple[CertificateUse, ...] = field(default=(), repr=False, compare=False)


class _Certificate(Protocol):
    @property
    def fingerprint(self) -> str: ...
    @property
    def encoded(self) -> bytes: ...


def use_of(purpose: Purpose, fingerprint: str | None, certificates: Iterable[_Certificate]) -> tuple[CertificateUse, ...]:
    """The use of the certificate with this fingerprint; nothing when there is none, or it is not among them."""
    found = (one for one in certificates if one.fingerprint == fingerprint)
    return tuple(CertificateUse(one.fingerprint, purpose, one.encoded) for one in found)[:1]
