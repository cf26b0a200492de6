"""The tables of states: each code is there, the maps read the same, and what nobody has said is unmapped."""

import pytest

from canonical import lifecycle
from canonical.lifecycle import (
    LINE_ANSWERS,
    ORDER_STATE_OF_ANSWER,
    ORDER_STATES,
    SHIPMENT_STATE_OF_DECISION,
    SHIPMENT_STATE_OF_EVENT,
    UNMAPPED,
    OrderState,
    line_answer,
    order_state,
    proposed_order_state,
)
from canonical.load_tender_response import LoadTenderResponse
from canonical.order_acknowledgment import LineResponse, OrderAcknowledgment
from canonical.registry import parse
from canonical.scalars import OpenEnum
from canonical.tracking import STATUSES
from edi.grammar.load import load
from edi.values import Standard
from maps.registry import MapRegistry
from tests.canonical.support import order
from tests.canonical.test_order_rules import ADVICE, ANSWER, CHANGE

MAPS = MapRegistry()


def words(model, field: str) -> set[str]:
    """The words that a field may hold."""
    return {word for one in model.model_fields[field].metadata if isinstance(one, OpenEnum) for word in one.known}


@pytest.mark.parametrize(
    ("place", "name", "table"),
    [
        ("x12/855/BAK02", "x12/004010/855", "orderAnswer"),
        ("x12/855/BAK02", "x12/004010/865", "orderAnswer"),
        ("edifact/ordrsp/4343", "edifact/d96a/ordrsp", "orderAnswer"),
        ("edifact/ordrsp/1225", "edifact/d96a/ordrsp", "answerByFunction"),
    ],
)
def test_maps_and_states_agree_on_the_answer_to_an_order(place: str, name: str, table: str) -> None:
    read = MAPS.get(name).spec.tables[table].words
    assert {code: ORDER_STATE_OF_ANSWER[read[code]] for code in ORDER_STATES[place]} == ORDER_STATES[place]
    others = {read[code] for code in set(read) - set(ORDER_STATES[place])}
    assert not others & set(ORDER_STATE_OF_ANSWER)


@pytest.mark.parametrize(
    ("element", "name"), [("x12/668", "x12/004010/855"), ("x12/668", "x12/004010/865"), ("edifact/1229", "edifact/d96a/ordrsp")]
)
def test_maps_and_states_agree_on_the_answer_to_a_line(element: str, name: str) -> None:
    read = MAPS.get(name).spec.tables["lineAnswer"].words
    assert {code: word.partition(":")[0] for code, word in read.items()} == LINE_ANSWERS[element]
    assert set(LINE_ANSWERS[element].values()) <= words(LineResponse, "status")


def test_maps_and_states_agree_on_changes() -> None:
    for place, name in (("x12/860/BCH01", "x12/004010/860"), ("edifact/ordchg/1225", "edifact/d96a/ordchg")):
        read = MAPS.get(name).spec.tables["purpose"].words
        for code, state in ORDER_STATES[place].items():
            assert proposed_order_state(parse(CHANGE | {"purpose": read[code]})) is state


@pytest.mark.parametrize(
    ("place", "standard", "release", "set_id", "tag", "element", "component"),
    [
        ("x12/855/BAK02", "x12", "004010", "855", "BAK", 2, 0),
        ("x12/860/BCH01", "x12", "004010", "860", "BCH", 1, 0),
        ("x12/940/W0501", "x12", "004010", "940", "W05", 1, 0),
        ("x12/945/W1201", "x12", "004010", "945", "W12", 1, 0),
        ("x12/214/AT701", "x12", "004010", "214", "AT7", 1, 0),
        ("edifact/ordrsp/4343", "edifact", "D96A", "ORDRSP", "BGM", 4, 0),
        ("edifact/ordrsp/1225", "edifact", "D96A", "ORDRSP", "BGM", 3, 0),
        ("edifact/ordchg/1225", "edifact", "D96A", "ORDCHG", "BGM", 3, 0),
        ("edifact/desadv/4221", "edifact", "D96A", "DESADV", "QVR", 2, 0),
        ("edifact/iftsta/9011", "edifact", "D96A", "IFTSTA", "STS", 2, 1),
    ],
)
def test_every_code_is_one_of_the_standard(place, standard, release, set_id, tag, element, component) -> None:
    message = load(Standard(standard), release, set_id)
    assert message is not None
    definition = message.segments[tag].elements[element - 1].definition
    if component:
        definition = definition.components[component - 1].definition
    assert set(ORDER_STATES[place]) <= set(definition.codes)


def test_what_no_table_has_is_unmapped() -> None:
    assert order_state("x12/855/BAK02", "AE") is OrderState.UNMAPPED
    assert order_state("x12/855/BAK02", "AC") is OrderState.ACCEPTED_WITH_CHANGES
    assert line_answer("x12/668", "R8") == line_answer("edifact/1229", "9") == UNMAPPED
    assert line_answer("x12/668", "BP") == "partiallyBackordered"
    with pytest.raises(KeyError):
        order_state("x12/850/BEG01", "00")


@pytest.mark.parametrize("table", [name for name in lifecycle.__all__ if name.isupper() and name != "UNMAPPED"])
def test_no_table_says_unmapped_itself(table: str) -> None:
    rows = getattr(lifecycle, table).values()
    assert UNMAPPED not in {word for row in rows for word in (row.values() if hasattr(row, "values") else [row])}


def test_every_word_that_proposes_a_state_is_one_of_its_document() -> None:
    assert set(ORDER_STATE_OF_ANSWER) <= words(OrderAcknowledgment, "status")
    assert set(SHIPMENT_STATE_OF_EVENT) <= {status.word for status in STATUSES}
    assert set(SHIPMENT_STATE_OF_DECISION) <= set(LoadTenderResponse.model_fields["decision"].annotation.__args__)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (order(), "received"),
        (order(purpose="cancellation"), "cancelled"),
        (order(purpose="confirmation"), "unmapped"),
        (CHANGE, "changeRequested"),
        (CHANGE | {"purpose": "cancellation"}, "cancelled"),
        (ANSWER, "acceptedWithChanges"),
        (ANSWER | {"status": "onHold"}, "onHold"),
        (ANSWER | {"status": "x12:AE"}, "unmapped"),
        (ANSWER | {"status": "vendorGenerated"}, "unmapped"),
        (ANSWER | {"lines": [{"lineNumber": "1", "responses": [{"status": "deleted"}]}]}, "cancelled"),
        (ANSWER | {"lines": [{"lineNumber": "1"}]}, "acceptedWithChanges"),
        (ADVICE, "unmapped"),
    ],
)
def test_what_documents_propose(data, state: str) -> None:
    assert proposed_order_state(parse(data)) == state
