"""Orders, changes and answers as rows, the shape of EDIFACT, and back: a component of a kit is a line of its own behind its line, and each
part of an answer is one.

As in `canonical.views`, all functions work on the JSON form, and give the places of what has moved beside the data.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from canonical.order_terms import SubLine
from canonical.views import Viewed

__all__ = ["by_answer", "by_code", "by_row", "from_answers", "from_codes", "from_rows"]

Object = dict[str, Any]

_MOVED: Final = frozenset({"lines", "paymentTerms"})
_MOST_DAYS: Final = 999  #: that C112 can count
_NAMES: Final = frozenset({"lineNumber", "item"})
_SUB_LINE: Final = frozenset(field.alias for field in SubLine.model_fields.values())
#: reasons that X12 says in the code of the rejection itself
_IN_CODE: Final = frozenset({"notContractItem", "invalidItem", "invalidUnit"})
#: answers that EDIFACT says as `accepted with amendment`, and what was amended beside it
_AMENDED: Final = frozenset({"quantityChanged", "priceChanged", "dateRescheduled", "substituted"})


def by_row(document: Mapping[str, Any]) -> Viewed:
    """An order or a change with `rows[]` in place of lines, and `terms[]` in place of payment terms.

    A component is a row with `subLine.of`, the number of its line. `terms[].days` are those that stand beside the basis: of the discount
    in terms of a discount, else the net days.
    """
    return _open(document, "quantity")


def by_answer(document: Mapping[str, Any]) -> Viewed:
    """An answer in the same way. A row has the first answer of its line as `response`; further ones have its number and product."""
    return _open(document, "quantityOrdered")


def from_rows(view: Mapping[str, Any]) -> Viewed:
    """The inverse of `by_row`."""
    return _close(view, "quantity")


def from_answers(view: Mapping[str, Any]) -> Viewed:
    """The inverse of `by_answer`. Rows side by side are parts of one answer when they say the same of the line."""
    return _close(view, "quantityOrdered")


def _open(document: Mapping[str, Any], quantity: str) -> Viewed:
    view: Object = {key: value for key, value in document.items() if key not in _MOVED}
    places: dict[str, tuple[str, ...]] = {}
    rows: list[Object] = []
    for number, line in enumerate(document.get("lines", ())):
        for row, moved in _rows(line, f"$.lines[{number}]", quantity):
            places.update({f"$.rows[{len(rows)}]{path}": (place,) for path, place in moved.items()})
            rows.append(row)
    terms = []
    for number, term in enumerate(document.get("paymentTerms", ())):
        field = _days(term)
        counted = "basis" in term and field in term and term[field] <= _MOST_DAYS
        terms.append({("days" if counted and key == field else key): value for key, value in term.items()})
        places[f"$.terms[{number}]"] = (f"$.paymentTerms[{number}]",)
        places[f"$.terms[{number}].days"] = (f"$.paymentTerms[{number}].{field}",)
    return Viewed(view | ({"rows": rows} if rows else {}) | ({"terms": terms} if terms else {}), places)


def _close(view: Mapping[str, Any], quantity: str) -> Viewed:
    data: Object = {key: value for key, value in view.items() if key not in {"rows", "terms"}}
    places: dict[str, tuple[str, ...]] = {}
    lines: list[Object] = []
    for number, row in enumerate(view.get("rows", ())):
        moved = _take(row, lines, quantity, str(view.get("status", "")))
        places.update({f"$.rows[{number}]{path}": (place,) for path, place in moved.items()})
    if lines:
        data["lines"] = lines
    for number, term in enumerate(view.get("terms", ())):
        field = _days(term)
        kept = {key: value for key, value in term.items() if key != "days"}
        data.setdefault("paymentTerms", []).append(kept | ({field: term["days"]} if "days" in term else {}))
        places[f"$.terms[{number}]"] = (f"$.paymentTerms[{number}]",)
        places[f"$.terms[{number}].days"] = (f"$.paymentTerms[{number}].{field}",)
    return Viewed(data, places)


def _days(term: Mapping[str, Any]) -> str:
    """Which days stand with the kind of terms."""
    return "discountDays" if term.get("type") == "discount" else "netDays"


# --- to rows ------------------------------------------------------------------------------------------------------------------------------


def _rows(line: Mapping[str, Any], at: str, quantity: str) -> Iterator[tuple[Object, dict[str, str]]]:
    """The rows of a line, each with the places of its parts."""
    head: Object = {key: value for key, value in line.items() if key not in {"responses", "subLines"}}
    responses = line.get("responses", ())
    if not responses:
        yield head, {"": at}
    for number, response in enumerate(responses):
        answer, moved = _opened(response, f"{at}.responses[{number}]")
        same: Object = head if number == 0 else {key: value for key, value in head.items() if key in _NAMES}
        yield {**same, "response": answer}, {"": at, **moved}
    for number, sub_line in enumerate(line.get("subLines", ())):
        of = {"level": "1"} | ({"of": line["lineNumber"]} if "lineNumber" in line else {})
        row = {(quantity if key == "quantity" else key): value for key, value in sub_line.items()}
        place = f"{at}.subLines[{number}]"
        yield (
            {**row, "subLine": of},
            {"": place, f".{quantity}": f"{place}.quantity", ".subLine": at, ".subLine.of": f"{at}.lineNumber"},
        )


def _opened(response: Mapping[str, Any], at: str) -> tuple[Object, dict[str, str]]:
    """An answer as EDIFACT has it: what was amended beside it, a quantity to follow under a name of its own, the date with its kind."""
    answer: Object = {key: value for key, value in response.items() if key not in {"status", "dateType", "date"}}
    status = response.get("status")
    if status in _AMENDED:
        answer |= {"status": "acceptedChanged", "change": status}
    elif status == "backordered" and "quantity" in answer:
        answer |= {"status": "acceptedChanged", "backorder": answer.pop("quantity")}
    else:
        answer["status"] = status
    if "dateType" in response and "date" in response:
        answer["when"] = {"dateType": response["dateType"], "date": response["date"]}
    return answer, _answer_places(at)


def _answer_places(at: str, backorder: str = "") -> dict[str, str]:
    return {
        ".response": at,
        ".response.change": f"{at}.status",
        ".response.when": at,
        ".response.backorder": f"{backorder or at}.quantity",
    }


# --- from rows ----------------------------------------------------------------------------------------------------------------------------


def _take(row: Mapping[str, Any], lines: list[Object], quantity: str, status: str) -> dict[str, str]:
    """Put a row where it belongs; where its parts have come to."""
    head: Object = {key: value for key, value in row.items() if key not in {"response", "subLine"}}
    sub_line = row.get("subLine")
    if sub_line and lines and head.get("item") and head.get(quantity):
        of = sub_line.get("of")
        number = next((index for index, one in enumerate(lines) if of and one.get("lineNumber") == of), len(lines) - 1)
        sub_lines = lines[number].setdefault("subLines", [])
        named = {("quantity" if key == quantity else key): value for key, value in head.items()}
        place = f"$.lines[{number}].subLines[{len(sub_lines)}]"
        sub_lines.append({key: value for key, value in named.items() if key in _SUB_LINE})
        return {"": place, f".{quantity}": f"{place}.quantity", ".subLine": f"$.lines[{number}].lineNumber"}
    answers = _closed(row.get("response") or {}, status)
    last = lines[-1] if lines else {}
    same = bool(head.get("lineNumber")) and all(last.get(key) == value for key, value in head.items())
    if not (same and answers and last.get("responses")):
        last = head
        lines.append(last)
    at = f"$.lines[{len(lines) - 1}]"
    if not answers:
        return {"": at}
    before = last.setdefault("responses", [])
    before += answers
    first = f"{at}.responses[{len(before) - len(answers)}]"
    return {"": at, **_answer_places(first, f"{at}.responses[{len(before) - 1}]")}


def _closed(answer: Mapping[str, Any], whole: str) -> list[Object]:
    """The answers of a row: two where a part follows later. Where the row does not answer, the answer to the whole does, if it is a yes."""
    said: Object = {key: value for key, value in answer.items() if key not in {"status", "change", "when", "backorder"}}
    said |= answer.get("when") or {}
    backorder = answer.get("backorder")
    status = answer.get("change") or answer.get("status") or ("accepted" if said and whole in {"accepted", "acceptedWithDetail"} else None)
    if status:
        said = {"status": status, **said}
    if backorder and "quantity" not in said:
        return [{**said, "status": "backordered", "quantity": backorder}]
    return ([said] if said else []) + ([{"status": "backordered", "quantity": backorder}] if backorder else [])


# --- answers whose code says why ----------------------------------------------------------------------------------------------------------


def by_code(document: Mapping[str, Any]) -> Viewed:
    """An answer in which a rejection with a reason that has a code of its own is `rejected:invalidItem`."""
    places: dict[str, tuple[str, ...]] = {}

    def coded(response: Mapping[str, Any], at: str) -> Object:
        if response.get("status") != "rejected" or response.get("reason") not in _IN_CODE:
            return dict(response)
        places[f"{at}.status"] = (f"{at}.status", f"{at}.reason")
        return {key: value for key, value in response.items() if key != "reason"} | {"status": f"rejected:{response['reason']}"}

    return Viewed(_answered(document, coded), places)


def from_codes(view: Mapping[str, Any]) -> Viewed:
    """The inverse of `by_code`. A reason that stands beside the code as well stays."""
    places: dict[str, tuple[str, ...]] = {}

    def told(response: Mapping[str, Any], at: str) -> Object:
        status, colon, reason = str(response.get("status", "")).partition(":")
        if status != "rejected" or not colon:
            return dict(response)
        places[f"{at}.status"] = (f"{at}.status",) if "reason" in response else (f"{at}.status", f"{at}.reason")
        return {"reason": reason, **response, "status": status}

    return Viewed(_answered(view, told), places)


def _answered(document: Mapping[str, Any], change: Callable[[Mapping[str, Any], str], Object]) -> Object:
    """A document with each answer changed."""
    if "lines" not in document:
        return dict(document)
    lines = []
    for number, line in enumerate(document["lines"]):
        at = f"$.lines[{number}].responses"
        responses = [change(one, f"{at}[{index}]") for index, one in enumerate(line.get("responses", ()))]
        lines.append(line | ({"responses": responses} if responses else {}))
    return {**document, "lines": lines}
