"""Control numbers: looked at, then taken, in the one transaction that stores the bytes which carry them, so that none is burned."""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from gateway.store.schema import ControlNumber
from gateway.store.statement import Statement, insert

__all__ = ["next_number", "take"]

_number = ControlNumber.table()
_last = Statement(
    select(_number.c.last).where(
        _number.c.scope == bindparam("of"), _number.c.kind == bindparam("named"), _number.c.usage == bindparam("used")
    )
)
_insert = insert(_number).values({column.name: bindparam(column.name, type_=column.type) for column in _number.c})
_put = Statement(_insert.on_conflict_do_update(index_elements=["scope", "kind", "usage"], set_={"last": _insert.excluded.last}))
HIGHEST: Final = 999_999_999


def next_number(connection: Connection, scope: str, kind: str, usage: str, *, start: int = 1) -> int:
    """The number that comes next; after the highest it begins again at 1."""
    last = _last.value(connection, of=scope, named=kind, used=usage)
    if last is None:
        return start
    return 1 if last >= HIGHEST else int(last) + 1


def take(connection: Connection, scope: str, kind: str, usage: str, number: int) -> None:
    """This number is used now."""
    _put.run(connection, scope=scope, kind=kind, usage=usage, last=number)
