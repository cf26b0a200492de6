"""Flat lists in groups: opened and closed again they are the same, whatever is side by side; places say where everything went."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.groupings import BY_GROUP, BY_PLACE, BY_SECTION, Grouping, by_terms, from_terms, place_of_terms

SECTIONS = st.one_of(st.just({}), st.integers(1, 4).map(lambda number: {"section": {"sequence": number}}))


def members(name: str, least: int = 0) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.tuples(SECTIONS, st.integers(0, 9)).map(lambda made: {**made[0], name: made[1]}), min_size=least, max_size=6)


PAYMENTS = st.fixed_dictionaries({"amount": st.just("1")}, optional={"items": members("paid", 1), "adjustments": members("off", 1)})


@given(PAYMENTS)
def test_groups_close_to_what_they_were_opened_from(document: dict[str, Any]) -> None:
    view = BY_SECTION.open(document)
    assert BY_SECTION.close(view.data).data == document
    assert BY_SECTION.open(BY_SECTION.close(view.data).data).data == view.data


def value(data: Any, path: str) -> Any:
    for part in path.removeprefix("$.").replace("]", "").replace("[", ".").split("."):
        data = data[int(part)] if part.isdigit() else data[part]
    return data


@given(PAYMENTS)
def test_places_say_where_things_went(document: dict[str, Any]) -> None:
    view = BY_SECTION.open(document)
    for here, there in view.places.items():
        if "items[" in here or "adjustments[" in here:
            [place] = there
            own = {key: inner for key, inner in value(document, place).items() if key != "section"}
            assert value(view.data, here) == own
    back = BY_SECTION.close(view.data)
    assert back.places == view.places


def test_sections_are_in_the_order_of_their_numbers() -> None:
    payment = {
        "items": [{"section": {"sequence": n}, "paid": n} for n in (1, 2, 4)],
        "adjustments": [{"section": {"sequence": n}, "off": n} for n in (1, 3)],
    }
    sections = BY_SECTION.open(payment).data["sections"]
    assert [section["section"]["sequence"] for section in sections] == [1, 2, 3, 4]
    assert sections[0] == {"section": {"sequence": 1}, "adjustments": [{"off": 1}], "items": [{"paid": 1}]}


def test_a_group_of_nothing_is_nothing() -> None:
    assert BY_PLACE.close({"places": [{"location": {"id": "1"}}]}).data == {}


TERMS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("discount")}, optional={"discountDays": st.integers(0, 99), "discountPercent": st.just("2")}
        ),
        st.fixed_dictionaries({"type": st.just("basic")}, optional={"netDays": st.integers(0, 99), "description": st.just("NET")}),
    ),
    min_size=1,
    max_size=3,
)


@given(TERMS)
def test_terms_have_one_kind_of_days_on_the_wire(terms: list[dict[str, Any]]) -> None:
    view = by_terms({"paymentTerms": terms})
    assert all(not {"netDays", "discountDays"} & set(term) for term in view.data["terms"])
    assert from_terms(view.data).data == {"paymentTerms": terms}
    for number, term in enumerate(terms):
        [place] = view.places[f"$.terms[{number}].days"]
        assert place == f"$.paymentTerms[{number}].{'discountDays' if term['type'] == 'discount' else 'netDays'}"


@pytest.mark.parametrize(
    ("grouping", "path", "place"),
    [
        (BY_SECTION, "sections[].items[].amountPaid", "items[].amountPaid"),
        (BY_SECTION, "sections[].section.sequence", ("adjustments[].section.sequence", "items[].section.sequence")),
        (BY_SECTION, "payment.amount", "payment.amount"),
        (BY_GROUP, "groups[]", "lines[]"),
        (BY_GROUP, "groups[].productGroup.code", ("lines[].productGroup.code",)),
        (BY_GROUP, "terms[].days", ("paymentTerms[].netDays", "paymentTerms[].discountDays")),
        (BY_PLACE, "terms[].days", "terms[].days"),
    ],
)
def test_fields_of_a_view_in_the_document(grouping: Grouping, path: str, place: str | tuple[str, ...]) -> None:
    assert grouping.place(path) == place


def test_fields_of_terms() -> None:
    assert place_of_terms("terms[].basis") == "paymentTerms[].basis"
    assert place_of_terms("terms[]") == "paymentTerms[]"
    assert place_of_terms("notes[].text") == "notes[].text"
