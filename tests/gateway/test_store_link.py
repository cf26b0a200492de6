"""The short way to the database: in one transaction with the engine's, and nothing that is not waited for gets lost."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, func, select, text

from gateway.store import server_link
from gateway.store.errors import StoreUnavailableError
from gateway.store.link import link_of
from gateway.store.schema import Transmission
from gateway.store.statement import Sql, is_sqlite
from gateway.store.store import Store
from tests.gateway.rows import transmission_row
from tests.support.postgresql import fresh_database

_ids = Sql("SELECT id FROM transmission ORDER BY id")


def _known(connection: Connection) -> list[str]:
    return [id_ for (id_,) in _ids.execute(connection)]


@pytest.fixture
def engine() -> Iterator[Engine]:
    with fresh_database() as database:
        made = database.writer()
        yield made
        made.dispose()


async def test_what_was_said_comes_before_what_the_engine_says(store: Store):
    def both(connection: Connection) -> int:
        transmission_row(connection, "trn_1")
        return connection.execute(select(func.count()).select_from(Transmission.table())).scalar_one()

    assert await store.write(both) == 1
    assert await store.read(_known) == ["trn_1"]


async def test_a_savepoint_of_the_engine_undoes_what_was_only_said(store: Store):
    def half(connection: Connection) -> None:
        transmission_row(connection, "trn_1")
        with suppress(LookupError), connection.begin_nested():
            transmission_row(connection, "trn_2")
            raise LookupError
        transmission_row(connection, "trn_3")

    await store.write(half)
    assert await store.read(_known) == ["trn_1", "trn_3"]


async def test_a_fault_of_what_was_only_said_is_that_of_its_function(store: Store):
    """Alone, and among others that are committed."""
    await store.write(lambda c: transmission_row(c, "trn_0"))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await store.write(lambda c: transmission_row(c, "trn_0"))

    numbers = ("1", "0", "2", "0", "3")
    results = await asyncio.gather(*(store.write(lambda c, n=n: transmission_row(c, f"trn_{n}")) for n in numbers), return_exceptions=True)
    assert [isinstance(result, Exception) and not isinstance(result, StoreUnavailableError) for result in results] == [
        number == "0" for number in numbers
    ]
    assert await store.read(_known) == ["trn_0", "trn_1", "trn_2", "trn_3"]


async def test_who_looks_away_from_a_fault_is_not_told_that_it_is_stored(store: Store):
    """After a fault the server takes nothing more, and says so only to who asks."""
    await store.write(lambda c: transmission_row(c, "trn_0"))

    def blind(connection: Connection) -> None:
        transmission_row(connection, "trn_1")
        with suppress(Exception):
            transmission_row(connection, "trn_0")
            link_of(connection).flush()

    if store.database.is_shared:
        with pytest.raises(StoreUnavailableError):
            await store.write(blind)
    else:
        await store.write(blind)
    assert await store.read(_known) == (["trn_0"] if store.database.is_shared else ["trn_0", "trn_1"])
    await store.write(lambda c: transmission_row(c, "trn_2"))


async def test_a_refusal_leaves_nothing_of_what_was_only_said(store: Store):
    def refused(connection: Connection, number: int) -> None:
        transmission_row(connection, f"trn_{number}")
        if number % 2:
            raise LookupError

    await asyncio.gather(*(store.write(lambda c, n=n: refused(c, n)) for n in range(6)), return_exceptions=True)
    assert await store.read(_known) == ["trn_0", "trn_2", "trn_4"]


async def test_more_than_goes_together(store: Store):
    await store.write(lambda c: [transmission_row(c, f"trn_{n:04}") for n in range(1200)])
    assert len(await store.read(_known)) == 1200


async def test_values_come_back_as_they_went(store: Store):
    def there_and_back(connection: Connection) -> Any:
        types = ("text", "blob", "int", "int") if is_sqlite(connection) else ("text", "bytea", "bigint", "int")
        link_of(connection).execute("CREATE TABLE one (t {}, b {}, n {}, z {})".format(*types))
        Sql("INSERT INTO one VALUES (:t, :b, :n, :z)").execute(connection, t="ü %s $1 ' \\", b=b"\0\xff'", n=-(1 << 40), z=None)
        return Sql("SELECT t, b, n, z FROM one WHERE t = :t AND n = :n").execute(connection, t="ü %s $1 ' \\", n=-(1 << 40)).fetchone()

    assert await store.write(there_and_back) == ("ü %s $1 ' \\", b"\0\xff'", -(1 << 40), None)


def test_a_text_with_a_zero_is_refused_not_cut(engine: Engine):
    with engine.connect() as connection, pytest.raises(Exception, match="NUL"):
        transmission_row(connection, "trn_\0")


def test_the_end_of_a_transaction_of_the_engine_is_one_of_what_was_said(engine: Engine):
    with engine.begin() as connection:
        transmission_row(connection, "trn_1")
    with engine.connect() as connection, connection.begin() as going:
        transmission_row(connection, "trn_2")
        going.rollback()
        assert _known(connection) == ["trn_1"]


def test_what_is_remembered_of_texts_has_an_end(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_link, "_REMEMBERED", 10)
    with engine.begin() as connection:
        for number in [*range(30), *range(20), *range(30)]:
            for _ in range(number % 3 + 1):
                [row] = Sql(f"SELECT {number} + CAST(:one AS INTEGER)").execute(connection, one=1).fetchall()
                assert row == (number + 1,)
        assert Sql("SELECT count(*) FROM pg_prepared_statements").execute(connection).fetchone()[0] <= 11


def test_a_statement_that_cannot_be_prepared_is_prepared_again(engine: Engine):
    count = Sql("SELECT count(*) FROM later")
    with engine.connect() as connection:
        for _ in range(3):
            with pytest.raises(Exception, match="later"):
                count.execute(connection).fetchone()
            link_of(connection).rollback()
        connection.execute(text("CREATE TABLE later (n INTEGER)"))
        for _ in range(3):
            assert count.execute(connection).fetchone() == (0,)


def test_nobody_waits_for_what_nobody_asks_for(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    ways = []
    talk = server_link.ServerLink._talk
    monkeypatch.setattr(server_link.ServerLink, "_talk", lambda self, queue: (ways.append(len(queue)), talk(self, queue))[1])
    with engine.connect() as connection:
        for number in range(5):
            transmission_row(connection, f"trn_{number}")
        assert len(_known(connection)) == 5
        transmission_row(connection, "trn_5")
        link_of(connection).commit()
    assert ways == [6, 2]


def test_who_has_read_does_not_wait_for_the_end_of_it(engine: Engine):
    with engine.connect() as connection:
        link = link_of(connection)
        for _ in range(2):
            assert _known(connection) == []
            link.leave()
        with engine.begin() as other:
            transmission_row(other, "trn_1")
        assert connection.execute(select(func.count()).select_from(Transmission.table())).scalar_one() == 1  # another moment
        connection.rollback()
        assert _known(connection) == ["trn_1"]
        link.leave()
        link.leave()
        link.rollback()
        assert not link.raw.pgconn.pipeline_status
        assert link.raw.info.transaction_status == TransactionStatus.IDLE


async def test_a_reader_whose_server_hung_up_is_replaced(store: Store):
    if not store.database.is_shared:
        pytest.skip("a file does not hang up")
    await store.write(lambda c: transmission_row(c, "trn_1"))
    for _ in range(3):
        assert await store.read(_known) == ["trn_1"]
        await store.write(
            lambda c: c.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            ).all()
        )
        assert await store.read(_known) == ["trn_1"]
        assert await store.read(lambda c: c.execute(select(Transmission.table().c.id)).scalars().all()) == ["trn_1"]
