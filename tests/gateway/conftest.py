"""A store, and a whole gateway without its service, in a temporary folder."""

import io
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
import structlog

from gateway.log import configure
from gateway.settings import LogSettings
from gateway.store.store import Store
from tests.gateway.quick import quick_openings
from tests.gateway.world import World
from tests.support.postgresql import fresh_database, fresh_url

BOTH = ("sqlite", "postgresql")
#: by hand, `GATEWAY_TEST_DATABASES=postgresql` has every world on a server; modules that say `DATABASES = BOTH` always have both
USUAL = tuple(os.environ.get("GATEWAY_TEST_DATABASES", "sqlite").split(","))


@pytest.fixture(autouse=True, scope="session")
def _quick() -> Iterator[None]:
    """The schema and the check of a workspace are made once in a process, and health waits for a machine that stalls."""
    with quick_openings(), patch("gateway.service.health._PATIENCE", 60):
        yield


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log, as a process writes it."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    configure(LogSettings(), stream)
    yield stream
    root.handlers[:], root.level = before
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same tests on both databases."""
    if request.param == "sqlite":
        with closing(Store.open(tmp_path / "data")) as opened:
            yield opened
        return
    with fresh_database() as database, closing(Store.open(tmp_path / "data", database)) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """For what only a file can do."""
    with closing(Store.open(tmp_path / "data")) as opened:
        yield opened


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module that says `DATABASES = BOTH` has its worlds on both databases."""
    if "world_database" in metafunc.fixturenames:
        metafunc.parametrize("world_database", getattr(metafunc.module, "DATABASES", USUAL), indirect=True)


@pytest.fixture
def world_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Which database gateway.yaml names, through the environment."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    with fresh_url() as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        yield "postgresql"


@pytest.fixture
async def world(tmp_path: Path, world_database: str) -> AsyncIterator[World]:
    opened = await World.open(tmp_path)
    yield opened
    await opened.close()
