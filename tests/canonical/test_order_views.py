"""Orders and answers as rows: what becomes of kits, split answers and days to pay, and that all of it comes back."""

from typing import Any

import pytest

from canonical.order_views import by_answer, by_code, by_row, from_answers, from_codes, from_rows

KIT: dict[str, Any] = {
    "purchaseOrderNumber": "4500210001",
    "lines": [
        {"lineNumber": "1", "quantity": {"value": "48"}, "item": {"gtin": "00085234500106"}},
        {
            "lineNumber": "3",
            "quantity": {"value": "10"},
            "item": {"buyerItemId": "KIT"},
            "subLines": [
                {"lineNumber": "31", "quantity": {"value": "6"}, "item": {"gtin": "00085234500106"}},
                {"lineNumber": "32", "quantity": {"value": "4"}, "item": {"gtin": "00085234500250"}},
            ],
        },
    ],
}


def answer(*responses: dict[str, Any]) -> dict[str, Any]:
    line = {"lineNumber": "1", "quantityOrdered": {"value": "48"}, "item": {"gtin": "00085234500106"}}
    return {"status": "acceptedWithChanges", "lines": [line | ({"responses": list(responses)} if responses else {})]}


def test_a_component_is_a_row_behind_its_line() -> None:
    view = by_row(KIT)
    assert [(row["lineNumber"], row.get("subLine")) for row in view.data["rows"]] == [
        ("1", None),
        ("3", None),
        ("31", {"level": "1", "of": "3"}),
        ("32", {"level": "1", "of": "3"}),
    ]
    assert "lines" not in view.data
    assert view.places["$.rows[3]"] == ("$.lines[1].subLines[1]",)
    assert from_rows(view.data).data == KIT


def test_a_component_belongs_to_the_line_that_it_names_or_to_the_last_one() -> None:
    rows = by_row(KIT).data["rows"]
    rows[3]["subLine"] = {"level": "1", "of": "1"}
    rows[2]["subLine"] = {"level": "1"}
    lines = from_rows({"rows": rows}).data["lines"]
    assert [[sub["lineNumber"] for sub in line.get("subLines", ())] for line in lines] == [["32"], ["31"]]


@pytest.mark.parametrize("missing", ["item", "quantity"])
def test_what_is_no_component_is_a_line(missing: str) -> None:
    row = {key: value for key, value in KIT["lines"][1]["subLines"][0].items() if key != missing}
    view = from_rows({"rows": [KIT["lines"][0], {**row, "subLine": {"level": "1", "of": "1"}}]})
    assert view.data["lines"][1:] == [row]


def test_a_component_before_any_line_is_a_line() -> None:
    row = KIT["lines"][1]["subLines"][0]
    assert from_rows({"rows": [{**row, "subLine": {"level": "1"}}]}).data == {"lines": [row]}


@pytest.mark.parametrize(
    ("term", "row"),
    [
        ({"type": "basic", "basis": "invoiceDate", "netDays": 30}, {"type": "basic", "basis": "invoiceDate", "days": 30}),
        (
            {"type": "discount", "basis": "invoiceDate", "discountDays": 10, "netDays": 31},
            {"type": "discount", "basis": "invoiceDate", "days": 10, "netDays": 31},
        ),
        ({"basis": "invoiceDate", "discountDays": 10}, {"basis": "invoiceDate", "discountDays": 10}),
        ({"type": "basic", "netDays": 30}, {"type": "basic", "netDays": 30}),
        ({"basis": "invoiceDate", "netDays": 1000}, {"basis": "invoiceDate", "netDays": 1000}),
    ],
)
def test_days_stand_with_their_kind_of_terms(term: dict[str, Any], row: dict[str, Any]) -> None:
    view = by_row({"paymentTerms": [term]})
    assert view.data == {"terms": [row]}
    assert from_rows(view.data).data == {"paymentTerms": [term]}


def test_each_part_of_an_answer_is_a_row_with_the_line_in_it() -> None:
    data = answer(
        {"status": "accepted", "quantity": {"value": "40"}, "dateType": "scheduledShip", "date": "2026-12-02"},
        {"status": "backordered", "quantity": {"value": "8"}},
    )
    view = by_answer(data)
    head = {"lineNumber": "1", "item": {"gtin": "00085234500106"}}
    when = {"dateType": "scheduledShip", "date": "2026-12-02"}
    assert view.data["rows"] == [
        {**head, "quantityOrdered": {"value": "48"}, "response": {"quantity": {"value": "40"}, "status": "accepted", "when": when}},
        {**head, "response": {"status": "acceptedChanged", "backorder": {"value": "8"}}},
    ]
    assert view.places["$.rows[1].response.backorder"] == ("$.lines[0].responses[1].quantity",)
    back = from_answers(view.data)
    assert back.data == data
    assert back.places["$.rows[1].response"] == ("$.lines[0].responses[1]",)


def test_a_part_to_follow_may_stand_in_the_same_row() -> None:
    row = {"lineNumber": "1", "response": {"status": "accepted", "quantity": {"value": "40"}, "backorder": {"value": "8"}}}
    view = from_answers({"rows": [row]})
    assert view.data["lines"][0]["responses"] == [
        {"status": "accepted", "quantity": {"value": "40"}},
        {"status": "backordered", "quantity": {"value": "8"}},
    ]
    assert view.places["$.rows[0].response.backorder"] == ("$.lines[0].responses[1].quantity",)


def test_what_was_amended_stands_beside_the_answer() -> None:
    view = by_answer(answer({"status": "priceChanged"}))
    assert view.data["rows"][0]["response"] == {"status": "acceptedChanged", "change": "priceChanged"}
    assert from_answers(view.data).data == answer({"status": "priceChanged"})


def test_rows_that_say_something_else_of_the_line_are_lines() -> None:
    first, second = by_answer(answer({"status": "accepted"}, {"status": "rejected"})).data["rows"]
    for other in (second | {"lineNumber": "2"}, second | {"item": {"gtin": "00085234500250"}}, second | {"unitPrice": "2"}):
        assert len(from_answers({"rows": [first, other]}).data["lines"]) == 2
    assert len(from_answers({"rows": [first, second]}).data["lines"]) == 1


@pytest.mark.parametrize(
    ("status", "answers"), [("accepted", [{"status": "accepted", "quantity": {"value": "4"}}]), ("onHold", [{"quantity": {"value": "4"}}])]
)
def test_where_a_row_does_not_answer_a_yes_to_the_whole_does(status: str, answers: list[dict[str, Any]]) -> None:
    view = from_answers({"status": status, "rows": [{"lineNumber": "1", "response": {"quantity": {"value": "4"}}}]})
    assert view.data["lines"][0]["responses"] == answers


def test_a_line_without_an_answer_is_a_row_without_one() -> None:
    assert "response" not in by_answer(answer()).data["rows"][0]
    assert from_answers(by_answer(answer()).data).data == answer()


def test_a_reason_that_has_a_code_of_its_own_stands_in_the_answer() -> None:
    data = answer(
        {"status": "rejected", "reason": "invalidUnit", "quantity": {"value": "2"}}, {"status": "rejected", "reason": "outOfStock"}
    )
    view = by_code(data)
    assert [one["status"] for one in view.data["lines"][0]["responses"]] == ["rejected:invalidUnit", "rejected"]
    assert view.places == {"$.lines[0].responses[0].status": ("$.lines[0].responses[0].status", "$.lines[0].responses[0].reason")}
    assert from_codes(view.data) == (data, view.places)
    assert from_codes({"status": "accepted"}).data == by_code({"status": "accepted"}).data == {"status": "accepted"}
