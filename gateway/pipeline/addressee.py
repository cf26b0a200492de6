"""For whom a document of the hub is, where the hub does not say it: whose order it names, else whose id its receiver has."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from canonical.base import Document
from canonical.party import Party
from gateway.errors import Cause, Refusal
from gateway.pipeline.correlation import orders_named, partner_for
from partners.model import Direction, Identities, Workspace

__all__ = ["addressee", "expect_addressee"]

#: document -> the roles of whom it is sent to; the first that has an id counts. Documents that go either way are not here.
_RECEIVERS: Final[Mapping[str, tuple[str, ...]]] = {
    "Invoice": ("buyer",),
    "ItemCatalog": ("buyer",),
    "LoadTender": ("carrier",),
    "Order": ("seller", "supplier"),
    "OrderAcknowledgment": ("buyer",),
    "OrderChange": ("seller", "supplier"),
    "Receipt": ("seller", "supplier"),
    "RemittanceAdvice": ("payee",),
    "ShipNotice": ("buyer",),
    "StockTransferNotice": ("warehouse",),
    "WarehouseOrder": ("warehouse",),
}
_GIVEN_OUT: Final = frozenset({None, "gln", "duns", "duns4", "scac", "mutual"})  #: ids that are the same whoever says them


def addressee(workspace: Workspace, connection: Connection, document: Document, usage: str) -> str | None:
    """The partner; None where nobody is meant, or several may be. What orders somebody begins an exchange: its receiver says it first."""

    def by_orders() -> str | None:
        return partner_for(workspace, document.document_type, orders_named(connection, workspace.own.org, document.purchase_orders, usage))

    if document.document_type == "Order":
        return _by_party(workspace, document) or by_orders()
    return by_orders() or _by_party(workspace, document)


def expect_addressee(document: Document) -> None:
    """Raises Refusal for a document without a partner that has no order to wait for: as it is, it would never leave."""
    if document.purchase_orders and document.document_type != "Order":
        return
    roles, said = _RECEIVERS.get(document.document_type, ()), _receiver(document)
    absent = "the parameter `partner` (in an event `partnerid`) is missing"
    if not roles:
        raise Refusal(Cause.RECEIVER_UNKNOWN, absent)
    role = said[0] if said is not None else roles[0]
    words = "the id is not that of exactly one partner" if said is not None else "the receiver's id is missing"
    fault = {"code": "receiver-unknown", "severity": "error", "path": f"$.parties.{role}.id", "message": words}
    raise Refusal(Cause.RECEIVER_UNKNOWN, f"{absent}; at `parties.{role}.id` {words}", faults=[fault])


def _receiver(document: Document) -> tuple[str, Party] | None:
    parties = getattr(document, "parties", None)
    for role in _RECEIVERS.get(document.document_type, ()):
        party = getattr(parties, role, None)
        if party is not None and party.id:
            return role, party
    return None


def _by_party(workspace: Workspace, document: Document) -> str | None:
    said = _receiver(document)
    if said is None or said[1].id_scheme not in _GIVEN_OUT:
        return None
    fits = {id_ for id_, partner in workspace.partners.items() if said[1].id in _ids(partner.identities)}
    takes = {a.partner_id for a in workspace.agreements if a.direction is Direction.OUTBOUND and a.document == document.document_type}
    meant = fits & takes or fits
    return meant.pop() if len(meant) == 1 else None


def _ids(identities: Identities) -> set[str]:
    addresses = (*identities.x12, *identities.edifact)
    return {address.identity.id.strip() for address in addresses} | ({identities.gln} if identities.gln else set())
