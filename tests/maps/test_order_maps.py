"""Orders, changes, answers and advices on the wire: what partners send besides the normal form, and what becomes of it."""

from pathlib import Path

import pytest

from canonical.rules import check
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.run import DecodeContext
from tests.maps.conftest import into, out

SAMPLES = Path(__file__).parents[2] / "samples"


def segments(name: str) -> list[tuple]:
    """The segments of a standard sample, without its envelope."""
    syntax, _, set_id = name.split("/")
    folder = {"x12": "x12", "edifact": "edifact", "eancom": "eancom"}[syntax]
    text = (SAMPLES / "standard" / folder / f"{set_id}.edi").read_text()
    lines = [line.rstrip("~'\n") for line in text.splitlines()]
    if syntax == "x12":
        return [tuple(line.split("*")) for line in lines][3:-3]
    parts = [[tuple(e.split(":")) if ":" in e else e for e in line.split("+")] for line in lines]
    return [tuple(part) for part in parts][2:-2]


def decoded(registry, name: str, lines: list[tuple], context: DecodeContext | None = None):
    """What a map makes of segments."""
    made = registry.get(name)
    message = load(Standard(made.syntax), made.release, made.set_id)
    assert message is not None
    ends = (("ST", made.set_id, "1"), ("SE", "1", "1")) if made.syntax == "x12" else (("UNH", "1"), ("UNT", "1", "1"))
    whole = [ends[0], *lines, ends[1]]
    tree = place([Segment(tag, tuple(rest), position=number) for number, (tag, *rest) in enumerate(whole, 1)], message).tree
    return made.decode(tree, context or into(made.syntax))


def changed(name: str, **lines: tuple) -> list[tuple]:
    """A sample with the first segment of a tag replaced; None takes it away."""
    found = []
    for segment in segments(name):
        other = lines.pop(segment[0], segment)
        found += [] if other is None else [other]
    return found


def written(registry, name: str, document) -> list[tuple]:
    encoded = registry.get(name).encode(document, out())
    assert not encoded.has_errors, encoded.findings
    return [(s.tag, *s.elements) for s in encoded.tree.segments()]


