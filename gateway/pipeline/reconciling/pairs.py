"""Flows in which one document is to be followed by another: an order by its confirmation, a transfer by its receipt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.errors import Cause
from gateway.pipeline.reconciling.flow import GONE, OPPOSITE, Day, Scene, Verdict, counts_as_there
from gateway.states import AcknowledgmentState
from gateway.store import reconciliation
from gateway.store.alarms import Trouble

__all__ = ["PAIRS", "Pair"]

_LISTED: Final = frozenset({AcknowledgmentState.OVERDUE.value, AcknowledgmentState.EXPECTED.value})  #: the list of what is owed has it


@dataclass(frozen=True, slots=True)
class Pair:
    """Documents of these types are followed by one of that type; by the other side, unless it is said to be the same one."""

    name: str
    first: frozenset[str]
    second: str
    setting: str  #: of `reconcile` in gateway.yaml: how long it may take where no `sla` says it
    same_side: bool = False
    directions: tuple[str, ...] = ("inbound", "outbound")

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """Everything of one day, with partners with whom the second document is agreed."""
        for direction in self.directions:
            back = direction if self.same_side else OPPOSITE[direction]
            agreed = scene.partners_with(self.second, back)
            rows = reconciliation.of_day(scene.connection, self.first, direction, day.span, scene.usage)
            rows = [row for row in rows if row["partner_id"] in agreed and row["state"] not in GONE]
            if direction == "outbound":  # what has not left is on another list
                rows = [row for row in rows if counts_as_there(row["state"], direction)]
            correlations = {row["correlation_id"] for row in rows}
            answers = reconciliation.in_exchanges(scene.connection, (self.second,), back, correlations)
            owed = reconciliation.owed_to(scene.connection, correlations)
            for row in rows:
                yield self._verdict(scene, day, row, answers.get(row["correlation_id"], []), owed.get(row["id"]), back)

    def _verdict(
        self, scene: Scene, day: Day, row: dict[str, Any], answers: list[dict[str, Any]], owed: dict[str, Any] | None, back: str
    ) -> Verdict:
        partner = str(row["partner_id"])
        follows = [one for one in answers if one["created_at"] >= row["created_at"] and one["id"] != row["id"]]
        if any(counts_as_there(one["state"], back) for one in follows):
            return Verdict(partner, "matched")
        if owed is not None and owed["state"] not in _LISTED:  # answered otherwise, or put aside by a person
            return Verdict(partner, "matched")
        due: datetime = (
            owed["due_at"]
            if owed is not None and owed["due_at"]
            else row["created_at"] + timedelta(seconds=getattr(scene.context.settings.reconcile, self.setting))
        )
        if scene.seen_until(partner, back) < due:
            return Verdict(partner, "waiting")
        return Verdict(partner, "differs", None if owed is not None else self._trouble(day, row, follows, due, back))

    def _trouble(self, day: Day, row: dict[str, Any], follows: list[dict[str, Any]], due: datetime, back: str) -> Trouble:
        local = due.astimezone(day.zone)
        stands = f"; one is there and {follows[-1]['state']}" if follows else ""
        return Trouble(
            self.name,
            Cause.DOCUMENT_MISSING,
            row["id"],
            f"{row['document_type']} {row['business_key']}",
            f"no {self.second} {'left' if back == 'outbound' else 'came'} by {local:%Y-%m-%d %H:%M}{stands}",
            correlation_id=row["correlation_id"],
            day=day.text,
            partner_id=row["partner_id"],
            agreement_id=row["agreement_id"],
            document_id=row["id"],
            data={"direction": back, "dueAt": due.isoformat()},
        )


PAIRS: Final = (
    Pair("orders-confirmed", frozenset({"Order", "OrderChange"}), "OrderAcknowledgment", "confirm"),
    Pair("tenders-answered", frozenset({"LoadTender"}), "LoadTenderResponse", "confirm"),
    Pair("transfers-received", frozenset({"StockTransferNotice"}), "StockTransferReceipt", "receive"),
    Pair("deliveries-received", frozenset({"ShipNotice"}), "Receipt", "receive"),
    Pair("returns-answered", frozenset({"ReturnAuthorization"}), "ReturnAuthorization", "confirm"),
)
