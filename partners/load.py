"""From the files of a workspace to the workspace, or to all that is wrong with them. The files are a mapping of path to bytes:
they come from a folder (`read_files`) or from a stored revision alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from as2.certificate_settings import CertPair
from edi.grammar.model import MessageDef
from edi.guide import Guide
from partners.agree import AgreementError, Surroundings, address_of, agreement_of, identities_of
from partners.ambiguity import ambiguities
from partners.certificates import CertificateError, reader
from partners.files import ConfigFault, model_faults, parse_yaml
from partners.http_options import HttpSettings
from partners.inherit import InheritError, merge, resolve, shipped_template, shipped_templates
from partners.model import Agreement, Own, Partner, Station, Status, Workspace
from partners.profile import OwnFile, PartnerFile, Transports

__all__ = ["GATEWAY_FILE", "ConfigFault", "Loaded", "load", "read_files"]

GATEWAY_FILE: Final = "gateway.yaml"
_MAX_FILE: Final = 4 << 20
_PRIVATE: Final = b"PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workspace, or why there is none: with a single fault there is none, so that half of it never runs. Remarks are no faults."""

    workspace: Workspace | None
    faults: tuple[ConfigFault, ...]
    remarks: tuple[ConfigFault, ...] = ()


def read_files(root: Path) -> dict[str, bytes]:
    """The files of a workspace folder that belong to a revision: settings, maps, guides, public certificates.

    Keys that lie beside certificates stay out. One that was written into a settings file comes along, for `load` to refuse it.
    """
    paths = [root / GATEWAY_FILE, *root.glob("templates/*.yaml"), *root.glob("certs/*.pem"), *root.glob("partners/*/partner.yaml")]
    for pattern in ("maps/*.yaml", "guides/*.yaml", "certs/*.pem"):
        paths += root.glob(f"partners/*/{pattern}")
    found = {}
    for path in sorted(set(paths)):
        if path.is_file() and path.stat().st_size <= _MAX_FILE:
            data = path.read_bytes()
            if path.suffix != ".pem" or _PRIVATE not in data:
                found[path.relative_to(root).as_posix()] = data
    return found


def load(files: Mapping[str, bytes]) -> Loaded:
    """The workspace of these files, or every fault in them with its file and place."""
    faults = [
        ConfigFault(path, "", "a private key stands in it; keys are named, never written: env:NAME or file:PATH")
        for path in sorted(files)
        if path.endswith(".yaml") and _PRIVATE in files[path]
    ]
    own, sinks = _gateway(files, faults)
    templates = _templates(files, faults)
    map_sources = _map_sources(files, faults)
    partners: list[Partner] = []
    remarks: list[ConfigFault] = []
    if own is not None:
        for partner_id in _partner_ids(files):
            partner_reader = _Reader(files, faults, own, sinks, frozenset(map_sources), templates)
            partner = partner_reader.partner(partner_id)
            partners += [partner] if partner else []
            remarks += partner_reader.remarks
        faults += ambiguities(partners)
    if faults or own is None:
        return Loaded(None, tuple(faults))
    return Loaded(Workspace(own, {partner.id: partner for partner in partners}, map_sources, dict(files)), (), tuple(remarks))


