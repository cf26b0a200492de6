"""Sets of which there is no document: refused by us, or held. Without them a search for an order would not find what went wrong."""

from collections.abc import Collection
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, or_, select

from gateway.states import TransactionSetState
from gateway.store.schema import DocumentReference, TransactionSet
from gateway.store.statement import past_index

__all__ = ["bare_sets"]

_set, _reference = TransactionSet.table(), DocumentReference.table()
_STATES: Final = [TransactionSetState.REJECTED.value, TransactionSetState.HELD.value]


def bare_sets(
    connection: Connection,
    *,
    number: str | None,
    partner: str | None,
    set_id: str | None = None,
    agreements: Collection[str] = (),
    state: str | None = None,
    correlation: str | None = None,
    before: str | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """Inbound sets without a document, the newest first. With `set_id`: of this kind, or of one of the agreements named."""
    if state is not None and state not in _STATES:
        return []
    statement = select(_set).where(_set.c.direction == "inbound")
    if number is not None:
        statement = statement.where(_set.c.id.in_(select(_reference.c.document_id).where(_reference.c.value == number)))
    if set_id is not None:
        statement = statement.where(or_(_set.c.set_id == set_id, _set.c.agreement_id.in_(sorted(agreements))))
    for column, value in (("partner_id", partner), ("correlation_id", correlation)):
        if value is not None:
            statement = statement.where(_set.c[column] == value)
    if before is not None:
        statement = statement.where(_set.c.id < before)
    statement = statement.order_by(_set.c.id.desc()).limit(limit)
    standing = _set.c.state if number is None else past_index(_set.c.state)  # few have the number, and they are found by it
    found = [
        dict(row)
        for one in ([state] if state is not None else _STATES)  # one by one they come in their order, and nothing is sorted
        for row in connection.execute(statement.where(standing == one)).mappings()
    ]
    return sorted(found, key=itemgetter("id"), reverse=True)[:limit]
