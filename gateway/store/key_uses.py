"""On which day each API key was used last: what shows that one can be revoked. A day is written once per key, not once per request."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, select

from gateway.store.schema import KeyUse
from gateway.store.statement import insert

__all__ = ["key_used", "key_uses"]

_use = KeyUse.table()


def key_used(connection: Connection, role: str, principal: str, key: str, day: date) -> None:
    """Note a day; one that is known stays."""
    values = {"role": role, "principal": principal, "key": key, "last_used": day.isoformat()}
    statement = insert(_use).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["role", "principal", "key"], set_={"last_used": day.isoformat()}))


def key_uses(connection: Connection) -> Iterator[KeyUse]:
    """All of them."""
    for row in connection.execute(select(_use).order_by(_use.c.role, _use.c.principal, _use.c.key)).mappings():
        yield KeyUse(**row)