def _gateway(files: Mapping[str, bytes], faults: list[ConfigFault]) -> tuple[Own | None, tuple[str, ...]]:
    """Ourselves, and the names of the sinks; the rest of gateway.yaml is the gateway's own."""
    if GATEWAY_FILE not in files:
        faults.append(ConfigFault(GATEWAY_FILE, "", "required: it says who we are"))
        return None, ()
    data = parse_yaml(GATEWAY_FILE, files[GATEWAY_FILE], faults)
    if data is None:
        return None, ()
    sinks = data.get("sinks") or {}
    names = tuple(sinks) if isinstance(sinks, Mapping) else ()
    try:
        said = OwnFile.model_validate(data.get("own") or {})
    except ValidationError as error:
        faults += model_faults(GATEWAY_FILE, error, ("own",))
        return None, names
    read = reader(files, "certs/", "")
    stations = []
    for index, station in enumerate(said.stations):
        try:
            as2 = station.as2.with_certificates(read) if station.as2 else None
        except CertificateError as error:
            faults.append(ConfigFault(GATEWAY_FILE, f"own.stations[{index}].as2", str(error)))
            continue
        x12 = address_of(station.x12) if station.x12 else None
        edifact = address_of(station.edifact) if station.edifact else None
        stations.append(Station(station.id, x12, edifact, as2))
    if len({station.id for station in said.stations}) < len(said.stations):
        faults.append(ConfigFault(GATEWAY_FILE, "own.stations", "two stations have the same id"))
    return Own(said.name, said.org, said.environment, said.zone, tuple(stations), said.contacts, said.owners), names


def _templates(files: Mapping[str, bytes], faults: list[ConfigFault]) -> dict[str, Mapping[str, Any]]:
    """The workspace's own templates and those that the package brings, which no one may shadow."""
    found: dict[str, Mapping[str, Any]] = {}
    for name in shipped_templates():
        text = shipped_template(name)
        assert text is not None
        data = parse_yaml(f"{name} (shipped)", text.encode(), faults)
        found |= {name: data} if data is not None else {}
    for path in sorted(files):
        folder, _, file = path.rpartition("/")
        if folder != "templates" or not file.endswith(".yaml"):
            continue
        name = file.removesuffix(".yaml")
        if name in shipped_templates():
            faults.append(ConfigFault(path, "", "a template of this name comes with the gateway; take another name"))
            continue
        data = parse_yaml(path, files[path], faults)
        found |= {name: data} if data is not None else {}
    return found


def _map_sources(files: Mapping[str, bytes], faults: list[ConfigFault]) -> dict[str, str]:
    """Partners' maps by name: the path without its ending. `maps` reads what is in them."""
    found = {}
    for path in sorted(files):
        parts = path.split("/")
        if len(parts) == 4 and parts[0] == "partners" and parts[2] == "maps" and path.endswith(".yaml"):
            try:
                found[path.removesuffix(".yaml")] = files[path].decode("utf-8-sig")
            except UnicodeDecodeError:
                faults.append(ConfigFault(path, "", "not UTF-8"))
    return found


def _partner_ids(files: Mapping[str, bytes]) -> list[str]:
    return sorted({parts[1] for path in files if len(parts := path.split("/")) > 2 and parts[0] == "partners"})


