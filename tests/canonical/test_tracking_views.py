"""The shape of a status that an IFTSTA has: what is opened closes to the same."""

import json
from pathlib import Path

import pytest

from canonical.tracking_views import by_goods, from_goods

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "standard"


@pytest.mark.parametrize("name", ["x12/214", "edifact/iftsta"])
def test_open_and_close(name: str) -> None:
    status = json.loads((FOLDER / f"{name}.json").read_text())
    assert from_goods(by_goods(status).data).data == status


def test_where_values_went() -> None:
    event = {"status": "delivered", "sscc": ["006141410000000012", "006141410000000029"]}
    opened = by_goods({"consignments": [{"events": [{"status": "arrived"}, event]}]})
    assert opened.data["consignments"][0]["events"][1] == {"status": "delivered", "goods": [{"marks": [{"sscc": event["sscc"]}]}]}
    at = "$.consignments[0].events[1]"
    assert opened.places == {f"{at}.goods[0]": (at,), f"{at}.goods[0].marks[0]": (at,)}
    goods = [{"marks": [{"sscc": event["sscc"][:1]}]}, {"marks": [{"sscc": event["sscc"][1:]}]}]
    closed = from_goods({"consignments": [{"events": [{"status": "arrived"}, {"status": "delivered", "goods": goods}]}]})
    assert closed.data == {"consignments": [{"events": [{"status": "arrived"}, event]}]}
    assert closed.places[f"{at}.goods[1].marks[0].sscc[0]"] == (f"{at}.sscc[1]",)


def test_a_status_without_consignments() -> None:
    assert by_goods({"loadNumber": "LD-1"}) == ({"loadNumber": "LD-1"}, {})
