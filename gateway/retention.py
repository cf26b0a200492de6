"""`retention:` of gateway.yaml: for how many days what is kept. What is held, open or not finished stays, however old."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from gateway.listen import Section

__all__ = ["Retention"]

Days = Annotated[int, Field(ge=1, le=36_500)]


class Retention(Section):
    """Days since something was made; `null`: for ever."""

    documents: Days | None = 400  #: transmissions with their sets, documents, deliveries and acknowledgments, and their bytes
    payloads: Days | None = None  #: their bytes, where they are to go earlier; `null`: with the documents
    evidence: Days | None = 400  #: what travelled by AS2, with MDNs and certificates: not before (non-repudiation)
    events: Days | None = 400  #: the audit trail; that of a thing stays as long as the thing
    test: Days | None = 30  #: test traffic, whatever stands above
    seen: Days | None = 400  #: control numbers and SSCCs that were used, files that were picked up
    partners: dict[str, Days | None] = Field(default_factory=dict)  #: `documents` of single partners, by id
    orphans: Annotated[float, Field(ge=1, le=8760)] = 24  #: hours until a payload file that nothing names is removed
    every: Annotated[float, Field(ge=60, le=7 * 86400)] = 3600  #: seconds between two looks
    batch: Annotated[int, Field(ge=1, le=1000)] = 10  #: transmissions removed in one transaction

    def documents_before(self, now: datetime, *, partner: str | None, usage: str | None, as2: bool) -> datetime | None:
        """What was made earlier has had its time; None: it never has."""
        if usage == "test":
            return before(now, self.test)
        days = self.partners.get(partner, self.documents) if partner is not None else self.documents
        return before(now, _longer(days, self.evidence) if as2 else days)

    def bytes_before(self, now: datetime, *, partner: str | None, usage: str | None, as2: bool) -> datetime | None:
        """As `documents_before`, of the bytes alone."""
        rows = self.documents_before(now, partner=partner, usage=usage, as2=as2)
        if self.payloads is None or usage == "test":
            return rows
        alone = before(now, _longer(self.payloads, self.evidence) if as2 else self.payloads)
        return alone if rows is None or (alone is not None and alone > rows) else rows

    @property
    def shortest(self) -> int | None:
        """The fewest days that anything but test traffic is kept; None: everything for ever."""
        named = (self.documents, self.payloads, *self.partners.values())
        return min((days for days in named if days is not None), default=None)


def before(now: datetime, days: int | None) -> datetime | None:
    """So many days ago; None for ever."""
    return None if days is None else now - timedelta(days=days)


def _longer(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else max(one, other)
