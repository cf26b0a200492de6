"""The event around a document, as CloudEvents 1.0 has it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from canonical.envelope import CloudEvent, Verb, event_type, partition_key, sequence_text
from canonical.registry import parse
from tests.canonical.support import ORDER


def an_event(**changes) -> CloudEvent:
    given = {
        "id": "0197c3a2-5f0e-5b1c-9d0a-3c1f6d2b7e11",
        "source": "urn:gw:harborline:live",
        "type": event_type("harborline", "Order", Verb.RECEIVED),
        "time": datetime(2026, 11, 18, 15, 15, 7, tzinfo=UTC),
        "usage": "live",
        "partnerid": "northmart",
        "data": parse(ORDER).to_json(),
    }
    return CloudEvent(**(given | changes))


def test_required_attributes_and_names() -> None:
    out = an_event().to_json()
    assert {"specversion", "id", "source", "type"} <= out.keys()
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in out)
    assert (out["specversion"], out["datacontenttype"], out["time"]) == ("1.0", "application/json", "2026-11-18T15:15:07Z")
    assert out["data"]["purchaseOrderNumber"] == "4500123987"
    assert "subject" not in out


def test_event_names() -> None:
    assert event_type("harborline", "Order", Verb.RECEIVED) == "com.harborline.b2b.order.received.v1"
    assert event_type("harborline", "ShipNotice", Verb.CANCELLED) == "com.harborline.b2b.ship-notice.cancelled.v1"
    assert (
        event_type("harborline.eu", "OrderAcknowledgment", Verb.REQUESTED, 2) == "com.harborline.eu.b2b.order-acknowledgment.requested.v2"
    )
    for wrong in ("", "Harbor Line", "harborline.", "a..b"):
        with pytest.raises(ValueError, match="organization"):
            event_type(wrong, "Order", Verb.RECEIVED)


@pytest.mark.parametrize(
    "change",
    [{"usage": "production"}, {"time": datetime.fromisoformat("2026-01-01")}, {"type": "order"}, {"colour": "red"}, {"sequence": "7"}],
)
def test_what_is_no_event(change) -> None:
    with pytest.raises(ValidationError):
        an_event(**change)


def test_places_in_the_feed_compare_as_text() -> None:
    numbers = [0, 9, 10, 18231, 10**14]
    assert sorted(map(sequence_text, reversed(numbers))) == [sequence_text(number) for number in numbers]
    assert an_event(sequence=sequence_text(18231)).to_json()["sequence"] == "000000000018231"


def test_order_is_kept_per_partner_and_number() -> None:
    assert partition_key("northmart", "4500123987") == "northmart:4500123987"
