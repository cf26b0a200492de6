"""The same looks as `test_looks`, on PostgreSQL: the plans by which the server has really gone, with figures of tables that have grown."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from gateway.errors import Refusal
from gateway.store.postgresql import Postgresql
from gateway.store.schema import metadata
from tests.gateway.lived import lived
from tests.gateway.test_looks import ALLOWED, WHOLE, _looks
from tests.support.plans import explained, planned
from tests.support.postgresql import fresh_url

Walked = dict[str, tuple[int, float, set[str]]]

_MESSAGES: Final = 6000
_LARGE: Final = 1000  #: rows of a table that nobody may go through; the server goes through a few as they lie, and is right
_LARGE_TABLES: Final = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= %s"
_ROWS: Final = 1000  #: of one look in all, what it looks at and leaves out too; a page of the lists has 200
_LEFT_OUT: Final = {"retention, all of it"}  #: thirty thousand statements; `doctor --deep` shows as well that this test would see it


def _move(url: str, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """All rows of a file into the database, whose figures the server then takes; from now on gateway.yaml names that."""
    with closing(sqlite3.connect(file)) as before, closing(Postgresql(url).listener()) as after:
        after.execute("SET session_replication_role = replica")  # rows as they are, past all triggers
        for table in metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.c)
            after.execute(f'TRUNCATE "{table.name}"')
            with after.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
                for row in before.execute(f'SELECT {names} FROM "{table.name}"'):
                    copy.write_row(row)
            if "seq" in table.c:
                after.execute(f"""SELECT setval(pg_get_serial_sequence('"{table.name}"', 'seq'), (SELECT max(seq) FROM "{table.name}"))""")
        after.execute("ANALYZE")
    explained(url)
    monkeypatch.setenv("GATEWAY_DATABASE__URL", url)


async def _walk(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Walked:
    found: Walked = {}
    with planned() as seen:
        async with lived(folder, _MESSAGES, partial(_move, url, monkeypatch)) as world:
            with closing(Postgresql(url).listener()) as connection:
                connection.execute("ANALYZE")
                large = {name for (name,) in connection.execute(_LARGE_TABLES, (_LARGE,))}
            assert large >= {"transmission", "transaction_set", "document", "delivery", "event", "alarm", "replay", "pickup_file"}
            for name, look in (await _looks(world)).items():
                if name in _LEFT_OUT:
                    continue
                seen.begin()
                with suppress(Refusal):  # nobody has the Message-ID
                    await look()
                seen.end()
                found[name] = (seen.statements, seen.rows, seen.scans & large)
    return found


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """Of each look: how many statements it asked, the rows that these read, and the large tables that they went through."""
    with pytest.MonkeyPatch.context() as monkeypatch, fresh_url() as url:
        yield asyncio.run(_walk(tmp_path_factory.mktemp("looks"), url, monkeypatch))


def test_no_look_goes_through_a_large_table(walked: Walked):
    found = {(name, table) for name, (_, _, scans) in walked.items() if name not in WHOLE for table in scans}
    assert found <= ALLOWED.keys()


def test_no_look_reads_more_than_a_few_pages_of_rows(walked: Walked):
    many = {name: rows for name, (_, rows, _) in walked.items() if name not in WHOLE and rows > _ROWS}
    assert many == {}


def test_the_server_told_of_all_and_what_is_a_look_at_everything_is_seen(walked: Walked):
    assert {name for name, (statements, _, _) in walked.items() if not statements} == {"watch dropbox-accounts"}  # it looks into a file
    assert walked["doctor --deep"][1] > _MESSAGES
    assert walked["doctor --deep"][2] >= {"transmission", "document", "delivery"}
