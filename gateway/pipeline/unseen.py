"""Up to when we know what a partner left for us: what may lie in a folder whose next slot is to come cannot be said to be missing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from gateway.pipeline.context import Context
from gateway.pipeline.looks import Look, timed_looks
from gateway.store.looks import Looked
from partners.model import Partner

__all__ = ["read_by", "seen_until"]

_READ: Final = timedelta(minutes=5)  #: from a slot until what was fetched then is read
_TICK: Final = timedelta(microseconds=1)
_STUCK: Final = timedelta(hours=1)  #: a look that is late by so much is not waited for: nothing may be silent because we are


def seen_until(context: Context, partner: Partner, by: str | None, looked: Mapping[str, Looked]) -> datetime:
    """The moment up to which everything that a partner left has been fetched and read; now, where nothing waits for a slot.

    `by`: the transport that it would come by, where that is known; `looked`: how far the folders were looked at.
    """
    return min((_seen(context, look, looked.get(look.endpoint)) for look in _waited_for(partner, by)), default=context.now())


def read_by(partner: Partner, by: str | None, moment: datetime) -> datetime:
    """When what lay there at a moment has been fetched and read, if all goes well; that moment, where nothing waits for a slot."""
    return max((look.slots.after(moment - _TICK) + _READ for look in _waited_for(partner, by) if look.slots is not None), default=moment)


def _waited_for(partner: Partner, by: str | None) -> list[Look]:
    timed = timed_looks(partner)
    here = [look for look in timed if look.kind == by]
    return [] if not here and by in _open_ways(partner) else here or timed


def _seen(context: Context, look: Look, looked: Looked | None) -> datetime:
    assert look.slots is not None
    now = context.now()
    seen = min(look.slots.last(now - _READ), looked.up_to if looked is not None else now)
    late = look.slots.last(now - _STUCK)
    closes = look.slots.closes(late)
    is_stuck = now - context.opened_at >= _STUCK and (closes is None or closes > now)
    return max(seen, late) if is_stuck else seen


def _open_ways(partner: Partner) -> set[str]:
    """By which it can reach us at any time."""
    said = partner.transports
    ways = {"as2": said.as2, "dropbox": said.dropbox, "sftp": said.sftp and said.sftp.pickup, "folder": said.folder and said.folder.pickup}
    return {"http"} | {kind for kind, way in ways.items() if way}
