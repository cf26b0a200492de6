"""What status codes mean: the whole table, `unmapped` for all else, and the maps say the same."""

from decimal import Decimal

import pytest

from canonical.shipment_status import TrackingEvent
from canonical.tracking import APPOINTMENT_SET, STATUSES, UNMAPPED, degrees, status_of, word_of
from maps.registry import MapRegistry


@pytest.mark.parametrize(
    ("syntax", "code", "word"),
    [
        ("x12", "X3", "arrivedPickup"),
        ("x12", "CP", "loading"),
        ("x12", "AF", "departedPickup"),
        ("x12", "D1", "delivered"),
        ("x12", "SD", "delayed"),
        ("x12", "AH", "attempted"),
        ("edifact", "31", "inTransit"),
        ("edifact", "22", "delivered"),
        ("edifact", "1", "arrived"),
        ("edifact", "24", "departed"),
        ("x12", "K1", UNMAPPED),
        ("x12", "31", UNMAPPED),
        ("edifact", "D1", UNMAPPED),
        ("csv", "D1", UNMAPPED),
    ],
)
def test_codes(syntax: str, code: str, word: str) -> None:
    assert word_of(syntax, code) == word


def test_no_code_has_two_meanings() -> None:
    for syntax in ("x12", "edifact"):
        codes = [code for one in STATUSES if not (syntax == "edifact" and one.narrower) for code in getattr(one, syntax)]
        assert len(codes) == len(set(codes))
    broad = {one.edifact[0] for one in STATUSES if one.narrower}
    assert broad <= {code for one in STATUSES if not one.narrower for code in one.edifact}


def test_every_word_of_an_event_is_in_the_table_and_the_other_way_round() -> None:
    for one in STATUSES:
        assert status_of(TrackingEvent(status=one.word)) == one.word
    with pytest.raises(ValueError, match="known word"):
        TrackingEvent(status="teleported")


def test_what_an_event_tells() -> None:
    assert status_of(TrackingEvent(status="x12:K1")) == UNMAPPED
    assert status_of(TrackingEvent(appointment_status="deliveryAppointment")) == APPOINTMENT_SET
    assert status_of(TrackingEvent()) == UNMAPPED


@pytest.mark.parametrize(("name", "syntax"), [("x12/004010/214", "x12"), ("edifact/d96a/iftsta", "edifact")])
def test_the_maps_say_the_same(name: str, syntax: str) -> None:
    table = MapRegistry().get(name).spec.tables["status"]
    read = {code: status.word for status in STATUSES for code in getattr(status, syntax) if not (syntax == "edifact" and status.narrower)}
    assert dict(table.words) == read
    assert dict(table.codes) == {status.word: getattr(status, syntax)[0] for status in STATUSES if getattr(status, syntax)}


@pytest.mark.parametrize(
    ("angle", "direction", "value"),
    [
        ("1222442", "W", Decimal("-122.411667")),
        ("0404847", "N", Decimal("40.813056")),
        ("0000000", None, Decimal(0)),
        ("0406047", "N", None),
        ("0404860", "N", None),
        ("1810000", "E", None),
        ("40.8130", "N", None),
    ],
)
def test_degrees(angle: str, direction: str | None, value: Decimal | None) -> None:
    assert degrees(angle, direction) == value
