"""What the store knows of a document that is to leave, at one moment: its cross references and what it is checked against."""

from dataclasses import dataclass

from sqlalchemy import Connection

from canonical.base import Document
from canonical.rules.around import Around
from canonical.ship_notice import ShipNotice
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import outward, see
from gateway.pipeline.known import around, labels_of, orders_of
from gateway.store import crossref, lookup, ssccs
from maps.crossref import Translated
from partners.model import Partner

__all__ = ["Facts"]


@dataclass(frozen=True, slots=True)
class Facts:
    """When any of it is no longer so by the commit, the work is done again."""

    translated: Translated  #: the document with the partner's names of what is ours
    around: Around  #: what it is checked against
    references: int  #: the state of the cross references

    @classmethod
    def look(cls, context: Context, connection: Connection, row: lookup.Found, document: Document, partner: Partner) -> "Facts":
        """Everything in one moment of the database."""
        now = context.now()
        orders = tuple(orders_of(connection, context.workspace.own.org, partner.id, document.purchase_orders, row["usage"]))
        translated = outward(connection, partner, document, orders, now)
        return cls(translated, around(connection, row, translated.document, orders, now), crossref.version(connection))

    @property
    def document(self) -> Document:
        """What leaves."""
        return self.translated.document

    def still_so(self, context: Context, connection: Connection, row: lookup.Found) -> bool:
        """Whether no cross reference changed, and no other shipment took one of its labels meanwhile."""
        if crossref.version(connection) != self.references:
            return False
        if not isinstance(self.document, ShipNotice):
            return True
        number, labels = self.document.shipment_number, labels_of(self.document)
        taken = ssccs.earlier(connection, row["usage"], ssccs.OURS, labels, number, context.now())
        return taken.keys() <= self.around.ssccs.keys()

    def left(self, context: Context, connection: Connection, row: lookup.Found, partner: Partner) -> None:
        """It is written: it uses its labels, and what was unknown in it stands on the work list all the same."""
        document, now = self.document, context.now()
        if isinstance(document, ShipNotice) and document.purpose != "cancellation":
            ssccs.use(connection, row["usage"], ssccs.OURS, labels_of(document), document.shipment_number, row["id"], now)
        see(connection, partner, row["id"], self.translated, now, waits=False)
