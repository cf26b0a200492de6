"""What proves years later who sent what and who received it: the certificates that were used, and what each MIC covers."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from gateway.store.schema.base import Row, Utc

__all__ = ["As2Evidence", "UsedCertificate"]


class UsedCertificate(Row, table=True):
    """A certificate that signed, verified, encrypted or decrypted something; it stays here when profiles have forgotten it."""

    fingerprint: str = Field(primary_key=True)  #: SHA-256 of the DER, hex
    purpose: str = Field(primary_key=True)  #: "sign", "decrypt": ours; "verify", "encrypt": the partner's
    partner_id: str = Field(primary_key=True)  #: with whom
    der: bytes = Field(sa_type=LargeBinary)
    first_used_at: datetime = Field(sa_type=Utc)
    last_used_at: datetime = Field(sa_type=Utc)  #: to the hour


class As2Evidence(Row, table=True):
    """How one AS2 message was protected: a transmission that came in, or a delivery that went out."""

    thing_id: str = Field(primary_key=True)
    signed_by: str | None = None  #: fingerprint
    encrypted_for: str | None = None  #: fingerprint
    receipt_signed_by: str | None = None  #: fingerprint, of the MDN's signer
    #: outbound: the bytes before `covered_sha256` that the MIC covers too
    covered_head: bytes | None = Field(default=None, sa_type=LargeBinary)
    covered_sha256: str | None = None  #: outbound: the payload that the MIC covers
    at: datetime = Field(sa_type=Utc)
