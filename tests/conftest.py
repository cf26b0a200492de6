"""Options of the whole test run."""

import os

import pytest
from hypothesis import settings

#: CI tries the same few examples each time, so that a change is judged by itself; elsewhere every run looks for new ones
settings.register_profile("ci", derandomize=True, print_blob=True, max_examples=30)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-samples` writes the golden files of samples/ anew; look at the difference before it is committed."""
    parser.addoption("--update-samples", action="store_true", help="write the golden files of samples/ anew")
