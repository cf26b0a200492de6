"""State changes, enforced in SQL: `UPDATE … WHERE id = ? AND state IN (…)`, from the table in `gateway.states`."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, bindparam, false, or_, select, update

from gateway.states import LIVES, IllegalMoveError, State, Thing, sources, thing_of
from gateway.store.schema import Acknowledgment, Delivery, Document, TransactionSet, Transmission
from gateway.store.statement import Statement

__all__ = ["move", "moving", "start", "state_of", "table_of", "try_move"]

_TABLES: Final[dict[Thing, Table]] = {
    Thing.TRANSMISSION: Transmission.table(),
    Thing.TRANSACTION_SET: TransactionSet.table(),
    Thing.DOCUMENT: Document.table(),
    Thing.DELIVERY: Delivery.table(),
    Thing.ACKNOWLEDGMENT: Acknowledgment.table(),
}


def table_of(thing: Thing) -> Table:
    """The table whose rows have this kind of state."""
    return _TABLES[thing]


def moving(to: State, *only: ColumnElement[bool], names: Iterable[str] = ()) -> Statement:
    """Brings the thing with the id `key` to a state, where its present one and further conditions allow it; `new_…` for other columns."""
    table = _TABLES[thing_of(to)]
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in sorted(names)}
    legal = or_(false(), *(table.c.state == state for state in sorted(sources(to))))
    return Statement(update(table).where(table.c.id == bindparam("key"), legal, *only).values(state=str(to), **values))


@cache
def _moving(_thing: Thing, to: State, names: frozenset[str]) -> Statement:
    """By the thing too: states of different things with one name are equal."""
    return moving(to, names=names)


def try_move(connection: Connection, to: State, id_: str, **values: Any) -> bool:
    """Bring a thing to a state, other columns with it; False when its present state does not allow it."""
    parameters = {f"new_{name}": value for name, value in values.items()}
    return _moving(thing_of(to), to, frozenset(values)).run(connection, key=id_, **parameters) == 1


def move(connection: Connection, to: State, id_: str, **values: Any) -> None:
    """As `try_move`, but raises IllegalMoveError where the move is not legal."""
    if not try_move(connection, to, id_, **values):
        raise IllegalMoveError(thing_of(to), id_, to)


def start(state: State) -> str:
    """The text of a state in which a thing may be made. Raises ValueError for one that can only be reached."""
    if state not in LIVES[thing_of(state)].start:
        raise ValueError(f"nothing begins in {state}")
    return str(state)


def state_of(connection: Connection, thing: Thing, id_: str) -> str | None:
    """The present state of a thing; None when it is not there."""
    table = _TABLES[thing]
    found: str | None = connection.execute(select(table.c.state).where(table.c.id == id_)).scalar_one_or_none()
    return found
