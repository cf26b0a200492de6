"""A store in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data")
    yield opened
    opened.close()
