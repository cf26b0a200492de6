"""What a settings file says: partner.yaml, a template, and `own:` of gateway.yaml. `partners.load` makes the model of it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, Strict, StringConstraints, model_validator

from as2.certificate_settings import CertPair
from as2.settings import As2Settings, OwnAs2
from partners.batching import BatchSettings
from partners.delivery import DeliverySettings
from partners.duties import Expect, Owners
from partners.http_options import ApiSettings, HttpSettings
from partners.options import AckSettings, ArrivalSettings, DuplicateSettings, Options, Sla, ToleranceSettings, WriteSettings
from partners.pickups import Pickups, SftpEndpoint
from partners.scalars import Name, OneOrMany, Quoted, ShortForm, Text
from partners.sense import Checks, CrossReferences
from partners.zones import known_zone
from sftp.box_settings import BoxSettings
from sftp.settings import DropSettings

__all__ = [
    "AgreementDefaults",
    "AgreementFile",
    "AgreementOptions",
    "ContactFile",
    "EdifactIdentity",
    "FolderSettings",
    "IdentitiesFile",
    "OwnFile",
    "PartnerFile",
    "StandardFile",
    "StationFile",
    "Transports",
    "X12Identity",
]

TransportKind = Literal["as2", "sftp", "http", "folder", "dropbox"]


Zone = Annotated[str, AfterValidator(known_zone)]
Names = Annotated[tuple[Name, ...], OneOrMany()]
FieldPath = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$")]


class X12Identity(Options):
    """An address in ISA and GS."""

    qualifier: Annotated[Quoted, StringConstraints(max_length=2)]
    """ISA05 or ISA07; 02 and 2 are equal, and 02 is written."""
    id: Annotated[Quoted, StringConstraints(max_length=15)]
    """ISA06 or ISA08, without trailing blanks."""
    gs: Annotated[tuple[Quoted, ...], OneOrMany()] = ()
    """GS02 or GS03, where they narrow the address; the first is written. Absent: the id."""


class EdifactIdentity(Options):
    """An address in UNB."""

    qualifier: Annotated[Quoted, StringConstraints(max_length=4)] | None = None
    """UNB 0007; 14 says that the id is a GLN."""
    id: Annotated[Quoted, StringConstraints(max_length=35)]
    """UNB 0004 or 0010."""


class IdentitiesFile(Options):
    """How a company is called on the wire."""

    x12: tuple[X12Identity, ...] = ()
    """Addresses in X12; the first is written."""
    edifact: tuple[EdifactIdentity, ...] = ()
    """Addresses in EDIFACT; the first is written."""
    as2: Quoted | None = None
    """AS2 name."""
    gln: Quoted | None = None
    """Global location number."""


class ContactFile(Options):
    """Whom to call."""

    role: Text
    """edi, business, certificates, night."""
    name: Text | None = None
    """Name."""
    email: Text | None = None
    """Mail address."""
    phone: Text | None = None
    """Telephone number."""


class FolderSettings(Options):
    """Folders on this machine, or a share: what the quickstart, tests and old systems use. Paths start at the workspace."""

    pickup: Pickups = ()
    """Where the partner's files appear."""
    drop: DropSettings | None = None
    """Where files for the partner go."""


class Transports(Options):
    """The ways to and from the partner."""

    as2: As2Settings | None = None
    """AS2 (RFC 4130)."""
    sftp: SftpEndpoint | None = None
    """The partner's SFTP server."""
    http: HttpSettings | None = None
    """The partner's HTTP endpoint."""
    folder: FolderSettings | None = None
    """Folders."""
    dropbox: BoxSettings | None = None
    """A drop box at our own SFTP server."""
    delivery: dict[TransportKind, DeliverySettings] = Field(default_factory=dict)
    """How we deliver by each of them: rates, waits, how many at once, and what stands in for it."""

    @model_validator(mode="after")
    def _fallbacks_can_send(self) -> Self:
        for kind, said in self.delivery.items():
            if said.fallback is not None and (said.fallback == kind or said.fallback not in self.sending):
                raise ValueError(f"the fallback of {kind} is no other transport that can send")
        return self

    @property
    def sending(self) -> tuple[str, ...]:
        """The kinds by which something can be sent."""
        can = {
            "as2": self.as2 is not None and self.as2.url is not None,
            "sftp": self.sftp is not None and self.sftp.drop is not None,
            "http": self.http is not None,
            "folder": self.folder is not None and self.folder.drop is not None,
            "dropbox": self.dropbox is not None and self.dropbox.drop is not None,
        }
        return tuple(kind for kind, able in can.items() if able)


