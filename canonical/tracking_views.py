"""A shipment status with the handling units of an event in goods and marks, as an IFTSTA lists them, and back."""

from collections.abc import Callable, Mapping
from typing import Any

from canonical.views import Viewed

__all__ = ["by_goods", "from_goods"]

Object = dict[str, Any]
_Places = dict[str, tuple[str, ...]]


def by_goods(status: Mapping[str, Any]) -> Viewed:
    """A status whose events name handling units in `goods[].marks[].sscc[]`: all in the first goods."""

    def opened(event: Object, at: str, places: _Places) -> Object:
        if not event.get("sscc"):
            return event
        places |= {f"{at}.goods[0]": (at,), f"{at}.goods[0].marks[0]": (at,)}
        return {key: value for key, value in event.items() if key != "sscc"} | {"goods": [{"marks": [{"sscc": event["sscc"]}]}]}

    return _events(status, opened)


def from_goods(view: Mapping[str, Any]) -> Viewed:
    """A status from that shape; the inverse of `by_goods`, but for goods that were several."""

    def closed(event: Object, at: str, places: _Places) -> Object:
        ssccs: list[str] = []
        for number, goods in enumerate(event.get("goods", ())):
            places[f"{at}.goods[{number}]"] = (at,)
            for place, marks in enumerate(goods.get("marks", ())):
                within = f"{at}.goods[{number}].marks[{place}]"
                places[within] = (at,)
                for index, sscc in enumerate(marks.get("sscc", ())):
                    places[f"{within}.sscc[{index}]"] = (f"{at}.sscc[{len(ssccs)}]",)
                    ssccs.append(sscc)
        plain = {key: value for key, value in event.items() if key != "goods"}
        return {**plain, "sscc": ssccs} if ssccs else plain

    return _events(view, closed)


def _events(status: Mapping[str, Any], change: Callable[[Object, str, _Places], Object]) -> Viewed:
    """The status with every event changed."""
    places: _Places = {}
    consignments = [
        {
            **consignment,
            "events": [
                change(event, f"$.consignments[{number}].events[{index}]", places) for index, event in enumerate(consignment["events"])
            ],
        }
        if "events" in consignment
        else consignment
        for number, consignment in enumerate(status.get("consignments", ()))
    ]
    return Viewed({**status, "consignments": consignments} if consignments else dict(status), places)
