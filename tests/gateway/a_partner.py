"""A partner with one transport, and something to send to it."""

from datetime import UTC, datetime

from gateway.payload import StoredPayload
from gateway.transports.base import Outgoing
from partners.http_options import ApiSettings
from partners.model import Identities, Partner, Status
from partners.profile import Transports

NOW = datetime(2025, 3, 4, 12, 5, 9, tzinfo=UTC)
OUTGOING = Outgoing(
    delivery_id="dlv_01JNGX3W4Z7Q8R9S0T1V2W3X4Y",
    payload=StoredPayload.of(b"ISA*00*...~" * 100),
    content_type="application/edi-x12",
    set_id="856",
    control_number="000000017",
    is_test=False,
    correlation_id="trn_1",
)


def a_partner(**transports):
    return Partner(
        id="northmart",
        name="Northmart",
        status=Status.LIVE,
        zone="UTC",
        currency=None,
        identities=Identities(as2="South gate"),
        transports=Transports.model_validate(transports),
        api=ApiSettings(),
        agreements=(),
    )
