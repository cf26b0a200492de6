"""Every error class has an answer, and a state that the gateway knows."""

import pytest

from as2 import errors
from as2.disposition import Disposition
from as2.errors import As2Error
from as2.send import VerdictState
from gateway.states import DeliveryState, TransmissionState

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, As2Error) and value is not As2Error]


@pytest.mark.parametrize("fault", CLASSES, ids=lambda fault: fault.__name__)
def test_A51_every_class_has_an_answer(fault):
    if fault.http_status == 200:
        assert isinstance(fault.disposition, Disposition)
        assert not fault.disposition.accepted
        assert fault.state in {state.value for state in TransmissionState}
    else:
        assert fault.http_status in {400, 413, 503}
        assert fault.disposition is None
        assert fault.state is None


@pytest.mark.parametrize("fault", CLASSES, ids=lambda fault: fault.__name__)
def test_the_tree_in_the_docstring_is_the_code(fault):
    [line] = [line for line in (errors.__doc__ or "").splitlines() if line.startswith(f"+- {fault.__name__} ")]
    if fault.disposition_1_3 is not None:
        assert fault.disposition_1_3.description in line
    answer = fault("").answer("1.2")
    assert (f"{answer}".partition("; ")[2] if answer else f"HTTP {fault.http_status}, no MDN").split("/")[-1].split(": ")[-1] in line


def test_names_of_the_1_3_draft_go_to_1_3_peers_only():
    fault = errors.InvalidMessageId("")
    assert str(fault.answer("1.2")).endswith("unexpected-processing-error")
    assert str(fault.answer("1.3")).endswith("invalid-message-id")


def test_all_classes_are_public():
    assert {fault.__name__ for fault in CLASSES} <= set(errors.__all__)


def test_every_verdict_is_a_state_of_a_delivery():
    assert {state.value for state in VerdictState} <= {state.value for state in DeliveryState}
