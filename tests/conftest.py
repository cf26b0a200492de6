"""Options of the whole test run."""

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, is_hypothesis_test, settings

from gateway.collector import let_it_rest

#: CI tries the same few examples each time, so that a change is judged by itself; elsewhere every run looks for new ones
CI_EXAMPLES = 30
#: a machine that stalls is no finding
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
settings.register_profile("ci", derandomize=True, print_blob=True, max_examples=CI_EXAMPLES)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A profile yields to the number that a law names for itself: in CI that one is held to the profile's too."""
    if not os.environ.get("CI"):
        return
    for item in items:
        law = getattr(item, "obj", None)
        law = getattr(law, "__func__", law)
        own = getattr(law, "_hypothesis_internal_use_settings", None)  # a state machine has its own elsewhere
        if is_hypothesis_test(law) and own is not None and own.max_examples > CI_EXAMPLES:
            law._hypothesis_internal_use_settings = settings(own, max_examples=CI_EXAMPLES)


def pytest_collection_finish() -> None:
    """Eleven thousand collected tests stay to the end: the collector leaves them alone, as it does in the gateway."""
    let_it_rest()


@pytest.fixture
def log_as_delivered() -> Iterator[None]:
    """Commands that ran in this process before may have set the log to errors only; and `capture_logs` sees only one that is set up."""
    from gateway.log import logger

    structlog.reset_defaults()
    logger()
    yield
    structlog.reset_defaults()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-samples` writes the golden files of samples/ anew; look at the difference before it is committed."""
    parser.addoption("--update-samples", action="store_true", help="write the golden files of samples/ anew")
