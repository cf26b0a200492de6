"""The cross references of the store: rows by value, whole changes, and a number that tells whether anything changed since."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, and_, delete, func, insert, or_, select

from gateway.store.schema import CrossReference, CrossReferenceChange
from gateway.store.statement import Sql, Statement, add
from maps.crossref import EVERYONE, Direction, Kind, Row
from maps.crossref.rows import conflicts

__all__ = ["Changes", "StoredRows", "are_any", "changes_of", "listed", "store", "version"]

_row, _change = CrossReference.table(), CrossReferenceChange.table()
_version = Statement(select(func.max(_change.c.seq)))
_MANY: Final = 400  #: values of one statement
_WHOLE: Final = 4000  #: so many rows of a partner and kind are compared with all that there are
T = TypeVar("T")
_IS_THERE: Final = "EXISTS (SELECT 1 FROM cross_reference WHERE partner IN (:partner, '*') AND kind = '{}')"
#: most partners have rows of no kind, and this is asked of every document
_IS_ANY: Final = Sql("SELECT EXISTS (SELECT 1 FROM cross_reference WHERE partner IN (:partner, '*'))")
#: every kind in one statement
_ARE_THERE: Final = Sql(f"SELECT {', '.join(_IS_THERE.format(kind.value) for kind in Kind)}")


class StoredRows:
    """The rows of a partner and of everyone: what `maps.crossref` asks while a document is translated."""

    def __init__(self, connection: Connection, partner: str) -> None:
        self._connection = connection
        self._partner = partner

    def kinds(self) -> frozenset[Kind]:
        """The kinds of which there is any row."""
        found = _ARE_THERE.execute(self._connection, partner=self._partner).fetchone()
        return frozenset(kind for kind, is_there in zip(Kind, found, strict=True) if is_there)

    def rows(self, kind: Kind, direction: Direction, values: frozenset[str], items: frozenset[str]) -> Iterator[Row]:
        """The rows that could answer."""
        found = _row.c.theirs if direction is Direction.IN else _row.c.ours
        narrowed = ["", *(f"item={item}" for item in sorted(items))]
        for some in _some(sorted(values)):
            for keys in _some(narrowed) if kind is Kind.UNIT else ([],):
                statement = select(_row).where(
                    _row.c.kind == kind.value,
                    _row.c.partner.in_([self._partner, EVERYONE]),
                    found.in_(some),
                    _row.c.direction.in_([direction.value, Direction.BOTH.value]),
                )
                statement = statement.where(_row.c["keys"].in_(keys)) if keys else statement
                yield from map(_read, self._connection.execute(statement).mappings())


def are_any(connection: Connection, partner: str) -> bool:
    """Whether there is any row for a partner, or for everyone."""
    return bool(_IS_ANY.execute(connection, partner=partner).fetchone()[0])


def version(connection: Connection) -> int:
    """Grows with every change."""
    return int(_version.value(connection) or 0)


def listed(connection: Connection, partner: str | None = None, kind: str | None = None) -> list[Row]:
    """All rows, or those of a partner or a kind, in the order of their identity."""
    statement = select(_row)
    for column, value in (("partner", partner), ("kind", kind)):
        if value is not None:
            statement = statement.where(_row.c[column] == value)
    ordered = statement.order_by(*(column for column in _row.primary_key.columns))
    return [_read(row) for row in connection.execute(ordered).mappings()]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change does: rows that come, rows that say something else than before, rows that go. `contradictions` forbid it."""

    added: tuple[Row, ...] = ()
    changed: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    contradictions: tuple[tuple[Row, Row], ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether all is there already."""
        return not (self.added or self.changed or self.removed)


def changes_of(connection: Connection, rows: Sequence[Row], *, replace: bool = False, remove: Sequence[Row] = ()) -> Changes:
    """What storing these rows would do. With `replace`, what is there of the same partners and kinds and not among them goes.

    `remove` names rows by their identity.
    """
    near = {row.identity: row for row in (_of_pairs(connection, rows) if replace else _near(connection, [*rows, *remove]))}
    given = {row.identity: row for row in rows}
    added = tuple(row for identity, row in given.items() if identity not in near)
    changed = tuple(row for identity, row in given.items() if identity in near and near[identity] != row)
    gone = {identity for identity in near if identity not in given} if replace else {row.identity for row in remove} & near.keys()
    removed = tuple(row for identity, row in near.items() if identity in gone)
    after = {identity: row for identity, row in near.items() if identity not in gone} | given
    return Changes(added, changed, removed, tuple(conflicts(after.values())))


def store(connection: Connection, changes: Changes, *, by: str, reason: str, now: datetime) -> None:
    """Write a change. Nothing is written where there is nothing to do."""
    if changes.is_empty:
        return
    for row in (*changes.changed, *changes.removed):
        connection.execute(delete(_row).where(*(_row.c[name] == value for name, value in _identity(row).items())))
    written = [_values(row) for row in (*changes.added, *changes.changed)]
    if written:
        connection.execute(insert(_row), written)
    counts = {name: len(getattr(changes, name)) for name in ("added", "changed", "removed")}
    add(connection, _change, {"at": now, "by": by, "reason": reason, **counts})


def _of_pairs(connection: Connection, rows: Iterable[Row]) -> Iterator[Row]:
    for partner, kind in sorted({(row.partner, row.kind.value) for row in rows}):
        yield from listed(connection, partner, kind)


def _near(connection: Connection, rows: Sequence[Row]) -> Iterator[Row]:
    """What is there of the same partner, kind and narrowing with the same value on either side: all that these rows could contradict."""
    for partner, kind in sorted({(row.partner, row.kind) for row in rows}):
        mine = [row for row in rows if (row.partner, row.kind) == (partner, kind)]
        if len(mine) > _WHOLE:
            yield from listed(connection, partner, kind.value)
            continue
        for some in _some(mine):
            either = or_(_row.c.theirs.in_({row.theirs for row in some}), _row.c.ours.in_({row.ours for row in some}))
            narrowed = _row.c["keys"].in_({_keys(row) for row in some})
            found = select(_row).where(and_(_row.c.partner == partner, _row.c.kind == kind.value, narrowed, either))
            yield from map(_read, connection.execute(found).mappings())


def _some(values: Sequence[T]) -> Iterator[Sequence[T]]:
    return (values[start : start + _MANY] for start in range(0, len(values), _MANY))


def _read(row: Any) -> Row:
    pairs = (part.partition("=") for part in row["keys"].split("\x1f") if part)
    return Row(
        partner=row["partner"],
        kind=Kind(row["kind"]),
        theirs=row["theirs"],
        ours=row["ours"],
        direction=Direction(row["direction"]),
        keys=tuple((name, value) for name, _, value in pairs),
        valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        preferred=bool(row["preferred"]),
        factor=Decimal(row["factor"]) if row["factor"] else None,
    )


def _keys(row: Row) -> str:
    return "\x1f".join(f"{name}={value}" for name, value in row.keys)


def _identity(row: Row) -> dict[str, str]:
    return {
        "partner": row.partner,
        "kind": row.kind.value,
        "theirs": row.theirs,
        "keys": _keys(row),
        "direction": row.direction.value,
        "valid_from": row.valid_from.isoformat() if row.valid_from else "",
    }


def _values(row: Row) -> dict[str, Any]:
    return {
        **_identity(row),
        "ours": row.ours,
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
        "preferred": row.preferred,
        "factor": f"{row.factor:f}" if row.factor is not None else "",
    }