class TestAnswers:
    def test_a_function_code_that_answers_is_the_answer(self, registry):
        for code, status in (("29", "accepted"), ("27", "rejected"), ("30", "acceptedWithChanges"), ("34", "acceptedWithChanges")):
            found = decoded(registry, "edifact/d96a/ordrsp", changed("edifact/d96a/ordrsp", BGM=("BGM", "231", "ACK-31007", code)))
            assert found.findings == ()
            assert (found.document.purpose, found.document.status) == ("original", status)
            bgm = [
                s
                for s in registry.get("edifact/d96a/ordrsp").encode(found.document, out(), found.residue).tree.segments()
                if s.tag == "BGM"
            ]
            assert [s.elements[2] for s in bgm] == [code]

    def test_a_change_that_the_seller_sends_is_an_acceptance_with_it(self, registry):
        found = decoded(registry, "edifact/d96a/ordrsp", changed("edifact/d96a/ordrsp", BGM=("BGM", "231", "ACK-31007", "4")))
        assert (found.document.purpose, found.document.status) == ("change", "acceptedWithChanges")

    def test_no_answer_is_no_document(self, registry):
        found = decoded(registry, "edifact/d96a/ordrsp", changed("edifact/d96a/ordrsp", BGM=("BGM", "231", "ACK-31007", "9")))
        assert found.document is None
        assert ("$.status", "required") in [(one.path, one.hint) for one in found.findings]

    def test_eancom_answers_by_the_function_code(self, registry):
        document = decoded(registry, "edifact/d96a/ordrsp", segments("edifact/d96a/ordrsp")).document
        assert ("BGM", "231", "ACK-31007", "4") in written(registry, "eancom/d96a/ordrsp", document)
        assert ("BGM", "231", "ACK-31007", "27") in written(registry, "eancom/d96a/ordrsp", document.replaced(status="rejected"))
        found = decoded(registry, "eancom/d96a/ordrsp", changed("eancom/d96a/ordrsp", BGM=("BGM", "231", "ACK-31007", "9", "AP")))
        assert found.document.status == "accepted"

    @pytest.mark.parametrize(
        ("code", "reason", "normal"),
        [
            ("R1", "notContractItem", ("R1",)),
            ("R2", "invalidItem", ("R2",)),
            ("R3", "invalidUnit", ("R3",)),
            ("R4", "outOfStock", ("IR", *[""] * 25, "ZZ", "ACK", "OS")),
            ("IR", None, ("IR",)),
        ],
    )
    def test_the_code_of_a_rejection_may_say_why(self, registry, code, reason, normal):
        found = decoded(registry, "x12/004010/855", changed("x12/004010/855", ACK=("ACK", code)))
        answer = found.document.lines[0].responses[0]
        assert (answer.status, answer.reason) == ("rejected", reason)
        told = {one.path for one in found.lineage if one.raw == code and one.path.startswith("$.lines[0]")}
        assert told == {"$.lines[0].responses[0].status"} | ({"$.lines[0].responses[0].reason"} if reason else set())
        made = registry.get("x12/004010/855")
        for residue, expected in ((found.residue, (code,)), ((), normal)):
            encoded = made.encode(found.document, out(), residue)
            assert encoded.findings == ()
            assert next(s.elements for s in encoded.tree.segments() if s.tag == "ACK") == expected

    def test_the_date_of_an_answer_may_stand_behind_it(self, registry):
        lines = []
        for segment in segments("x12/004010/855"):
            dated = segment[:5] == ("ACK", "IA", "40", "CA", "068")
            lines += [segment[:4], ("DTM", "017", "20261204")] if dated else [segment]
        answer = decoded(registry, "x12/004010/855", lines).document.lines[0].responses[0]
        assert (answer.date_type, str(answer.date)) == ("estimatedDelivery", "2026-12-04")

    def test_a_reason_beside_the_code_stays(self, registry):
        lines = changed("x12/004010/855", ACK=("ACK", "R2", *[""] * 25, "ZZ", "ACK", "DC"))
        answer = decoded(registry, "x12/004010/855", lines).document.lines[0].responses[0]
        assert (answer.status, answer.reason) == ("rejected", "discontinued")

    def test_a_code_that_no_table_has_is_kept_as_a_code(self, registry):
        found = decoded(registry, "x12/004010/855", changed("x12/004010/855", ACK=("ACK", "R8"), BAK=("BAK", "00", "AE", "45", "20261118")))
        assert (found.document.status, found.document.lines[0].responses[0].status) == ("x12:AE", "x12:R8")

    def test_an_order_that_the_seller_makes_says_so(self, registry):
        found = decoded(registry, "x12/004010/855", changed("x12/004010/855", BAK=("BAK", "00", "AP", "45", "20261118")))
        assert found.document.status == "vendorGenerated"

    def test_a_seller_who_asks_for_a_change_answers_nothing(self, registry):
        lines = changed("x12/004010/865", BCA=("BCA", "04", "", "4500210001", "", "2", "20261118"))
        found = decoded(registry, "x12/004010/865", lines)
        assert (found.document.purpose, found.document.status) == ("change", "changeProposed")
        assert ("BCA", "04", "", "4500210001", "", "2", "20261118") in written(registry, "x12/004010/865", found.document)

    def test_an_answer_goes_from_x12_to_edifact_whole_but_for_what_is_told(self, registry):
        document = decoded(registry, "x12/004010/855", segments("x12/004010/855")).document
        encoded = registry.get("edifact/d96a/ordrsp").encode(document, out())
        assert {one.path for one in encoded.findings if one.code == "not-carried"} == {
            "$.notes[0].reference",
            "$.lines[1].notes[0].reference",
        }
        again = registry.get("edifact/d96a/ordrsp").decode(encoded.tree, into("edifact")).document
        assert [[one.status for one in line.responses] for line in again.lines] == [
            ["accepted", "backordered"],
            ["substituted"],
            ["rejected"],
        ]


