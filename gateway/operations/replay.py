"""Doing work again on purpose, for one thing or for many: shown first, limited, with a reason, and written down (R28).

What is asked for is looked at by doing it in a transaction that is undone, so what is shown is what would happen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, Refusal
from gateway.operations.interventions import decided, not_from, require
from gateway.operations.replay_actions import Action, Again, Step
from gateway.operations.subjects import Subjects
from gateway.operations.views import camel, row_view
from gateway.pipeline.context import Context
from gateway.pipeline.replay_check import CHECK
from gateway.states import DeliveryState, DocumentState, IllegalMoveError, Thing, TransactionSetState, TransmissionState
from gateway.store import replays, selection
from gateway.store.ending import ending_of
from gateway.store.events import EventNote, note
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import state_of
from gateway.store.replays import Mark
from gateway.store.schema.base import utc_text
from gateway.store.selection import Filter, Part

__all__ = ["MODES", "Asked", "limit_of", "replay", "replay_many", "replay_these", "replays_listed", "resend"]

MODES: Final = ("restart", "retry", "duplicate")
_ACTION: Final = {"restart": Action.RESTART, "retry": Action.DELIVERY, "duplicate": Action.DUPLICATE}
_WORDS: Final = {
    Action.RESTART: ("replayed", "A person had it processed again from the start"),
    Action.DELIVERY: ("resent", "A person had it sent again"),
    Action.DUPLICATE: ("replayed", "A person had it sent as something new"),
    Action.FEED: ("replayed", "A person had the feed sent again, and it with it"),
}
_AT_ONCE: Final = 100  #: things of one transaction: others want to write too
_SAMPLE: Final = 10
_MOST_IDS: Final = 1000

_D, _V = DocumentState, DeliveryState
_READ: Final = (
    Part(Thing.DOCUMENT, {_D.MAPPED, _D.DELIVERED, _D.HELD}, "inbound"),
    Part(Thing.DOCUMENT, {_D.HELD}, "outbound"),
    Part(Thing.TRANSACTION_SET, {TransactionSetState.HELD}, "inbound"),
    Part(Thing.TRANSMISSION, {TransmissionState.HELD}, "inbound", has="payload_sha256"),
)
_ROUTED: Final = (
    Part(Thing.DOCUMENT, {_D.MAPPED, _D.DELIVERED}, "inbound"),
    Part(Thing.DOCUMENT, {_D.WRITTEN, _D.SENT}, "outbound"),
)
_GONE: Final = {_V.DELIVERED, _V.AWAITING_MDN, _V.RECEIPTED, _V.REFUSED, _V.MIC_MISMATCH, _V.MDN_UNVERIFIED, _V.OVERDUE, _V.HELD}
_DELIVERIES: Final = (Part(Thing.DELIVERY, _GONE, kinds={"sink", "partner"}),)
_COPIED: Final = (
    Part(Thing.DOCUMENT, {_D.MAPPED, _D.DELIVERED}, "inbound"),
    Part(Thing.DOCUMENT, {_D.WRITTEN, _D.SENT, _D.ACKNOWLEDGED, _D.REJECTED}, "outbound"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be done over: the things named, or those that a filter means."""

    action: Action
    ids: tuple[str, ...] = ()
    wanted: Filter = field(default_factory=Filter)
    step: Step = Step.VALIDATE
    limit: int | None = None  #: None: as the settings say
    sink: str = ""  #: with FEED: where to
    place: Mapping[str, Any] = field(default_factory=dict)  #: with FEED: from where in it, to where

    @property
    def parts(self) -> tuple[Part, ...]:
        """What can be meant: only what the action is possible for."""
        match self.action:
            case Action.RESTART:
                return _ROUTED if self.step is Step.DELIVER else _READ
            case Action.DELIVERY:
                return _DELIVERIES
            case Action.DUPLICATE:
                return _COPIED
            case Action.FEED:
                return ()

    def to_json(self) -> dict[str, Any]:
        """As it is written down."""
        said = {camel(name): getattr(self.wanted, name) for name in Filter.__slots__ if name != "agreements"}
        texts = {name: utc_text(value) if isinstance(value, datetime) else value for name, value in said.items() if value is not None}
        texts |= {"step": self.step.value} if self.action is Action.RESTART else {}
        sink = {"sink": self.sink, **self.place} if self.sink else {"ids": list(self.ids)} if self.ids else {}
        return {**sink, **texts}


