"""The comparison of days: every flow, day by day, in the background; what came of it is stored, what differs is an alarm."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from gateway.pipeline.context import Context
from gateway.pipeline.reconciling.flow import Day, Flow, Scene, Verdict
from gateway.pipeline.reconciling.hub import AT_THE_HUB, FEED_READ, feed_troubles
from gateway.pipeline.reconciling.pairs import PAIRS
from gateway.pipeline.reconciling.quantities import SHIPMENTS_INVOICED, WAREHOUSE_SHIPPED
from gateway.pipeline.reconciling.stock import STOCK
from gateway.pipeline.watch import Watch
from gateway.store import alarms, reconciliation
from gateway.store.alarms import Trouble

__all__ = ["FLOWS", "Reconciling", "day_of", "reconcile"]

FLOWS: Final[tuple[Flow, ...]] = (*PAIRS, WAREHOUSE_SHIPPED, SHIPMENTS_INVOICED, STOCK, AT_THE_HUB)


def day_of(context: Context, day: date | None = None) -> Day:
    """A day on our clocks; today where none is named."""
    zone = context.workspace.own.tzinfo
    return Day(day or context.now().astimezone(zone).date(), zone)


async def reconcile(context: Context, days: Iterable[Day], *, everything: bool = True) -> tuple[list[Trouble], int]:
    """Compare all flows of these days. Gives the alarms that were raised, and how many were resolved.

    Without `everything`, what was settled after its day was over is not looked at again.
    """
    raised: list[Trouble] = []
    resolved = 0
    for day in days:
        found = await context.store.read(partial(_compare, context, day, everything))
        if found:
            new, gone = await context.store.write(partial(_keep, context, day, found))
            raised += new
            resolved += gone
    return raised, resolved


def _settled(connection: Connection, day: Day) -> frozenset[str]:
    """Flows of which nothing waits or differs any more; an open alarm keeps its flow open."""
    flows: defaultdict[str, list[bool]] = defaultdict(list)
    for row in reconciliation.days(connection, day=day.text):
        flows[row["flow"]].append(not row["waiting"] and not row["differing"] and row["at"] > day.span[1])
    return frozenset(flow for flow, settled in flows.items() if all(settled))


def _compare(context: Context, day: Day, everything: bool, connection: Connection) -> dict[str, list[Verdict]]:  # noqa: FBT001 - of partial
    """What is said of each flow of which something is, or was, to be said."""
    known = {row["flow"] for row in reconciliation.days(connection, day=day.text)}
    done = frozenset[str]() if everything else _settled(connection, day)
    scene = Scene(context, connection, context.now())
    found = {flow.name: list(flow.compare(scene, day)) for flow in FLOWS if flow.name not in done}
    return {name: verdicts for name, verdicts in found.items() if verdicts or name in known}


def _keep(context: Context, day: Day, found: dict[str, list[Verdict]], connection: Connection) -> tuple[list[Trouble], int]:
    now = context.now()
    raised: list[Trouble] = []
    resolved = 0
    for flow, verdicts in found.items():
        nothing = {"compared": 0, "matched": 0, "waiting": 0, "differing": 0, "at": now}
        rows: dict[str, dict[str, Any]] = {
            row["partner_id"]: row | nothing for row in reconciliation.days(connection, day=day.text, flow=flow)
        }
        for one in verdicts:
            row = rows.setdefault(one.partner_id, {"day": day.text, "flow": flow, "partner_id": one.partner_id, **nothing})
            row["compared"] += one.count
            row["differing" if one.outcome == "differs" else one.outcome] += one.count
        reconciliation.keep(connection, rows.values())
        troubles = [one.trouble for one in verdicts if one.trouble is not None]
        new, gone = alarms.sync(connection, troubles, now, flow=flow, days=(day.text,))
        raised += new
        resolved += gone
    return raised, resolved


class Reconciling(Watch):
    """Compares the last days of the settings, and older ones as long as they have an open alarm."""

    name = "reconciling"

    def __init__(self, context: Context) -> None:
        super().__init__(context, every=context.settings.reconcile.every)

    async def look(self) -> tuple[list[Trouble], int]:
        """One look. Gives the alarms that were raised, and how many were resolved."""
        context = self._context
        today = day_of(context)
        days = {today.date - timedelta(days=back) for back in range(context.settings.reconcile.days)}
        days |= await context.store.read(_open_days)
        raised, resolved = await reconcile(context, [Day(one, today.zone) for one in sorted(days)], everything=False)
        new, gone = await context.store.write(self._feed)
        return raised + new, resolved + gone

    def _feed(self, connection: Connection) -> tuple[list[Trouble], int]:
        return alarms.sync(connection, feed_troubles(self._context, connection), self._context.now(), flow=FEED_READ)


def _open_days(connection: Connection) -> set[date]:
    return {date.fromisoformat(row["day"]) for flow in FLOWS for row in alarms.open_in(connection, flow.name) if row["day"]}