class TestOrders:
    def test_days_of_a_discount_are_days_of_the_discount(self, registry):
        lines = []
        for segment in segments("eancom/d96a/orders"):
            if segment[0] == "PAT":
                lines += [("PAT", "1", "", ("5", "3", "D", "30")), ("PAT", "22", "", ("5", "3", "D", "10")), ("PCD", ("12", "2.5"))]
            elif not (segment[0] in {"DTM", "PCD"} and segment[1][0] == "12"):
                lines.append(segment)
        found = decoded(registry, "eancom/d96a/orders", lines)
        assert [term.to_json() for term in found.document.payment_terms] == [
            {"type": "basic", "basis": "invoiceDate", "netDays": 30},
            {"type": "discount", "basis": "invoiceDate", "discountPercent": "2.5", "discountDays": 10},
        ]
        pats = [one for one in written(registry, "eancom/d96a/orders", found.document) if one[0] == "PAT"]
        assert pats == [("PAT", "1", "", ("5", "", "D", "30")), ("PAT", "22", "", ("5", "", "D", "10"))]

    def test_a_batch_number_may_stand_among_the_numbers_of_the_product(self, registry):
        lines = [(("PIA", "1", ("L26K02", "NB")) if segment[0] == "GIN" else segment) for segment in segments("eancom/d96a/orders")]
        lines.insert(
            next(index for index, one in enumerate(lines) if one[0] == "IMD"), lines.pop(lines.index(("PIA", "1", ("L26K02", "NB"))))
        )
        document = decoded(registry, "eancom/d96a/orders", lines).document
        assert document.lines[0].item.lot.number == "L26K02"
        assert ("GIN", "BX", "L26K02") in written(registry, "eancom/d96a/orders", document)

    def test_components_count_as_lines_on_the_wire_and_not_in_the_order(self, registry):
        found = decoded(registry, "edifact/d96a/orders", segments("edifact/d96a/orders"))
        assert (len(found.document.lines), [len(line.sub_lines) for line in found.document.lines]) == (3, [0, 0, 2])
        wrong = [(("CNT", ("2", "3")) if segment[:2] == ("CNT", ("2", "5")) else segment) for segment in segments("edifact/d96a/orders")]
        assert [one.code for one in decoded(registry, "edifact/d96a/orders", wrong).findings] == ["check-failed"]

    def test_an_order_for_several_places_and_days(self, registry):
        for name in ("x12/004010/850", "edifact/d96a/orders"):
            first, second, _ = decoded(registry, name, segments(name)).document.lines
            assert [(one.location_id, str(one.quantity.value)) for one in first.destinations] == [
                ("0614141001002", "30"),
                ("0614141001316", "18"),
            ]
            assert [(str(one.date), str(one.quantity.value)) for one in second.schedule] == [("2026-12-04", "24"), ("2026-12-07", "12")]

    def test_an_order_without_parties_is_read_and_held(self, registry):
        lines = [segment for segment in segments("x12/004010/850") if segment[0] in {"BEG", "PO1", "CTT"}]
        found = decoded(registry, "x12/004010/850", lines)
        assert not found.has_errors
        assert [fault.code for fault in check(found.document)] == ["ship-to-missing"]


class TestChanges:
    @pytest.mark.parametrize(("name", "lines"), [("x12/004010/860", 4), ("edifact/d96a/ordchg", 4)])
    def test_what_is_not_said_is_not_in_the_document(self, registry, name, lines):
        context = into(name.partition("/")[0], currency="USD")
        document = decoded(registry, name, segments(name), context).document
        data = document.to_json()
        assert len(data["lines"]) == lines
        assert not {"currency", "cancelAfterDate", "paymentTerms", "removed"} & set(data)
        assert data["lines"][2] == {"lineId": data["lines"][2]["lineId"], "lineNumber": "3", "action": "delete"}

    def test_the_partners_currency_is_that_of_an_order_and_of_an_answer(self, registry):
        for name in ("x12/004010/850", "x12/004010/855"):
            lines = [segment for segment in segments(name) if segment[0] != "CUR"]
            assert decoded(registry, name, lines, into(currency="CAD")).document.currency == "CAD"

    def test_orders_changes_and_answers_speak_of_the_same_order_and_lines(self, registry):
        found = [decoded(registry, f"x12/004010/{one}", segments(f"x12/004010/{one}")).document for one in ("850", "855", "860", "865")]
        assert len({one.ids.order_id for one in found}) == 1
        assert len({one.lines[0].line_id for one in found}) == 1

    def test_a_line_without_a_number_is_no_line_of_the_order_yet(self, registry):
        lines = [(("POC", "", *segment[2:]) if segment[0] == "POC" else segment) for segment in segments("x12/004010/860")]
        assert {line.line_id for line in decoded(registry, "x12/004010/860", lines).document.lines} == {None}

    def test_what_is_removed_is_told_where_the_wire_has_no_word_for_it(self, registry):
        document = decoded(registry, "x12/004010/860", segments("x12/004010/860")).document.replaced(removed=("cancelAfterDate",))
        encoded = registry.get("x12/004010/860").encode(document, out())
        assert [(one.code, one.path) for one in encoded.findings] == [("not-carried", "$.removed[0]")]


class TestAdvices:
    def test_further_results_stand_behind_the_first(self, registry):
        document = decoded(registry, "x12/004010/824", segments("x12/004010/824")).document
        assert [one.disposition for one in (document, *document.further)] == ["reject", "itemReject", "itemAccept"]
        assert document.purchase_orders == ("4500210001",)

    def test_an_aperak_without_an_answer_answers_by_its_errors(self, registry):
        lines = changed("edifact/d96a/aperak", BGM=("BGM", "", "ADV-900441", "9"))
        assert decoded(registry, "edifact/d96a/aperak", lines).document.disposition == "reject"
        good = lines[: [one[0] for one in lines].index("ERC")]
        assert decoded(registry, "edifact/d96a/aperak", good).document.disposition == "accept"
