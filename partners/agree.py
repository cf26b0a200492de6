"""From what an agreement says in a file to the agreement itself: names resolved to addresses, stations, maps and guides."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from edi.grammar.model import MessageDef
from edi.grammar.nearest import resolve
from edi.values import Identity, Standard
from partners.batching import BatchSettings
from partners.identify import split_release
from partners.model import OWN_FORMS, Address, Agreement, Direction, Identities, Own, Station
from partners.options import AckSettings
from partners.profile import AgreementFile, EdifactIdentity, IdentitiesFile, PartnerFile, StandardFile, X12Identity
from partners.when import Wanted

__all__ = ["AgreementError", "Surroundings", "address_of", "agreement_of", "identities_of"]

#: what a set is known to carry, so that most agreements need not say it
DOCUMENTS: Final[Mapping[tuple[str, str], str]] = {
    ("x12", "180"): "ReturnAuthorization",
    ("x12", "204"): "LoadTender",
    ("x12", "210"): "FreightInvoice",
    ("x12", "214"): "ShipmentStatus",
    ("x12", "810"): "Invoice",
    ("x12", "820"): "RemittanceAdvice",
    ("x12", "824"): "ApplicationAdvice",
    ("x12", "832"): "ItemCatalog",
    ("x12", "846"): "InventoryReport",
    ("x12", "850"): "Order",
    ("x12", "852"): "SalesReport",
    ("x12", "855"): "OrderAcknowledgment",
    ("x12", "856"): "ShipNotice",
    ("x12", "860"): "OrderChange",
    ("x12", "861"): "Receipt",
    ("x12", "865"): "OrderAcknowledgment",
    ("x12", "940"): "WarehouseOrder",
    ("x12", "943"): "StockTransferNotice",
    ("x12", "944"): "StockTransferReceipt",
    ("x12", "945"): "WarehouseShipmentConfirmation",
    ("x12", "947"): "InventoryAdjustment",
    ("x12", "990"): "LoadTenderResponse",
    ("edifact", "APERAK"): "ApplicationAdvice",
    ("edifact", "DESADV"): "ShipNotice",
    ("edifact", "IFTMIN"): "LoadTender",
    ("edifact", "IFTSTA"): "ShipmentStatus",
    ("edifact", "INVOIC"): "Invoice",
    ("edifact", "INVRPT"): "InventoryReport",
    ("edifact", "ORDCHG"): "OrderChange",
    ("edifact", "ORDERS"): "Order",
    ("edifact", "ORDRSP"): "OrderAcknowledgment",
    ("edifact", "PRICAT"): "ItemCatalog",
    ("edifact", "RECADV"): "Receipt",
    ("edifact", "REMADV"): "RemittanceAdvice",
    ("edifact", "SLSRPT"): "SalesReport",
}


class AgreementError(Exception):
    """The agreement names something that is not there. `place` is where in the agreement it does."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(message)
        self.place = place


class Surroundings:
    """What the agreements of one partner can refer to."""

    def __init__(
        self,
        own: Own,
        partner: PartnerFile,
        sinks: tuple[str, ...],
        map_names: frozenset[str],
        guide: Callable[[str, MessageDef | None], Mapping[str, Any] | None],
    ) -> None:
        self.own = own
        self.partner = partner
        self.identities = identities_of(partner.identities)
        self.sinks = sinks
        self.map_names = map_names
        self.guide = guide  #: reads a guide of the partner for a set; None when it is not there (why it is wrong is reported apart)


def identities_of(said: IdentitiesFile) -> Identities:
    """A partner's names on the wire."""
    return Identities(tuple(map(address_of, said.x12)), tuple(map(address_of, said.edifact)), said.as2, said.gln)


def address_of(said: X12Identity | EdifactIdentity) -> Address:
    """One address, as it is written: a qualifier of X12 has two characters (ISA05 and ISA07), so 8 is 08."""
    if isinstance(said, X12Identity):
        qualifier = said.qualifier.zfill(2) if said.qualifier.isdigit() else said.qualifier
        return Address(Identity(qualifier, said.id), said.gs)
    return Address(Identity(said.qualifier or "", said.id))


def agreement_of(said: AgreementFile, around: Surroundings) -> Agreement:
    """The agreement that the file means. Raises AgreementError for the first name that leads nowhere."""
    family, release = _family(said.standard)
    direction = Direction(said.direction)
    bare, industry = split_release(family, release)
    station = _station(said, around.own, family)
    return Agreement(
        id=said.id,
        partner_id=around.partner.partner,
        direction=direction,
        standard=family,
        release=bare,
        industry=industry,
        set_id=said.standard.set,
        document=_document(said, family),
        map=_map(said, around, family, bare),
        station=station.id,
        guide=_guide(said, around, family, bare),
        tolerance=said.tolerance.tolerance(),
        ack=_ack(said, family),
        duplicates=said.duplicates,
        sequence=said.sequence,
        arrival=said.arrival,
        accept_with_errors=said.accept_with_errors,
        on_error=said.on_error,
        on_rejected=said.on_rejected,
        deliver_to=_sinks(said, around, direction),
        to_every_sink=said.deliver_to is None and direction is Direction.INBOUND,
        transport=_transport(said, around),
        usage=said.usage,
        when=_when(said, direction),
        write=said.write,
        batch=_batch(said, family, direction),
        sla=said.sla,
        expect=said.expect,
        owners=said.owners,
        own_address=station.of(family),
        partner_addresses=_addresses(said, around.identities, family),
    )


