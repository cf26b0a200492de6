"""Which things a filter means: of several kinds, the oldest first, and how many there are in all."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, union_all

from gateway.states import Thing
from gateway.store.moves import table_of
from gateway.store.schema import Document, DocumentReference

__all__ = ["Filter", "Part", "selected"]

_document, _reference = Document.table(), DocumentReference.table()


@dataclass(frozen=True, slots=True)
class Filter:
    """What people know of the things that they mean; what is not said is any."""

    partner: str | None = None
    document_type: str | None = None  #: "Order"; the set id where no document was made
    state: str | None = None
    cause: str | None = None
    number: str | None = None  #: a business number
    since: datetime | None = None
    until: datetime | None = None
    agreements: tuple[str, ...] = ()  #: those of `document_type`, for sets without a document


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of things, in the states that count; `equal` are further conditions."""

    thing: Thing
    states: Collection[str]
    direction: str | None = None
    kinds: Collection[str] = ()  #: of deliveries
    has: str | None = None  #: a column that must be known


def selected(connection: Connection, parts: Iterable[Part], wanted: Filter, limit: int) -> tuple[int, list[str]]:
    """How many there are, and the ids of the oldest."""
    statements = [statement for part in parts if (statement := _of(part, wanted)) is not None]
    if not statements:
        return 0, []
    everything = union_all(*statements).subquery()
    found = connection.execute(select(func.count()).select_from(everything)).scalar_one()
    oldest = select(everything.c.id).order_by(everything.c.created_at, everything.c.id).limit(limit)
    return int(found), [id_ for (id_,) in connection.execute(oldest)]


def _of(part: Part, wanted: Filter) -> "Select[Any] | None":
    """None where no thing of this kind can be meant."""
    table = table_of(part.thing)
    states = [state for state in part.states if wanted.state is None or state == wanted.state]
    about = _about(part.thing, wanted)
    if not states or about is None:
        return None
    conditions = [table.c.state.in_(sorted(states)), *about]
    conditions += [table.c.direction == part.direction] if part.direction else []
    conditions += [table.c.kind.in_(sorted(part.kinds))] if part.kinds else []
    conditions += [table.c[part.has].is_not(None)] if part.has else []
    conditions += [table.c[name] == value for name, value in (("partner_id", wanted.partner), ("cause", wanted.cause)) if value is not None]
    conditions += [table.c.created_at >= wanted.since] if wanted.since else []
    conditions += [table.c.created_at < wanted.until] if wanted.until else []
    return select(table.c.id, table.c.created_at).where(*conditions)


def _about(thing: Thing, wanted: Filter) -> list[ColumnElement[bool]] | None:
    """By type and business number, as far as this kind of thing has them."""
    table, kind, number = table_of(thing), wanted.document_type, wanted.number
    numbered = select(_reference.c.document_id).where(_reference.c.value == number)
    conditions: list[ColumnElement[bool]] = []
    match thing:
        case Thing.DOCUMENT:
            conditions += [table.c.document_type == kind] if kind else []
            conditions += [table.c.id.in_(numbered)] if number else []
        case Thing.TRANSACTION_SET:
            conditions += [or_(table.c.set_id == kind, table.c.agreement_id.in_(sorted(wanted.agreements)))] if kind else []
            conditions += [table.c.id.in_(numbered)] if number else []
        case Thing.DELIVERY:
            conditions += [table.c.document_id.in_(select(_document.c.id).where(_document.c.document_type == kind))] if kind else []
            conditions += [table.c.document_id.in_(numbered)] if number else []
        case _ if kind or number:
            return None
    return conditions
