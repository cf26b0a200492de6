"""Strategies for hypothesis: interchanges to write, and bytes that are nearly one."""

import string
from datetime import UTC, datetime

from hypothesis import strategies as st

from edi.values import Composite, ElementValue, Identity, Repeats, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet
from edi.x12 import FUNCTIONAL_IDS

X12_850 = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000004711*0*P*>~"
    b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*4711*X*004010~"
    b"ST*850*0001~BEG*00*SA*4500123987**20261118~REF*DP*0042~PO1*1*48*CA*31.2*PE*UP*085234500106~CTT*1~SE*6*0001~"
    b"ST*850*0002~BEG*00*SA*4500123988**20261118~PO1*1*10*CA*18.75*PE*UP*085234500335~CTT*1~SE*5*0002~"
    b"GE*2*4711~IEA*1*000004711~"
)
EDIFACT_ORDERS = (
    b"UNA:+.? 'UNB+UNOC:3+0614141000012:14+0852345000012:14+261118:0915+4711'"
    b"UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500123987+9'DTM+137:20261118:102'FTX+PUR+++NO?'S AND ?+ES:100 ?: 1'"
    b"NAD+BY+0614141000012::9'LIN+1++0085234500106:EN'QTY+21:48:CS'UNS+S'CNT+2:1'UNT+10+1'UNZ+1+4711'"
)

_NUMBER = st.integers(1, 999_999_999).map(str)
_ID = st.text(string.ascii_uppercase + string.digits, min_size=2, max_size=15)
_PREPARED = st.datetimes(datetime(1990, 1, 1), datetime(2089, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # as the strategy wants it
_TAG = st.sampled_from(["BEG", "N1", "REF", "PO1", "MSG", "DTM", "NAD", "FTX", "LIN"])


def _texts(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=8)


def _segments(alphabet: str, *, repeats: bool) -> st.SearchStrategy[tuple[Segment, ...]]:
    text = _texts(alphabet)
    composite = st.lists(text, min_size=2, max_size=3).map(lambda parts: parts if parts[-1] else [*parts[:-1], "X"]).map(tuple)
    single: st.SearchStrategy[str | Composite] = text | composite
    element: st.SearchStrategy[ElementValue] = single
    if repeats:
        full = composite | text.map(lambda t: t or "X")
        repeated: st.SearchStrategy[ElementValue] = st.builds(Repeats, st.lists(full, min_size=2, max_size=3))
        element = single | repeated
    elements = st.lists(element, max_size=4).map(lambda values: (*values, "X"))
    return st.lists(st.builds(Segment, _TAG, elements), max_size=4).map(tuple)


@st.composite
def x12(draw: st.DrawFn) -> OutgoingInterchange:
    """An X12 interchange whose texts have no separators in them."""
    version = draw(st.sampled_from(["00400", "00401", "00402", "00501"]))
    alphabet = string.ascii_letters + string.digits + " .,-/()&!:'+?éß"
    bodies = _segments(alphabet, repeats=version >= "00402")
    kinds = draw(st.lists(st.sampled_from(["850", "856", "810"]), min_size=1, max_size=2, unique=True))
    groups = tuple(
        OutgoingGroup(
            FUNCTIONAL_IDS[kind],
            draw(_ID),
            draw(_ID),
            draw(_NUMBER),
            draw(st.sampled_from(["004010", "004010VICS", "005010"])),
            tuple(OutgoingSet(kind, str(number), draw(bodies)) for number in range(1, draw(st.integers(2, 4)))),
        )
        for kind in kinds
    )
    return OutgoingInterchange(
        Standard.X12,
        Identity("ZZ", draw(_ID)),
        Identity("01", draw(_ID)),
        draw(_NUMBER),
        draw(_PREPARED),
        draw(st.sampled_from(["live", "test", "information"])),
        version,
        draw(st.booleans()),
        groups,
    )


@st.composite
def edifact(draw: st.DrawFn) -> OutgoingInterchange:
    """An EDIFACT interchange of any syntax version, whose texts are full of separators and release characters."""
    version = draw(st.sampled_from("1234"))
    bodies = _segments(string.ascii_letters + string.digits + " '+:?*.éß", repeats=version == "4")
    grouped = draw(st.booleans())
    groups = tuple(
        OutgoingGroup(
            "ORDERS" if grouped else "",
            draw(_ID) if grouped else "",
            draw(_ID) if grouped else "",
            str(number) if grouped else "",
            draw(st.sampled_from(["D96A", "D01B", "S93A", "911", "1911"])),
            tuple(OutgoingSet("ORDERS", f"{number}-{at}", draw(bodies)) for at in range(1, draw(st.integers(2, 4)))),
            association=draw(st.sampled_from(["", "EAN008"])),
        )
        for number in range(1, draw(st.integers(2, 3)))
    )
    return OutgoingInterchange(
        Standard.EDIFACT,
        Identity(draw(st.sampled_from(["", "14", "ZZZ"])), draw(_ID)),
        Identity("14", draw(_ID)),
        draw(_NUMBER),
        draw(_PREPARED),
        draw(st.sampled_from(["live", "test"])),
        version,
        draw(st.booleans()),
        groups,
    )


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good interchange of either family with pieces cut out, doubled, or overwritten."""
    data = draw(st.sampled_from([X12_850, EDIFACT_ORDERS, X12_850 + EDIFACT_ORDERS, X12_850.replace(b"~", b"~\r\n")]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 40)))
        data = draw(
            st.sampled_from(
                [
                    data[:at] + data[end:],
                    data[:at] + data[at:end] * 2 + data[end:],
                    data[:at] + draw(st.binary(max_size=6)) + data[at:],
                    data[:at]
                    + draw(st.sampled_from([b"~", b"*", b"'", b"+", b"?", b"ISA*", b"UNB+", b"\n", b"SE*1*1~", b"UNT+1+1'"]))
                    + data[at:],
                ]
            )
        )
    return data
