"""Which certificates were used, and how messages were protected."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.protection import CertificateUse, Protection, Purpose
from gateway.store.evidence import certificate_used, certificates_used, protection_of, protects, receipted
from gateway.store.store import Store

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


async def test_a_certificate_is_noted_once_per_purpose_and_partner_with_its_last_use(store: Store):
    for purpose, partner, minutes in [("verify", "acme", 0), ("verify", "acme", 59), ("verify", "acme", 150), ("encrypt", "acme", 5)]:
        at = NOON + timedelta(minutes=minutes)
        await store.write(lambda c, p=purpose, w=partner, a=at: certificate_used(c, CertificateUse("ab12", Purpose(p), b"der"), w, a))
    found = {one.purpose: (one.first_used_at, one.last_used_at) for one in await store.read(lambda c: tuple(certificates_used(c)))}
    assert found == {
        Purpose.VERIFY: (NOON, NOON + timedelta(minutes=150)),
        Purpose.ENCRYPT: (NOON + timedelta(minutes=5), NOON + timedelta(minutes=5)),
    }


async def test_how_a_message_was_protected_is_noted_once_and_its_receipt_later(store: Store):
    first = Protection(
        signed_by="ab12", encrypted_for="cd34", covered_head=b"Content-Type: application/edi-x12\r\n\r\n", covered_sha256="ef"
    )
    await store.write(lambda c: protects(c, "dlv_1", "acme", first, NOON))
    await store.write(lambda c: protects(c, "dlv_1", "acme", Protection(signed_by="other"), NOON))
    await store.write(lambda c: receipted(c, "dlv_1", "acme", CertificateUse("9f", Purpose.VERIFY, b"der"), NOON))
    found = await store.read(lambda c: protection_of(c, "dlv_1"))
    assert found == Protection("ab12", "cd34", "9f", first.covered_head, "ef")
    assert await store.read(lambda c: protection_of(c, "dlv_2")) is None
    assert [(one.fingerprint, one.partner_id) for one in await store.read(lambda c: tuple(certificates_used(c)))] == [("9f", "acme")]
