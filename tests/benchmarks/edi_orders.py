"""Purchase orders of about 1 KB, all different and without a fault: an 850 (004010) and an ORDERS (D.96A), the same for the same seed."""

from collections.abc import Callable
from random import Random
from typing import Final

from edi.values import Segment

__all__ = ["ORDERS", "PURCHASE_ORDER", "Body", "Kind"]

Body = tuple[Segment, ...]

_COMPANIES: Final = ("NORTHMART", "SOUTHGATE FOODS", "LAKESIDE GROCERS", "ORCHARD AND SONS", "PINE RIDGE SUPPLY", "BAYVIEW STORES")
_STREETS: Final = ("HARBOR ROAD", "MILL LANE", "INDUSTRIAL PARKWAY", "STATION STREET", "OLD QUARRY ROAD", "COMMERCE DRIVE")
_TOWNS: Final = (
    ("ALBANY", "NY", "12207"),
    ("DAYTON", "OH", "45402"),
    ("TULSA", "OK", "74103"),
    ("BOISE", "ID", "83702"),
    ("RENO", "NV", "89501"),
)
_CITIES: Final = (
    ("UTRECHT", "NL", "3511AB"),
    ("LYON", "FR", "69002"),
    ("GRAZ", "AT", "8010"),
    ("BRNO", "CZ", "60200"),
    ("PORTO", "PT", "4000-123"),
)
_GOODS: Final = ("SALTINE CRACKERS", "TOMATO SOUP", "OAT CEREAL", "ORANGE JUICE", "RYE BREAD", "OLIVE OIL", "GREEN TEA", "PEANUT BUTTER")
_SIZES: Final = ("16 OZ 12 PK", "400 G", "1 L 6 PK", "2 LB FAMILY SIZE", "24 CT", "750 ML")
_PEOPLE: Final = ("A RIVERA", "J OKAFOR", "M LINDQVIST", "S PATEL", "T NAKAMURA")


def _order(random: Random, number: int) -> Body:
    """A purchase order as a retailer sends it: what, where to, until when, six to ten lines."""
    day = _day(random)
    body = [
        Segment("BEG", ("00", random.choice(("SA", "NE", "DS")), f"45{number:08d}", "", day)),
        Segment("REF", ("DP", f"{random.randrange(1, 9999):04d}")),
        Segment("REF", ("IA", f"{random.randrange(10**6, 10**7)}", random.choice(("REGULAR", "PROMOTION", "SEASONAL")))),
        Segment("PER", ("BD", random.choice(_PEOPLE), "TE", f"555{random.randrange(10**6, 10**7)}")),
        Segment("FOB", (random.choice(("CC", "PP")),)),
        Segment("ITD", ("08", "3", random.choice(("1", "2", "1.5")), "", "10", "", str(random.choice((30, 45, 60))))),
        Segment("DTM", ("002", _day(random), f"{random.randrange(6, 18):02d}{random.choice(('00', '15', '30'))}")),
        Segment("DTM", ("010", _day(random))),
    ]
    for role, qualifier in (("ST", "92"), ("BT", "9")):
        company, (town, state, code) = random.choice(_COMPANIES), random.choice(_TOWNS)
        body += [
            Segment("N1", (role, f"{company} DC {random.randrange(1000):04d}", qualifier, f"{random.randrange(10**12, 10**13)}")),
            Segment("N3", (f"{random.randrange(1, 9999)} {random.choice(_STREETS)}",)),
            Segment("N4", (town, state, code, "US")),
        ]
    lines = random.choice((6, 7, 8, 9, 10))
    for line in range(1, lines + 1):
        price = f"{random.randrange(99, 99999) / 100:.2f}"
        item, own = f"{random.randrange(10**11, 10**12)}", f"{random.choice('ABCDEF')}{random.randrange(10**4, 10**6)}"
        unit = random.choice(("CA", "EA", "DZ"))
        body += [
            Segment("PO1", (str(line), str(random.randrange(1, 500)), unit, price, "", "UP", item, "SK", own)),
            Segment("PID", ("F", "", "", "", f"{random.choice(_GOODS)} {random.choice(_SIZES)}")),
        ]
    body.append(Segment("CTT", (str(lines),)))
    return tuple(body)


def _orders(random: Random, number: int) -> Body:
    """The same in EDIFACT: four to seven lines, parties by GLN, goods by GTIN."""
    body = [
        Segment("BGM", ("220", f"45{number:08d}", "9")),
        Segment("DTM", (("137", _day(random), "102"),)),
        Segment("DTM", (("2", _day(random), "102"),)),
        Segment("FTX", ("AAI", "1", "", (f"GATE {random.randrange(1, 40)}", random.choice(("CALL BEFORE ARRIVAL", "NO TAIL LIFT"))))),
        Segment("RFF", (("CT", f"{random.choice('KLM')}{random.randrange(10**5, 10**6)}"),)),
    ]
    for role in ("BY", "SU", "DP"):
        town, country, code = random.choice(_CITIES)
        street = f"{random.choice(_STREETS)} {random.randrange(1, 300)}"
        body.append(
            Segment(
                "NAD",
                (role, (f"{random.randrange(10**12, 10**13)}", "", "9"), "", random.choice(_COMPANIES), street, town, "", code, country),
            )
        )
    body.append(Segment("CUX", (("2", random.choice(("EUR", "GBP", "CHF")), "9"),)))
    lines = random.choice((4, 5, 6, 7))
    for line in range(1, lines + 1):
        unit = random.choice(("PCE", "KGM", "CT"))
        body += [
            Segment("LIN", (str(line), "", (f"{random.randrange(10**12, 10**13)}", "EN"))),
            Segment("PIA", ("1", (f"{random.choice('ABCDEF')}{random.randrange(10**4, 10**6)}", "SA"))),
            Segment("IMD", ("F", "", ("", "", "", f"{random.choice(_GOODS)} {random.choice(_SIZES)}"))),
            Segment("QTY", (("21", str(random.randrange(1, 500)), unit),)),
            Segment("PRI", (("AAA", f"{random.randrange(99, 99999) / 100:.2f}"),)),
        ]
    body += [Segment("UNS", ("S",)), Segment("CNT", (("2", str(lines)),))]
    return tuple(body)


def _day(random: Random) -> str:
    return f"2026{random.randrange(1, 13):02d}{random.randrange(1, 29):02d}"


class Kind:
    """A kind of order: how a body is made, and the envelope that it travels in."""

    def __init__(self, set_id: str, make: Callable[[Random, int], Body]) -> None:
        self.set_id = set_id
        self._make = make

    def bodies(self, count: int, seed: int = 20261121) -> list[Body]:
        """So many different orders, without ST/SE or UNH/UNT; the same for the same seed."""
        random = Random(seed)
        return [self._make(random, number) for number in range(1, count + 1)]


PURCHASE_ORDER: Final = Kind("850", _order)
ORDERS: Final = Kind("ORDERS", _orders)
