"""Options of the whole test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update-samples` writes the golden files of samples/ anew; look at the difference before it is committed."""
    parser.addoption("--update-samples", action="store_true", help="write the golden files of samples/ anew")
