"""Who we are, whom we trade with, and what was agreed: what the rest of the gateway sees of a workspace. Made by `partners.load`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from as2.certificate_settings import CertPair
from as2.settings import OwnAs2
from edi.tolerance import STANDARD, Tolerance
from edi.values import Identity
from partners.batching import BatchSettings
from partners.duties import Expect, Role, person_of
from partners.http_options import ApiSettings
from partners.options import AckSettings, ArrivalSettings, DuplicateSettings, Sla, WriteSettings
from partners.profile import ContactFile, Transports
from partners.sense import CrossReferences
from partners.when import Wanted

__all__ = ["OWN_FORMS", "Address", "Agreement", "Direction", "Identities", "Own", "Partner", "Station", "Status", "Workspace", "comparable"]


OWN_FORMS: Final = frozenset({"json", "xml", "csv", "fixed"})  #: rule families without a standard: each partner has its own form


class Direction(StrEnum):
    """Seen from us."""

    INBOUND = "inbound"  #: partner to us
    OUTBOUND = "outbound"  #: us to partner


class Status(StrEnum):
    """How far a partner is."""

    DRAFT = "draft"
    TESTING = "testing"
    CERTIFIED = "certified"
    LIVE = "live"
    SUSPENDED = "suspended"

    def takes(self, usage: str) -> bool:
        """Whether traffic of this usage goes through."""
        return self is Status.LIVE or (self in {Status.TESTING, Status.CERTIFIED} and usage == "test")


@dataclass(frozen=True, slots=True)
class Address:
    """How somebody is called on the wire: the identity of the interchange, and the group codes that narrow it."""

    identity: Identity
    groups: tuple[str, ...] = ()  #: GS02/GS03; empty: any comes in, the id is written

    @property
    def group(self) -> str:
        """The code that is written into GS02 or GS03."""
        return self.groups[0] if self.groups else self.identity.id


@dataclass(frozen=True, slots=True)
class Identities:
    """A partner's names on the wire."""

    x12: tuple[Address, ...] = ()
    edifact: tuple[Address, ...] = ()
    as2: str | None = None
    gln: str | None = None

    def of(self, standard: str) -> tuple[Address, ...]:
        """The addresses in one rule family; none in forms without an envelope."""
        return {"x12": self.x12, "edifact": self.edifact}.get(standard, ())


@dataclass(frozen=True, slots=True)
class Station:
    """One of our own addresses."""

    id: str
    x12: Address | None = None
    edifact: Address | None = None
    as2: OwnAs2 | None = None

    def of(self, standard: str) -> Address | None:
        """The address in one rule family."""
        return {"x12": self.x12, "edifact": self.edifact}.get(standard)


@dataclass(frozen=True, slots=True)
class Own:
    """The company that runs the gateway: `own:` of gateway.yaml."""

    name: str
    org: str
    environment: str  #: "test" or "live"
    zone: str
    stations: tuple[Station, ...]
    contacts: tuple[ContactFile, ...] = ()  #: whom partners call
    owners: Mapping[Role, str] = field(default_factory=dict)  #: role -> person or mailbox

    @property
    def tzinfo(self) -> tzinfo:
        """Our time zone."""
        return ZoneInfo(self.zone)

    def station(self, station_id: str) -> Station:
        """One of our addresses by its name. Raises KeyError."""
        return {station.id: station for station in self.stations}[station_id]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed for one partner, station, direction and set."""

    id: str
    partner_id: str
    direction: Direction
    standard: str  #: "x12", "edifact", or one of OWN_FORMS
    release: str  #: "004010", "D96A"; of partners' own forms their version
    industry: str  #: "VICS", "EAN008" when that is agreed too
    set_id: str
    document: str  #: "Order"
    map: str  #: "x12/004010/850", "partners/northmart/maps/850", with "@3" when pinned
    station: str
    guide: Mapping[str, Any] | None = field(default=None, repr=False)  #: the partner's narrowing, for `edi.guide`
    tolerance: Tolerance = STANDARD
    ack: AckSettings = field(default_factory=AckSettings)
    duplicates: DuplicateSettings = field(default_factory=DuplicateSettings)
    sequence: str = "notice"  #: "off", "notice", "hold": what a gap in the partner's numbers means
    arrival: ArrivalSettings = field(default_factory=ArrivalSettings)
    accept_with_errors: bool = False
    on_error: str = "suspend_transaction"
    on_rejected: str = "nothing"  #: or "cancel"
    deliver_to: tuple[str, ...] = ()  #: sinks of gateway.yaml
    to_every_sink: bool = False  #: no sink is named: those that gateway.yaml has when a document comes, also ones that are new
    transport: str | None = None  #: how we send: the document of an outbound agreement, the acknowledgment of an inbound one
    usage: str | None = None  #: "test" or "live"; None: both
    when: Mapping[str, Wanted] = field(default_factory=dict)  #: which documents it is for, where others of this partner carry the same
    write: WriteSettings = field(default_factory=WriteSettings)
    batch: BatchSettings | None = None  #: outbound: documents wait and leave together
    sla: Sla | None = None
    expect: Expect | None = None
    owners: Mapping[Role, str] = field(default_factory=dict)  #: role -> person or mailbox
    own_address: Address | None = None  #: ours on the wire; None in forms without an envelope
    partner_addresses: tuple[Address, ...] = ()  #: the partner's; the first is written

    @property
    def partner_address(self) -> Address | None:
        """The partner's address that is written."""
        return self.partner_addresses[0] if self.partner_addresses else None

    @property
    def interchange_version(self) -> str:
        """What stands in ISA12 or UNB 0002: as agreed, else what goes with the release."""
        return self.write.version or {"x12": self.release[:5], "edifact": "3"}.get(self.standard, "")

    @property
    def functional_ack(self) -> str | None:
        """What answers on the syntax level: "997", "999", "CONTRL" or nothing."""
        usual = {"x12": "997", "edifact": "CONTRL"}.get(self.standard)
        return None if self.ack.functional == "none" else self.ack.functional or usual

    @property
    def ack_requested(self) -> bool:
        """Whether our envelope asks for an answer (ISA14, UNB 0031): many send a CONTRL only to who asks; a TA1 is asked for by name."""
        said = self.write.ack_requested
        return said if said is not None else self.standard == "edifact" and self.ack.expect and self.functional_ack is not None