class StandardFile(Options):
    """Which document: the rule family with its release, the set, and the guide that narrows it."""

    x12: Quoted | None = None
    """X12 release, with its industry when that is agreed: 004010, 004010VICS."""
    edifact: Quoted | None = None
    """EDIFACT directory, with its association code when that is agreed: D96A, D96AEAN008."""
    json_: Quoted | None = Field(default=None, alias="json")
    """Version of the partner's own JSON form."""
    xml: Quoted | None = None
    """Version of the partner's own XML form."""
    csv: Quoted | None = None
    """Version of the partner's own CSV form."""
    fixed: Quoted | None = None
    """Version of the partner's own form of fixed width."""
    set: Quoted
    """Transaction set or message type: 850, ORDERS; a word of ours for the partner's own form."""
    guide: Text | None = None
    """File that narrows the standard: guides/850.yaml."""

    @model_validator(mode="after")
    def _one_family(self) -> Self:
        if len(self.families) != 1:
            raise ValueError("exactly one of x12, edifact, json, xml, csv and fixed, with its release")
        if self.guide is not None and self.x12 is None and self.edifact is None:
            raise ValueError("a guide narrows X12 or EDIFACT")
        return self

    @property
    def families(self) -> dict[str, str]:
        """The rule family with its release."""
        own = {"json": self.json_, "xml": self.xml, "csv": self.csv, "fixed": self.fixed}
        return {family: release for family, release in ({"x12": self.x12, "edifact": self.edifact} | own).items() if release is not None}


class AgreementOptions(Options):
    """What an agreement can say beside what it is about; `agreement_defaults` says the same for all of a direction."""

    ack: AckSettings = AckSettings()
    """Acknowledgments."""
    duplicates: DuplicateSettings = DuplicateSettings()
    """What was there before."""
    sequence: Literal["off", "notice", "hold"] = "notice"
    """Interchange numbers that do not follow each other: nobody looks, they are told and listed, or the one that shows it is held."""
    arrival: ArrivalSettings = ArrivalSettings()
    """What came too late or too early."""
    accept_with_errors: bool = False
    """A set with errors is taken all the same; the acknowledgment says so (E)."""
    on_rejected: Literal["nothing", "cancel"] = "nothing"
    """When the hub rejects a document that it was given: `cancel` tells all its sinks so, with an event `….cancelled.v1`."""
    on_error: Literal["suspend_transaction", "suspend_interchange"] = "suspend_transaction"
    """One bad set stops itself, or everything that came with it."""
    tolerance: ToleranceSettings = ToleranceSettings()
    """What is forgiven."""
    deliver_to: Names | None = None
    """Sinks of gateway.yaml that get the document; absent: all."""
    transport: TransportKind | None = None
    """How we send; absent: the only way there is, or `send_by`."""
    station: Name | None = None
    """Which of our own addresses; absent: the only one."""
    usage: Literal["test", "live"] | None = None
    """Only test or only live traffic; absent: both, each in its own lane."""
    write: WriteSettings = WriteSettings()
    """How we write."""
    batch: BatchSettings | None = None
    """For what we send: documents wait and leave together."""
    sla: Sla | None = None
    """The business answer that is expected: from us to what comes in, from the partner to what we send."""
    expect: Expect | None = None
    """A document that comes by itself, by when."""
    owners: Owners = Field(default_factory=dict)
    """Who answers for it, its map and its alarms, by role; what is not said here says the partner, then `own:`."""