@dataclass(slots=True)
class _Told:
    """What became, or would become, of each thing."""

    done: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)  #: id, state, what its event says
    refused: list[tuple[str, Refusal]] = field(default_factory=list)


class _OnlyLookedAtError(Exception):
    """Undoes a transaction, and brings out what it would have done."""

    def __init__(self, told: _Told) -> None:
        super().__init__("nothing was meant to stay")
        self.told = told


async def replay(context: Context, id_: str, reason: str, mode: str, *, by: str = "operator") -> dict[str, Any]:
    """Replay a transmission, a set, a document or a delivery. Raises Refusal: unknown mode, or not possible for it."""
    if mode not in _ACTION:
        raise Refusal(Cause.MALFORMED_REQUEST, f"mode is one of {', '.join(MODES)}")
    asked = Asked(_ACTION[mode], (id_,))
    mark, told = await _carry_out(context, asked, [id_], 1, reason, by)
    for _, refusal in told.refused:
        raise refusal
    [(_, state, data)] = told.done
    return {"id": id_, "state": state, "replayId": mark.id, **({"copyId": data["copy"]} if "copy" in data else {})}


async def resend(context: Context, id_: str, reason: str, *, by: str = "operator") -> dict[str, Any]:
    """Deliver the same bytes again under the same id: of a delivery, or all of a document or transmission. Raises Refusal."""
    return await replay(context, id_, reason, "retry", by=by)


async def replay_many(context: Context, asked: Asked, reason: str, *, by: str = "operator", confirm: bool = False) -> dict[str, Any]:
    """Do many things over, the oldest first; without `confirm`, only say what would happen. Raises Refusal.

    What is over the limit is `left`: ask again. What is not possible for a thing stands under `refused`, the others go on.
    """
    limit = limit_of(context, asked)
    found, ids = len(asked.ids), list(asked.ids[:limit])
    if not asked.ids and asked.wanted != Filter():  # without ids and filter nothing is meant, never all
        found, ids = await context.store.read(lambda connection: selection.selected(connection, asked.parts, asked.wanted, limit))
    return await replay_these(context, asked, found, ids, reason, by=by, confirm=confirm)


def limit_of(context: Context, asked: Asked) -> int:
    """How many things at most: never more than the settings allow, whatever is asked for."""
    settings = context.settings.replay
    return min(settings.limit if asked.limit is None else asked.limit, settings.most)


async def replay_these(
    context: Context, asked: Asked, found: int, ids: list[str], reason: str, *, by: str, confirm: bool
) -> dict[str, Any]:
    """The things of a replay, one after the other; `found` says how many were meant, the limit left out."""
    if confirm:
        mark, told = await _carry_out(context, asked, ids, found, reason, by)
    else:
        mark, told = Mark("rpl_", asked.action.value), await _look(context, asked, ids)
    sample = [id_ for id_, *_ in told.done][:_SAMPLE]
    things = await context.store.read(lambda connection: _views(connection, sample))
    return {
        "action": asked.action.value,
        "dryRun": not confirm,
        **({"replayId": mark.id} if confirm and told.done else {}),
        "found": found,
        "left": found - len(ids),
        "done": len(told.done),
        "refused": [{"id": id_, "why": refusal.detail or str(refusal)} for id_, refusal in told.refused[:_MOST_IDS]],
        "sample": things,
        **({} if confirm else {"which": ids}),
        **({"copies": [data["copy"] for *_, data in told.done]} if confirm and asked.action is Action.DUPLICATE else {}),
    }


