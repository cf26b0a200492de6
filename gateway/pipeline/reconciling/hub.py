"""What came from partners against what the hub has: taken over by every sink, and accepted where the hub decides."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection

from canonical.registry import DOCUMENTS
from gateway.errors import Cause
from gateway.pipeline.context import Context
from gateway.pipeline.reconciling.flow import GONE, Day, Scene, Verdict
from gateway.states import DocumentState
from gateway.store import consumers, reconciliation
from gateway.store.alarms import Trouble

__all__ = ["AT_THE_HUB", "FEED_READ", "AtTheHub", "feed_troubles"]

FEED_READ: Final = "feed-read"  #: the flow of alarms about consumers of the feed


@dataclass(frozen=True, slots=True)
class AtTheHub:
    """Every document of a day, whatever its type; what waits for a person is on its list and counts as waiting here."""

    name: str = "at-the-hub"

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """One alarm a partner and day."""
        late: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        decided: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        limit = scene.now - timedelta(seconds=scene.context.settings.reconcile.hub)
        for row in reconciliation.at_the_hub(scene.connection, DOCUMENTS.keys(), day.span, scene.usage):
            partner = str(row["partner_id"])
            if row["state"] in GONE:
                continue
            if row["decision"]:
                decided[partner][row["decision"]] += row["documents"]
            if row["state"] == DocumentState.HELD:
                yield Verdict(partner, "waiting", count=row["documents"])
            elif row["state"] == DocumentState.DELIVERED or not row["is_sent"]:  # the feed has what no sink takes
                yield Verdict(partner, "matched", count=row["documents"])
            elif row["oldest"] > limit:
                yield Verdict(partner, "waiting", count=row["documents"])
            else:
                late[partner].append(row)
        for partner, rows in late.items():
            yield Verdict(partner, "differs", self._trouble(day, partner, rows, decided[partner]), sum(row["documents"] for row in rows))

    def _trouble(self, day: Day, partner: str, rows: list[dict[str, Any]], decided: dict[str, int]) -> Trouble:
        oldest = min(row["oldest"] for row in rows).astimezone(day.zone)
        return Trouble(
            self.name,
            Cause.NOT_AT_THE_HUB,
            f"{partner}/{day.text}",
            f"documents of {partner}",
            f"not at the hub since {oldest:%Y-%m-%d %H:%M}",  # steady, so that a review lasts
            correlation_id=f"{partner}/{day.text}",
            day=day.text,
            partner_id=partner,
            data={"documents": sum(row["documents"] for row in rows), **decided},
        )


AT_THE_HUB: Final = AtTheHub()


def feed_troubles(context: Context, connection: Connection) -> list[Trouble]:
    """Named consumers of the feed for which an entry waits longer than the settings allow."""
    limit = context.now() - timedelta(seconds=context.settings.reconcile.feed)
    return [
        Trouble(
            FEED_READ,
            Cause.NOT_AT_THE_HUB,
            row["name"],
            f"consumer {row['name']} of the feed",
            f"has read nothing behind number {row['position']} of the feed",  # steady while it stands still
            correlation_id=f"consumer/{row['name']}",
            data={"behind": row["last"] - row["position"]},
        )
        for row in consumers.listed(connection)
        if row["since"] is not None and row["since"] < limit
    ]
