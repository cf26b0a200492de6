"""Options of the whole test run."""

import os

import pytest
from hypothesis import is_hypothesis_test, settings

#: CI tries the same few examples each time, so that a change is judged by itself; elsewhere every run looks for new ones
CI_EXAMPLES = 30
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


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-samples` writes the golden files of samples/ anew; look at the difference before it is committed."""
    parser.addoption("--update-samples", action="store_true", help="write the golden files of samples/ anew")
