"""The operations about what is owed: acknowledgments, alarms, latency, objectives, reconciliation."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from gateway.operations.ack_show import ack_show
from gateway.operations.acks import acks
from gateway.operations.latency import latency
from gateway.operations.reconciling import reconcile_run, reconcile_status
from gateway.operations.review import review
from gateway.operations.slo import slo
from gateway.pipeline.reconciling.run import FLOWS
from gateway.service.operation import SAYS_SOMETHING, Arguments, Operation

__all__ = ["ACKS"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


KnownFlow = Annotated[str, StringConstraints(pattern=f"^({'|'.join(flow.name for flow in FLOWS)})$")]


def _as_written(value: object) -> object:
    """A number would be a moment to pydantic."""
    if value is not None and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("a day is written 2026-11-18")
    return value


CalendarDay = Annotated[date, BeforeValidator(_as_written)]


class OneDay(Arguments):
    """Which day."""

    day: CalendarDay | None = Field(default=None, description="2026-11-18; today when absent.")


class SomeDays(Arguments):
    """Which flows of which days."""

    day: CalendarDay | None = Field(default=None, description="2026-11-18; the last days when absent.")
    flow: KnownFlow | None = None
    limit: int = Field(default=200, ge=1, le=10_000)


class Review(Arguments):
    """What a person saw."""

    comment: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
    by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "operator"


class Acks(Arguments):
    """Which of what is owed; without anything, all of it."""

    side: Literal["ours", "theirs"] | None = Field(default=None, description="What we owe, or what partners owe us.")
    status: Literal["waiting", "due-soon", "overdue", "rejected", "unmatched"] | None = None
    level: Literal["transport", "interchange", "syntax", "business", "document"] | None = None
    partner: str | None = Field(default=None, max_length=80)
    limit: int = Field(default=200, ge=1, le=10_000)


class Days(Arguments):
    """Over which time."""

    days: int = Field(default=30, ge=1, le=400)


class Window(Days):
    """Over which time, and of whom."""

    partner: str | None = Field(default=None, max_length=80)


ACKS: Final[Mapping[str, Operation]] = {
    "acks": Operation(
        "GET",
        "/acknowledgments",
        "What is owed and what is due, by partners and by us",
        lambda c, _, a: acks(c, side=a.side, status=a.status, level=a.level, partner=a.partner, limit=a.limit),
        Acks,
    ),
    "ack-show": Operation("GET", "/acknowledgments/{id}", "How it was answered, level by level", lambda c, id_, _: ack_show(c, id_)),
    "latency": Operation(
        "GET", "/latency", "How long answers take, by partner", lambda c, _, a: latency(c, days=a.days, partner=a.partner), Window
    ),
    "reconcile-run": Operation("POST", "/reconciliation", "Compare a day now", lambda c, _, a: reconcile_run(c, a.day), OneDay),
    "reconcile-status": Operation(
        "GET",
        "/reconciliation",
        "How each flow of each day stands",
        lambda c, _, a: reconcile_status(c, day=a.day, flow=a.flow, limit=a.limit),
        SomeDays,
    ),
    "slo": Operation("GET", "/objectives", "How soon documents are through", lambda c, _, a: slo(c, days=a.days), Days),
    "review": Operation(
        "POST",
        "/acknowledgments/{id}/review",
        "Take it off the work list",
        lambda c, id_, a: review(c, id_, a.comment, by=a.by),
        Review,
    ),
}
