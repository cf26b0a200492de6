"""The bytes that a sink sends are those of the event, although the document goes into them as it is stored."""

import json
from datetime import UTC, datetime

import pytest

from gateway.pipeline.envelope import event_of, event_text
from partners.model import Own

OWN = Own(name="Harborline", org="harborline", environment="test", zone="UTC", stations=())
ROW = {
    "id": "doc_1",
    "event_id": "9d1f0c4e-0000-5000-8000-000000000001",
    "event_type": "com.harborline.b2b.order.received.v1",
    "partner_id": "northmart",
    "business_key": 'PO "1" ü',
    "created_at": datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    "document_type": "Order",
    "correlation_id": "cor_1",
    "causation_id": None,
    "partition_key": "northmart:PO-1",
    "usage": "test",
    "replay_id": None,
    "replay_action": None,
    "newer_id": None,
}
BODIES = (
    '{"documentType":"Order","schemaVersion":"1.0","purchaseOrderNumber":"{}","note":"grün \\"x\\""}',
    '{"schemaVersion":"1.7","documentType":"Order"}',  # not in the order in which we write it
    '{"documentType":"Order"}',
    "{}",
)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("marks", [None, {"replay": True, "replayid": "rep_1", "replayaction": "feed", "replayof": "x"}])
def test_the_text_is_that_of_the_event(body, marks):
    row = {**ROW, "body": body}
    told = event_of(OWN, row, 42, marks).to_json()
    text = event_text(OWN, row, 42, marks)
    assert json.loads(text) == told
    assert text == json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