async def replays_listed(context: Context, *, limit: int = 50) -> dict[str, Any]:
    """Every replay, the newest first, with what it made, what was sent of it, and whether the books were in order behind it (R30)."""

    def look(connection: Connection) -> list[dict[str, Any]]:
        rows = replays.listed(connection, min(limit, context.settings.limits.page))
        return [
            {**row, "documents": replays.made(connection, row["id"]), "deliveries": replays.sent(connection, row["id"])} for row in rows
        ]

    rows = await context.store.read(look)
    return {"replays": [{camel(k): utc_text(v) if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]}


async def _carry_out(context: Context, asked: Asked, ids: list[str], found: int, reason: str, by: str) -> tuple[Mark, _Told]:
    if not reason.strip():
        raise Refusal(Cause.CONFLICT, "a reason is needed to do it")
    mark, all_told = Mark(context.new_id("rpl"), asked.action.value), _Told()
    for number, some in enumerate(_chunks(ids)):
        told = await context.store.write(partial(_chunk, context, asked, mark, ids, some, number, found, reason, by))
        all_told.done += told.done
        all_told.refused += told.refused
    context.metrics.replayed(asked.action.value, len(all_told.done))
    context.person_decided()
    context.signals.feed_grew()
    return mark, all_told


def _chunk(
    context: Context,
    asked: Asked,
    mark: Mark,
    ids: list[str],
    some: list[str],
    number: int,
    found: int,
    reason: str,
    by: str,
    connection: Connection,
) -> _Told:
    """One transaction of it. The first writes the replay down, the last closes it."""
    now = context.now()
    told = _do(context, connection, asked, mark, some, len(ids) > 1, reason=reason, by=by)
    if len(ids) == 1 and told.refused:  # one thing, and it is not possible: nothing happened
        return told
    if number == 0:
        replays.begin(connection, mark, asked.to_json(), reason, by, found, now)
        enqueue(connection, now, NewJob(CHECK, mark.id, now + timedelta(seconds=context.settings.replay.check_after)))
    replays.count(connection, mark.id, done=len(told.done), refused=len(told.refused))
    if (number + 1) * _AT_ONCE >= len(ids):
        replays.close(connection, mark.id, now)
        note(connection, now, _closed(connection, mark, reason, by))
    return told


async def _look(context: Context, asked: Asked, ids: list[str]) -> _Told:
    """What would happen: done, and undone."""
    all_told = _Told()
    for some in _chunks(ids):

        def work(connection: Connection, some: list[str] = some) -> None:
            raise _OnlyLookedAtError(_do(context, connection, asked, Mark("rpl_", asked.action.value), some, len(ids) > 1))

        try:
            await context.store.write(work)
        except _OnlyLookedAtError as looked:
            all_told.done += looked.told.done
            all_told.refused += looked.told.refused
    return all_told


def _do(
    context: Context,
    connection: Connection,
    asked: Asked,
    mark: Mark,
    ids: list[str],
    is_one_of_many: bool,  # noqa: FBT001 - private
    *,
    reason: str = "",
    by: str = "",
) -> _Told:
    """Each under its own savepoint: what is not possible leaves nothing behind."""
    told, now = _Told(), context.now()
    again = Again(context, connection, now, mark, asked.step, is_one_of_many, asked.sink)
    what, words = _WORDS[asked.action]
    for id_ in ids:
        before = ending_of(connection).mark()
        try:
            with connection.begin_nested():
                thing, row = require(connection, id_)
                try:
                    data = again.do(thing, row)
                except IllegalMoveError as fault:
                    raise not_from(row, fault) from None
                said = {"reason": reason, "mode": asked.action.value, "replay": mark.id, **data}
                note(connection, now, decided(thing, row, what, words, by, said))
                told.done.append((id_, state_of(connection, thing, id_), data))
        except Refusal as refusal:
            ending_of(connection).back_to(before)
            told.refused.append((id_, refusal))
    return told


def _closed(connection: Connection, mark: Mark, reason: str, by: str) -> EventNote:
    """One event for all of it; those of the things carry its id."""
    row = replays.find(connection, mark.id) or {}
    data = {"action": mark.action, "reason": reason, "asked": row.get("asked"), "done": row.get("done"), "refused": row.get("refused")}
    words = "A person had things done over; each has an event of its own."
    return EventNote("replay.queued", "replay", mark.id, mark.id, words, data=data, actor=by)


def _views(connection: Connection, ids: list[str]) -> list[dict[str, Any]]:
    subjects = Subjects(connection, ids)
    views = []
    for id_ in ids:
        thing, row = require(connection, id_)
        view = row_view(thing, row)
        kept = {name: view[name] for name in ("id", "thing", "state", "direction", "partnerId", "destination", "createdAt") if name in view}
        views.append(kept | subjects.fields(id_))
    return views


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
