"""Which certificates were used with whom and when, and how each AS2 message was protected: kept for disputes (non-repudiation)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from gateway.protection import CertificateUse, Protection, Purpose
from gateway.store.schema import As2Evidence
from gateway.store.schema import UsedCertificate as _UsedCertificateRow
from gateway.store.statement import Statement, add

__all__ = ["UsedCertificate", "certificate_used", "certificates_used", "protection_of", "protects", "receipted"]

_certificate, _evidence = _UsedCertificateRow.table(), As2Evidence.table()
#: a write per message for a moment that nobody needs to the second would only cost
_GRAIN: Final = timedelta(hours=1)
_same = (
    (_certificate.c.fingerprint == bindparam("named"))
    & (_certificate.c.purpose == bindparam("for_"))
    & (_certificate.c.partner_id == bindparam("with_"))
)
_last = Statement(select(_certificate.c.last_used_at).where(_same))
_used_again = update(_certificate).where(_same)
_protection = Statement(select(_evidence).where(_evidence.c.thing_id == bindparam("of")))


@dataclass(frozen=True, slots=True)
class UsedCertificate:
    """A certificate, what for, with whom, and since and until when it was seen in use."""

    fingerprint: str
    purpose: Purpose
    partner_id: str
    der: bytes = field(repr=False)
    first_used_at: datetime
    last_used_at: datetime


def certificate_used(connection: Connection, use: CertificateUse, partner_id: str, now: datetime) -> None:
    """Note a use; to the hour, so that most uses write nothing."""
    keys = {"named": use.fingerprint, "for_": use.purpose.value, "with_": partner_id}
    row = _last.one(connection, **keys)
    if row is None:
        values = {"fingerprint": use.fingerprint, "purpose": use.purpose.value, "partner_id": partner_id, "der": use.der}
        add(connection, _certificate, {**values, "first_used_at": now, "last_used_at": now})
    elif now - row["last_used_at"] >= _GRAIN:
        connection.execute(_used_again.values(last_used_at=now), keys)


def certificates_used(connection: Connection) -> Iterator[UsedCertificate]:
    """All of them."""
    for row in connection.execute(select(_certificate).order_by(_certificate.c.last_used_at)):
        yield UsedCertificate(row.fingerprint, Purpose(row.purpose), row.partner_id, row.der, row.first_used_at, row.last_used_at)


def protects(connection: Connection, thing_id: str, partner_id: str, protection: Protection, now: datetime) -> None:
    """Note how a message is protected, once, and the use of its certificates; what is opened again is protected as before."""
    for use in protection.uses:
        certificate_used(connection, use, partner_id, now)
    values = {
        "thing_id": thing_id,
        "signed_by": protection.signed_by,
        "encrypted_for": protection.encrypted_for,
        "receipt_signed_by": protection.receipt_signed_by,
        "covered_head": protection.covered_head,
        "covered_sha256": protection.covered_sha256,
        "at": now,
    }
    add(connection, _evidence, values, ignore=True)


def receipted(connection: Connection, thing_id: str, partner_id: str, signer: CertificateUse, now: datetime) -> None:
    """Note who signed the MDN of a message of ours."""
    certificate_used(connection, signer, partner_id, now)
    connection.execute(update(_evidence).where(_evidence.c.thing_id == thing_id).values(receipt_signed_by=signer.fingerprint))


def protection_of(connection: Connection, thing_id: str) -> Protection | None:
    """What is known of a transmission or delivery; None when it was no AS2 message, or from before this was noted."""
    row = _protection.one(connection, of=thing_id)
    if row is None:
        return None
    return Protection(row["signed_by"], row["encrypted_for"], row["receipt_signed_by"], row["covered_head"], row["covered_sha256"])
