"""The operations that do things over: restart, deliver again, duplicate; each shows first and does when it is confirmed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints

from gateway.operations.feed_replay import feed_replay
from gateway.operations.replay import Asked, replay_many, replays_listed
from gateway.operations.replay_actions import Action, Step
from gateway.operations.replay_diff import changes_of
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Operation
from gateway.service.operations_held import KnownCause
from gateway.service.query import HIGHEST
from gateway.store.selection import Filter

__all__ = ["REPLAYS", "Moment"]


def _as_text(value: Any) -> Any:
    """A number would be seconds since 1970."""
    if not isinstance(value, str | datetime):
        raise ValueError("a moment is written 2026-11-20T08:00:00Z")  # noqa: TRY004 - pydantic makes a fault of it
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:  # the first and the last day that there are, in another zone
        raise ValueError("a moment from the year 2 on") from None


Moment = Annotated[datetime, BeforeValidator(_as_text), AfterValidator(_in_utc)]  #: one without a zone is in UTC
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
_BODY: Final = 1024 * 1024  #: bytes: many ids


class Which(Arguments):
    """The things named, or those that a filter means; and whether it is to be done, for which a reason is needed."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"
    ids: tuple[Id, ...] = Field(default=(), max_length=500)
    partner: Word | None = None
    type: Word | None = Field(default=None, description="Order, ShipNotice; 850 for sets without a document")
    state: Word | None = None
    cause: KnownCause | None = Field(default=None, description="Why they are held: map-fault")
    number: Word | None = Field(default=None, description="A business number.")
    since: Moment | None = None
    until: Moment | None = None
    limit: int | None = Field(default=None, ge=1, description="At most so many; replay.limit of gateway.yaml when absent.")
    confirm: StrictBool = Field(default=False, description="Do it. Otherwise only what would happen is said.")


class Restart(Which):
    """From which step on."""

    step: Step = Step.VALIDATE


class Feed(Arguments):
    """From where in the feed, to where, and to which sink; and whether it is to be done, for which a reason is needed."""

    sink: Word
    first: Annotated[int, Field(ge=1, le=HIGHEST, strict=True)] | Moment = Field(
        alias="from", description="A number of the feed, or a moment."
    )
    last: Annotated[int, Field(ge=1, le=HIGHEST, strict=True)] | Moment | None = Field(default=None, alias="to")
    limit: int | None = Field(default=None, ge=1, description="At most so many; replay.limit of gateway.yaml when absent.")
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"
    confirm: StrictBool = Field(default=False, description="Do it. Otherwise only what would happen is said.")


class Listing(Arguments):
    """How much to list."""

    limit: int = Field(default=50, ge=1, le=10_000)


def _asked(context: Context, action: Action, a: Which) -> Asked:
    agreements = tuple(one.id for p in context.workspace.partners.values() for one in p.agreements if one.document == a.type)
    wanted = Filter(a.partner, a.type, a.state and a.state.upper(), a.cause, a.number, a.since, a.until, agreements if a.type else ())
    return Asked(action, a.ids, wanted, a.step if isinstance(a, Restart) else Step.VALIDATE, a.limit)


async def _restart(context: Context, _id: str, a: Restart) -> dict[str, Any]:
    asked = _asked(context, Action.RESTART, a)
    if a.confirm or a.step is Step.DELIVER:
        return await replay_many(context, asked, a.reason, by=a.by, confirm=a.confirm)
    answer = await replay_many(context, asked, a.reason, by=a.by)
    refused = {one["id"] for one in answer["refused"]}
    which = [id_ for id_ in answer.pop("which") if id_ not in refused][: context.settings.replay.preview]
    changes = await changes_of(context, which, accepted=a.step is Step.MAP)
    outcomes = [one["outcome"] for one in changes]
    counted = {outcome: outcomes.count(outcome) for outcome in dict.fromkeys(outcomes)}
    return answer | {"changes": [one for one in changes if one["outcome"] != "same"], "outcomes": counted}


async def _delivery(context: Context, _id: str, a: Which) -> dict[str, Any]:
    return await replay_many(context, _asked(context, Action.DELIVERY, a), a.reason, by=a.by, confirm=a.confirm)


async def _duplicate(context: Context, _id: str, a: Which) -> dict[str, Any]:
    return await replay_many(context, _asked(context, Action.DUPLICATE, a), a.reason, by=a.by, confirm=a.confirm)


async def _feed(context: Context, _id: str, a: Feed) -> dict[str, Any]:
    return await feed_replay(context, a.sink, a.first, a.last, a.reason, limit=a.limit, by=a.by, confirm=a.confirm)


REPLAYS: Final[Mapping[str, Operation]] = {
    "replay-restart": Operation("POST", "/replays/restart", "Read or write anew with what is in force today", _restart, Restart, _BODY),
    "replay-delivery": Operation("POST", "/replays/delivery", "Deliver the same bytes again", _delivery, Which, _BODY),
    "replay-duplicate": Operation("POST", "/replays/duplicate", "Send the same content as something new", _duplicate, Which, _BODY),
    "replay-feed": Operation("POST", "/replays/feed", "Send the feed to a sink again, from a number or a moment on", _feed, Feed),
    "replays": Operation(
        "GET", "/replays", "What was done over, by whom and why", lambda c, _, a: replays_listed(c, limit=a.limit), Listing
    ),
    "replay-diff": Operation(
        "GET",
        "/things/{id}/changes",
        "What a restart would change",
        lambda c, id_, _: _changes(c, id_),
    ),
}


async def _changes(context: Context, id_: str) -> dict[str, Any]:
    return {"id": id_, "changes": await changes_of(context, [id_])}
