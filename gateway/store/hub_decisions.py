"""What the hub decided on documents of partners, one row each: the same again is the same answer."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from gateway.store.schema import HubDecision
from gateway.store.statement import Statement, add

__all__ = ["find", "keep", "of", "replace"]

_decision = HubDecision.table()
_find = Statement(select(_decision).where(_decision.c.document_id == bindparam("of")))


def find(connection: Connection, document_id: str) -> dict[str, Any] | None:
    """What was decided on a document."""
    return _find.one(connection, of=document_id)


def of(connection: Connection, documents: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What was decided on some documents, by their ids."""
    rows = connection.execute(select(_decision).where(_decision.c.document_id.in_(sorted(set(documents))))).mappings()
    return {row["document_id"]: dict(row) for row in rows}


def keep(connection: Connection, values: dict[str, Any]) -> None:
    """The first decision on a document. Raises the driver's IntegrityError where another node was first."""
    add(connection, _decision, values)


def replace(connection: Connection, values: dict[str, Any]) -> None:
    """A decision in place of the one before."""
    connection.execute(update(_decision).where(_decision.c.document_id == values["document_id"]).values(**values))