@dataclass(frozen=True, slots=True)
class Partner:
    """One trading partner: partner.yaml, inherited and resolved."""

    id: str
    name: str
    status: Status
    zone: str
    currency: str | None
    identities: Identities
    transports: Transports
    api: ApiSettings
    agreements: tuple[Agreement, ...]
    contacts: tuple[ContactFile, ...] = ()
    owners: Mapping[Role, str] = field(default_factory=dict)  #: role -> person or mailbox
    send_by: str | None = None  #: how to send where no agreement says otherwise
    xref: CrossReferences = field(default_factory=CrossReferences)
    checks: Mapping[str, str] = field(default_factory=dict)  #: switches of checks: "error", "warn", "off"
    client_certs: CertPair | None = None  #: what its TLS connections to us show; `as2.keys.accepted` says which count now

    @property
    def tzinfo(self) -> tzinfo:
        """The zone of times that the partner writes without one."""
        return ZoneInfo(self.zone)

    @property
    def as2_name(self) -> str | None:
        """The partner's AS2 name."""
        settings = self.transports.as2
        return (settings.as2_name if settings else None) or self.identities.as2

    def agreement(self, agreement_id: str) -> Agreement:
        """One agreement by its id. Raises KeyError."""
        return {agreement.id: agreement for agreement in self.agreements}[agreement_id]


@dataclass(frozen=True)
class Workspace:
    """Everything that the user's folder says: ourselves, partners, maps, and the bytes that it was read from."""

    own: Own
    partners: Mapping[str, Partner]
    map_sources: Mapping[str, str] = field(default_factory=dict, repr=False)  #: map name -> YAML text
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def agreements(self) -> Iterator[Agreement]:
        """All agreements of all partners."""
        return (agreement for partner in self.partners.values() for agreement in partner.agreements)

    def person_of(self, role: str, partner_id: str | None, agreement_id: str | None = None) -> str | None:
        """Who acts in a role: as the agreement says, else the partner, else `own:`; None where nobody is named.

        A partner's side that no `owners` names is its contact for EDI, or whoever it names first.
        """
        partner = self.partners.get(partner_id or "")
        agreement = next((one for one in partner.agreements if one.id == agreement_id), None) if partner else None
        named = person_of(role, *(one.owners for one in (agreement, partner, self.own) if one is not None))
        if named is not None or role != "partner" or partner is None:
            return named
        contact = next((one for one in partner.contacts if one.role == "edi"), next(iter(partner.contacts), None))
        return (contact.email or contact.name or contact.phone) if contact is not None else None

    @cached_property
    def partners_by_address(self) -> Mapping[tuple[str, Identity], tuple[str, ...]]:
        """(rule family, identity) -> ids of the partners that are called so."""
        found: dict[tuple[str, Identity], list[str]] = {}
        for partner in self.partners.values():
            for standard in ("x12", "edifact"):
                for address in partner.identities.of(standard):
                    ids = found.setdefault((standard, comparable(address.identity)), [])
                    if partner.id not in ids:
                        ids.append(partner.id)
        return {key: tuple(ids) for key, ids in found.items()}


def comparable(identity: Identity) -> Identity:
    """An identity as it is compared: blanks around it do not count, and the qualifiers 02 and 2 are equal."""
    qualifier = identity.qualifier.strip()
    if qualifier.isdigit():
        qualifier = qualifier.lstrip("0") or "0"
    return Identity(qualifier, identity.id.strip())
