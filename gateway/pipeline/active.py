"""From workspace files to what steps use: profiles and maps, or every fault that keeps them from being used."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from as2.keys import OwnKeys
from canonical.rules.catalog import RULES
from edi.guide import Guide
from gateway.settings import SettingsError, parse_settings
from maps.fault import MapError, MapFault
from maps.registry import MapRegistry
from maps.run import Map
from partners.load import GATEWAY_FILE, ConfigFault, load
from partners.model import Agreement, Workspace

__all__ = ["Active", "Checked", "check_files"]


@dataclass(frozen=True, slots=True)
class Active:
    """The revision in force. `apply` replaces it as a whole, so a step that has begun keeps what it began with."""

    number: int
    workspace: Workspace
    maps: MapRegistry
    own_keys: dict[str, OwnKeys] = field(default_factory=dict, compare=False, repr=False)  #: by station, read when first needed
    _guides: dict[tuple[str, str], Guide] = field(default_factory=dict, compare=False, repr=False)

    def guide(self, agreement: Agreement) -> Guide | None:
        """The partner's narrowing of the standard, parsed once per revision."""
        if agreement.guide is None:
            return None
        key = (agreement.partner_id, agreement.id)
        if key not in self._guides:
            self._guides[key] = Guide.parse(agreement.guide)
        return self._guides[key]


@dataclass(frozen=True, slots=True)
class Checked:
    """Workspace and maps when there is no fault; else the faults. Remarks are of files that can be used."""

    workspace: Workspace | None
    maps: MapRegistry | None
    faults: tuple[ConfigFault, ...]
    remarks: tuple[ConfigFault, ...] = ()


def check_files(files: Mapping[str, bytes]) -> Checked:
    """Load the profiles, every map that an agreement names, and the gateway's own settings."""
    loaded = load(files)
    workspace = loaded.workspace
    faults = [*loaded.faults, *_faults_of_settings(files)]
    if workspace is None or faults:
        return Checked(None, None, tuple(dict.fromkeys(faults)))  # what is no YAML is none to both readers
    maps = MapRegistry(workspace.map_sources)
    for partner in workspace.partners.values():
        for agreement in partner.agreements:
            if agreement.map:
                named_in = ConfigFault(f"partners/{partner.id}/partner.yaml", f"agreements.{agreement.id}.map", "")
                try:
                    faults += _faults_of_use(agreement, maps.agreed(agreement.map, agreement.industry), named_in)
                except MapError as error:
                    faults += [_placed(fault, files, named_in) for fault in error.faults]
    faults += _faults_of_checks(workspace)
    faults = list(dict.fromkeys(faults))  # two agreements may name one map
    return Checked(None, None, tuple(faults)) if faults else Checked(workspace, maps, (), tuple(dict.fromkeys(loaded.remarks)))


def _faults_of_use(agreement: Agreement, found: Map, named_in: ConfigFault) -> list[ConfigFault]:
    """A map for another rule family or document than was agreed."""
    pairs = ((found.syntax, agreement.standard), (found.document_type, agreement.document))
    wrong = [f"the map is for {is_for}, the agreement for {agreed}" for is_for, agreed in pairs if is_for != agreed]
    return [ConfigFault(named_in.file, named_in.path, message) for message in wrong]


def _faults_of_settings(files: Mapping[str, bytes]) -> list[ConfigFault]:
    """`load` reads `own:` of gateway.yaml; a wrong sink or limit would keep the gateway from its next start."""
    try:
        parse_settings(files.get(GATEWAY_FILE, b""))
    except SettingsError as error:
        return [ConfigFault(GATEWAY_FILE, place, message) for place, message in error.faults]
    return []


def _faults_of_checks(workspace: Workspace) -> list[ConfigFault]:
    """Switches of checks that do not exist; partners' files do not know documents, so this is where it shows."""
    return [
        ConfigFault(f"partners/{partner.id}/partner.yaml", f"checks.{name}", "there is no such check; `gateway checks` lists them")
        for partner in workspace.partners.values()
        for name in partner.checks
        if name not in RULES
    ]


def _placed(fault: MapFault, files: Mapping[str, bytes], named_in: ConfigFault) -> ConfigFault:
    """In the file of the map and at its rule, with what would mend it; where the map has no file, at the agreement that names it."""
    file = f"{fault.map}.yaml"
    message = f"{fault.message}; {fault.hint}" if fault.hint else fault.message
    return ConfigFault(file, fault.rule, message) if file in files else ConfigFault(named_in.file, named_in.path, str(fault))