class AgreementFile(AgreementOptions):
    """What was agreed for one document in one direction."""

    id: Name
    """Its name in lists, in logs and in plans."""
    direction: Literal["inbound", "outbound"]
    """From the partner to us, or from us to the partner."""
    standard: StandardFile
    """Which document."""
    document: Quoted | None = None
    """Canonical document; absent: what the set is known to carry."""
    map: Quoted | None = None
    """Map by name, with @version when pinned; absent: the partner's maps/<set>.yaml, else the standard map of the set, or EANCOM's."""
    identity: Quoted | None = None
    """Which of the partner's addresses (its id), where it has several; absent: any comes in, the first is written."""
    when: dict[FieldPath, Annotated[bool, Strict()] | Annotated[tuple[Quoted, ...], OneOrMany()]] = Field(default_factory=dict)
    """Outbound: only for documents whose fields are there (`true`), are not (`false`), or have one of these values."""


class AgreementDefaults(Options):
    """Options for all agreements of a direction; the agreement itself wins."""

    inbound: AgreementOptions | None = None
    """For what the partner sends."""
    outbound: AgreementOptions | None = None
    """For what we send."""


class PartnerFile(Options):
    """partner.yaml."""

    partner: Name
    """Its id: the name of its folder."""
    name: Text
    """The company's name."""
    status: Literal["draft", "testing", "certified", "live", "suspended"]
    """draft and suspended: nothing goes through. testing and certified: test traffic only. live: everything."""
    inherits: Names = ()
    """Templates, the more special one last; this file wins over all."""
    zone: Zone = "UTC"
    """Time zone of times without one."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """Currency of amounts without one."""
    identities: IdentitiesFile = IdentitiesFile()
    """How it is called on the wire."""
    contacts: tuple[ContactFile, ...] = ()
    """Whom to call."""
    owners: Owners = Field(default_factory=dict)
    """Who answers for this partner: a person or mailbox by role (partner, analyst, operator, hub); a plain text for all of ours."""
    transports: Transports = Transports()
    """The ways to it."""
    send_by: TransportKind | None = None
    """The way that is used where several could be."""
    api: ApiSettings = ApiSettings()
    """Its access to our API."""
    client_certs: CertPair | None = None
    """The client certificate that its TLS connections to us show."""
    xref: CrossReferences = CrossReferences()
    """Cross references: what a value that has none means, by kind."""
    checks: Checks = Field(default_factory=dict)
    """Checks of documents: `error` holds, `warn` lets go with a remark, `off` does not look. `gateway checks` lists them."""
    agreement_defaults: AgreementDefaults = AgreementDefaults()
    """Options for all agreements of a direction."""
    agreements: tuple[AgreementFile, ...] = ()
    """What was agreed."""


class StationFile(Options):
    """One of our own addresses."""

    id: Name
    """Its name in agreements."""
    x12: X12Identity | None = None
    """Address in X12."""
    edifact: EdifactIdentity | None = None
    """Address in EDIFACT."""
    as2: Annotated[OwnAs2, ShortForm({"type": "string"}, lambda said: {"as2_name": said} if isinstance(said, str) else said)] | None = None
    """AS2 name and keys; a plain text is the name."""


class OwnFile(Options):
    """`own:` of gateway.yaml: the company that runs the gateway."""

    name: Text
    """The company's name."""
    org: Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$", max_length=60)]
    """Its short name in event types and ids: com.<org>.b2b…; never changes."""
    environment: Literal["test", "live"]
    """What usage indicators we write, and which traffic is ours."""
    zone: Zone = "UTC"
    """Time zone of times that we write without one."""
    stations: Annotated[tuple[StationFile, ...], Field(min_length=1)]
    """Our addresses."""
    contacts: tuple[ContactFile, ...] = ()
    """Whom partners call; `gateway partner sheet` names them."""
    owners: Owners = Field(default_factory=dict)
    """Who answers for what no partner and no agreement says: a person or mailbox by role."""
