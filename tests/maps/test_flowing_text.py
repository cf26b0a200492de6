"""`join` with a blank: one text over as many segments as it needs, broken between words (G69)."""

import pytest

from canonical.registry import parse
from maps.finding import MapFindingCode
from maps.registry import MapRegistry

from .conftest import UTC_IN, UTC_OUT

NAME = "x12/004010/943"
NOTICE = {
    "documentType": "StockTransferNotice",
    "reportingCode": "full",
    "transferNumber": "T1",
    "parties": {"warehouse": {"name": "Shoreline 3PL"}},
    "carrier": {"mode": "motor", "name": "OWN TRUCK"},
}


def written(registry: MapRegistry, description: str):
    line = {"quantity": {"value": "1", "unit": "EA"}, "item": {"sku": "A", "description": description}}
    made = registry.get(NAME)
    encoded = made.encode(parse(NOTICE | {"lines": [line]}), UTC_OUT)
    back = made.decode(encoded.tree, UTC_IN).document.lines[0].item.description
    return [s.elements[0] for s in encoded.tree.segments() if s.tag == "G69"], [finding.code for finding in encoded.findings], back


def test_a_long_text_is_broken_between_words_and_comes_back(registry):
    text = "Beans, black, organic, 12 cans of 15.5 oz a case, stacked ten by four on a pallet"
    pieces, codes, back = written(registry, text)
    assert pieces == ["Beans, black, organic, 12 cans of 15.5 oz a", "case, stacked ten by four on a pallet"]
    assert codes == []
    assert back == text


@pytest.mark.parametrize("text", ["X" * 60, "X" * 50 + " Y"])
def test_what_the_pieces_cannot_keep_is_told(registry, text):
    pieces, codes, _ = written(registry, text)
    assert len(pieces) == 2
    assert codes == [MapFindingCode.PRECISION_LOST]
