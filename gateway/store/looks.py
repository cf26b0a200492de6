"""How far each folder with a schedule has been looked at: what a restart and the next leader go on from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from gateway.store.schema import PickupLook
from gateway.store.statement import insert

__all__ = ["Looked", "ended", "follow", "listed"]

_look = PickupLook.table()


@dataclass(frozen=True, slots=True)
class Looked:
    """One folder."""

    endpoint: str  #: "northmart:sftp:/out"
    schedule: str  #: in words
    up_to: datetime  #: slots up to this moment are done
    looked_at: datetime | None = None  #: when the last look ended
    cause: str | None = None  #: why it could not look
    detail: str = ""


def listed(connection: Connection) -> dict[str, Looked]:
    """All, by endpoint."""
    return {row["endpoint"]: Looked(**row) for row in connection.execute(select(_look)).mappings()}


def follow(connection: Connection, schedules: Mapping[str, str], now: datetime) -> dict[str, Looked]:
    """Keep these folders and no others; what is new, or has another schedule, owes nothing of before now."""
    known = listed(connection)
    if gone := sorted(known.keys() - schedules.keys()):
        connection.execute(delete(_look).where(_look.c.endpoint.in_(gone)))
    found: dict[str, Looked] = {}
    for endpoint, schedule in schedules.items():
        there = known.get(endpoint)
        if there is not None and there.schedule == schedule:
            found[endpoint] = there
            continue
        found[endpoint] = Looked(endpoint, schedule, now, there.looked_at if there is not None else None)
        values = asdict(found[endpoint])
        made = insert(_look).values(**values)
        connection.execute(made.on_conflict_do_update(index_elements=["endpoint"], set_=values))
    return found


def ended(connection: Connection, looked: Looked) -> None:
    """A look came to its end. Nothing where the folder has meanwhile another schedule, or none."""
    same = (_look.c.endpoint == looked.endpoint, _look.c.schedule == looked.schedule)
    connection.execute(update(_look).where(*same).values(**asdict(looked)))