class _Reader:
    """Reads partners, and collects what is wrong with them."""

    def __init__(
        self,
        files: Mapping[str, bytes],
        faults: list[ConfigFault],
        own: Own,
        sinks: tuple[str, ...],
        map_names: frozenset[str],
        templates: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._files = files
        self._faults = faults
        self._own = own
        self._sinks = sinks
        self._map_names = map_names
        self._templates = templates
        self._file = ""
        self.remarks: list[ConfigFault] = []  #: what is no fault and still surprises

    def partner(self, partner_id: str) -> Partner | None:
        """The partner of one folder; None, with faults, when the file is wrong."""
        self._file = f"partners/{partner_id}/partner.yaml"
        said = self._said(partner_id)
        if said is None:
            return None
        folder = f"partners/{partner_id}/"
        transports = self._transports(said, folder)
        around = Surroundings(self._own, said, self._sinks, self._map_names, lambda name, message: self._guide(folder + name, message))
        agreements = self._agreements(said, around)
        identities = identities_of(said.identities)
        return Partner(
            id=said.partner,
            name=said.name,
            status=Status(said.status),
            zone=said.zone,
            currency=said.currency,
            identities=identities,
            transports=transports,
            api=said.api,
            agreements=agreements,
            contacts=said.contacts,
            owners=said.owners,
            send_by=said.send_by or next(iter(transports.sending), None),
            xref=said.xref,
            checks=said.checks,
            client_certs=self._client_certs(said, folder),
        )

    def _fault(self, path: str, message: str) -> None:
        self._faults.append(ConfigFault(self._file, path, message))

    def _said(self, partner_id: str) -> PartnerFile | None:
        if self._file not in self._files:
            self._fault("", "required: every folder of partners has one")
            return None
        data = parse_yaml(self._file, self._files[self._file], self._faults)
        if data is None:
            return None
        try:
            said = PartnerFile.model_validate(_with_defaults(resolve(data, self._templates.get)))
        except InheritError as error:
            self._fault("inherits", str(error))
            return None
        except ValidationError as error:
            self._faults += model_faults(self._file, error)
            return None
        if said.partner != partner_id:
            self._fault("partner", "the name of the folder is expected")
        return said

    def _transports(self, said: PartnerFile, folder: str) -> Transports:
        """The transports with the certificates in place of the names of their files."""
        transports = said.transports.model_copy(update={"http": self._http(said, folder)})
        as2 = transports.as2
        if as2 is None:
            return transports
        if as2.as2_name is None and said.identities.as2 is None:
            self._fault("identities.as2", "required: the partner's AS2 name")
        if not any(station.as2 for station in self._own.stations):
            self._fault("transports.as2", "none of our stations has an AS2 name in gateway.yaml")
        missing = (as2.require_signed and as2.certs.verify is None) or (as2.url and as2.encrypt and as2.certs.encrypt is None)
        if missing and said.status != "draft":  # of a draft our page can be sent to the partner before its certificates have come
            self._fault("transports.as2.certs", "required: signatures are verified and messages encrypted with the partner's certificates")
        try:
            as2 = as2.with_certificates(reader(self._files, f"{folder}certs/", folder))
        except CertificateError as error:
            self._fault("transports.as2.certs", str(error))
        return transports.model_copy(update={"as2": as2})

    def _client_certs(self, said: PartnerFile, folder: str) -> CertPair | None:
        try:
            return said.client_certs.loaded(reader(self._files, f"{folder}certs/", folder)) if said.client_certs else None
        except CertificateError as error:
            self._fault("client_certs", str(error))
            return None

    def _http(self, said: PartnerFile, folder: str) -> HttpSettings | None:
        http = said.transports.http
        try:
            return http.with_certificates(reader(self._files, f"{folder}certs/", folder, "certs/")) if http is not None else None
        except CertificateError as error:
            self._fault("transports.http", str(error))
            return http

    def _agreements(self, said: PartnerFile, around: Surroundings) -> tuple[Agreement, ...]:
        found: dict[str, Agreement] = {}
        for index, agreement in enumerate(said.agreements):
            if agreement.id in found:
                self._fault(f"agreements[{index}].id", "another agreement has the same id")
            try:
                found[agreement.id] = agreement_of(agreement, around)
            except AgreementError as error:
                self._fault(f"agreements[{index}].{error.place}", str(error))
        return tuple(found.values())

    def _guide(self, path: str, message: MessageDef | None) -> Mapping[str, Any] | None:
        """A guide, checked against the set that it narrows, where that is built in."""
        if path not in self._files:
            raise AgreementError("standard.guide", f"there is no {path}")
        guide = parse_yaml(path, self._files[path], self._faults)
        for fault in Guide.examine(guide or {}, message)[1]:
            told = self._faults if fault.fatal else self.remarks
            told.append(ConfigFault(path, fault.place, fault.message))
        return guide


def _with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """Every agreement over the defaults of its direction. What has the wrong shape stays, for the model to refuse."""
    defaults, agreements = data.get("agreement_defaults"), data.get("agreements")
    if not isinstance(defaults, Mapping) or not isinstance(agreements, list):
        return data

    def complete(agreement: Any) -> Any:
        if not isinstance(agreement, Mapping):
            return agreement
        below = defaults.get(str(agreement.get("direction")))
        return merge(below, agreement) if isinstance(below, Mapping) else agreement

    return {**data, "agreements": [complete(agreement) for agreement in agreements]}