def _batch(said: AgreementFile, family: str, direction: Direction) -> BatchSettings | None:
    if said.batch is not None and direction is Direction.INBOUND:
        raise AgreementError("batch", "only what we send leaves in batches")
    if said.batch is not None and family in OWN_FORMS:
        raise AgreementError("batch", "only X12 and EDIFACT have interchanges that hold several sets")
    return said.batch


def _family(standard: StandardFile) -> tuple[str, str]:
    [(family, release)] = standard.families.items()
    return family, release


def _station(said: AgreementFile, own: Own, family: str) -> Station:
    stations = [station for station in own.stations if said.station in {None, station.id}]
    if not stations:
        raise AgreementError("station", "gateway.yaml has no such station")
    able = [station for station in stations if family in OWN_FORMS or station.of(family) is not None]
    if not able:
        form = {"x12": '{qualifier: "ZZ", id: "…"}', "edifact": '{qualifier: "14", id: "…"}'}[family]
        raise AgreementError("station", f"our station has no {family} address: under own.stations in gateway.yaml write {family}: {form}")
    if len(able) > 1:
        raise AgreementError("station", "several of our stations could be meant; name one")
    return able[0]


def _document(said: AgreementFile, family: str) -> str:
    document = said.document or DOCUMENTS.get((family, said.standard.set))
    if document is None:
        raise AgreementError("document", "required: nobody knows which document this set carries")
    return document


def _map(said: AgreementFile, around: Surroundings, family: str, release: str) -> str:
    overlay = f"partners/{around.partner.partner}/maps/{said.standard.set.lower()}"
    if said.map is not None:
        name = said.map.partition("@")[0]
        if name.startswith("partners/") and name not in around.map_names:
            raise AgreementError("map", "there is no file of this map in the workspace")
        return said.map
    if overlay in around.map_names:
        return overlay
    if family in OWN_FORMS:
        raise AgreementError("map", "required: a partner's own form has no standard map")
    return f"{family}/{release.lower()}/{said.standard.set.lower()}"


def _guide(said: AgreementFile, around: Surroundings, family: str, release: str) -> Mapping[str, Any] | None:
    if said.standard.guide is None:
        return None
    found = resolve(Standard(family), release, said.standard.set)
    return around.guide(said.standard.guide, found.message if found else None)


def _ack(said: AgreementFile, family: str) -> AckSettings:
    wrong = {"x12": {"CONTRL"}, "edifact": {"997", "999"}}.get(family, {"997", "999", "CONTRL"})
    if said.ack.functional in wrong:
        raise AgreementError("ack.functional", "the other rule family's acknowledgment")
    return said.ack


def _sinks(said: AgreementFile, around: Surroundings, direction: Direction) -> tuple[str, ...]:
    if direction is Direction.OUTBOUND:
        if said.deliver_to is not None:
            raise AgreementError("deliver_to", "what we send goes to the partner, not to a sink")
        return ()
    if said.deliver_to is None:
        return around.sinks
    if not set(said.deliver_to) <= set(around.sinks):
        raise AgreementError("deliver_to", "gateway.yaml has no such sink")
    return said.deliver_to


def _when(said: AgreementFile, direction: Direction) -> Mapping[str, Wanted]:
    if said.when and direction is Direction.INBOUND:
        raise AgreementError("when", "what comes in is told by its envelope and set")
    return said.when


def _transport(said: AgreementFile, around: Surroundings) -> str | None:
    able = around.partner.transports.sending
    named = said.transport or around.partner.send_by
    if named is not None and named not in able:
        raise AgreementError("transport", "the partner has no such transport that sends: as2 needs a url, sftp and folder a drop")
    if named is None and len(able) > 1:
        raise AgreementError("transport", f"several ways could be meant ({', '.join(able)}); name one here or in send_by")
    return named or (able[0] if able else None)


def _addresses(said: AgreementFile, identities: Identities, family: str) -> tuple[Address, ...]:
    if family in OWN_FORMS:
        return ()
    addresses = tuple(address for address in identities.of(family) if said.identity in {None, address.identity.id})
    if not addresses:
        place = "identity" if said.identity else "standard"
        raise AgreementError(place, f"the partner has no such {family} identity")
    return addresses
