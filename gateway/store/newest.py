"""The newest state of each thing that has states, by partner, usage, kind of document and subject (R27)."""

from sqlalchemy import Connection, bindparam, select, update

from canonical.progress import Progress, is_older
from gateway.store.schema import NewestState
from gateway.store.statement import Statement, add

__all__ = ["advance", "newer_than"]

_newest = NewestState.table()
_same = (
    _newest.c.partner_id == bindparam("of_partner"),
    _newest.c.usage == bindparam("of_usage"),
    _newest.c.document_type == bindparam("of_type"),
    _newest.c.subject == bindparam("of_subject"),
)
_find = Statement(select(_newest).where(*_same))
_find_to_change = Statement(select(_newest).where(*_same).with_for_update())
_put = Statement(
    update(_newest)
    .where(*_same)
    .values(place=bindparam("new_place"), document_id=bindparam("new_document"), event_id=bindparam("new_event"))
)

Whose = tuple[str, str, str]  #: partner, usage, kind of document


def advance(connection: Connection, whose: Whose, progress: Progress, document_id: str, event_id: str) -> str | None:
    """This state is the newest from now on. Where a newer one is there already, nothing changes: gives the event that told it.

    Raises the driver's IntegrityError where another node was first; the writer then runs its function again.
    """
    key = _key(whose, progress)
    row = _find_to_change.one(connection, **key)
    if row is None:
        names = dict(zip(("partner_id", "usage", "document_type"), whose, strict=True))
        place = {"subject": progress.subject, "place": progress.place, "document_id": document_id, "event_id": event_id}
        add(connection, _newest, {**names, **place})
        return None
    if is_older(progress.place, row["place"]):
        return str(row["event_id"])
    _put.send(connection, **key, new_place=progress.place, new_document=document_id, new_event=event_id)
    return None


def newer_than(connection: Connection, whose: Whose, progress: Progress) -> str | None:
    """The event of a newer state than this one; None where there is none."""
    row = _find.one(connection, **_key(whose, progress))
    return str(row["event_id"]) if row is not None and is_older(progress.place, row["place"]) else None


def _key(whose: Whose, progress: Progress) -> dict[str, str]:
    return dict(zip(("of_partner", "of_usage", "of_type"), whose, strict=True)) | {"of_subject": progress.subject}
