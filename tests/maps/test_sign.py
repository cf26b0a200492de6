"""`sign`: a code that says more or less (INV 4501), behind its number in D.96A and in front of it in D.01B."""

import pytest

from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.finding import MapFindingCode, Severity

from .conftest import UTC_OUT, body, into

HEAD = ("BGM+78+A1+9", "DTM+137:20261202:102", "LIN+1++0085234500106:EN")


def tree(release: str, *lines: str):
    segments = [Segment("UNH", ("1", ("INVRPT", "D", release[1:], "UN")), position=1)]
    for position, line in enumerate((*HEAD, *lines), 2):
        tag, *elements = line.split("+")
        segments.append(Segment(tag, tuple(tuple(e.split(":")) if ":" in e else e for e in elements), position=position))
    return place(segments, load(Standard.EDIFACT, release, "INVRPT")).tree


def read(registry, release, *lines):
    decoded = registry.get(f"edifact/{release.lower()}/invrpt").decode(tree(release, *lines), into("edifact"))
    found = [(finding.code, finding.severity, finding.path) for finding in decoded.findings]
    quantities = decoded.document.lines[0].quantities if decoded.document else ()
    return [str(one.quantity.value) for one in quantities], found, decoded


BEHIND = {"D96A": lambda qty, inv: (qty, inv), "D01B": lambda qty, inv: (inv, qty)}


@pytest.mark.parametrize("release", BEHIND)
class TestBothOrders:
    def test_out_is_less_and_in_is_more(self, registry, release):
        group = BEHIND[release]
        values, found, decoded = read(registry, release, *group("QTY+17:48:CS", "INV+1++2"), *group("QTY+17:960:CS", "INV+2++1"))
        assert values == ["-48", "960"]
        assert found == []
        encoded = registry.get(f"edifact/{release.lower()}/invrpt").encode(decoded.document, UTC_OUT)
        written = [(tag, elements) for tag, elements in body(encoded.tree) if tag in {"QTY", "INV"}]
        expected = [("QTY", (("17", "48", "CS"),)), ("INV", ("1", "", "2")), ("QTY", (("17", "960", "CS"),)), ("INV", ("2", "", "1"))]
        assert sorted(written) == sorted(expected)

    def test_nothing_has_no_sign(self, registry, release):
        values, found, _ = read(registry, release, *BEHIND[release]("QTY+17:0:CS", "INV+1"))
        assert (values, found) == (["0"], [])

    def test_a_number_with_a_sign_of_its_own_keeps_it_and_that_is_told(self, registry, release):
        values, found, _ = read(registry, release, *BEHIND[release]("QTY+17:-48:CS", "INV+1"))
        assert values == ["-48"]
        assert found == [(MapFindingCode.VALUE_AMBIGUOUS, Severity.WARNING, "$.lines[0].quantities[0].quantity.value")]

    def test_a_direction_that_nobody_knows_is_no_guess(self, registry, release):
        values, found, _ = read(registry, release, *BEHIND[release]("QTY+17:48:CS", "INV+7"))
        assert values == []
        assert found == [(MapFindingCode.CODE_UNKNOWN, Severity.ERROR, "$.lines[0].quantities[0].quantity.value")]


def test_a_snapshot_has_no_direction(registry):
    made = registry.get("edifact/d96a/invrpt")
    decoded = made.decode(tree("D96A", "QTY+17:48:CS"), into("edifact"))
    snapshot = decoded.document.replaced(mode="snapshot")
    assert [tag for tag, _ in body(made.encode(snapshot, UTC_OUT).tree)][-1] == "QTY"
