"""From workspace files to what steps use: profiles and maps, or every fault that keeps them from being used."""

from collections.abc import Mapping
from dataclasses import dataclass

from maps.fault import MapError, MapFault
from maps.registry import MapRegistry
from partners.load import ConfigFault, load
from partners.model import Workspace

__all__ = ["Checked", "check_files"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Workspace and maps when there is no fault; else the faults."""

    workspace: Workspace | None
    maps: MapRegistry | None
    faults: tuple[ConfigFault, ...]


def check_files(files: Mapping[str, bytes]) -> Checked:
    """Load the profiles, and every map that an agreement names."""
    loaded = load(files)
    workspace = loaded.workspace
    if workspace is None or loaded.faults:
        return Checked(None, None, loaded.faults)
    maps = MapRegistry(workspace.map_sources)
    faults: list[ConfigFault] = []
    for partner in workspace.partners.values():
        for agreement in partner.agreements:
            if agreement.map:
                try:
                    maps.get(agreement.map)
                except MapError as error:
                    named_in = ConfigFault(f"partners/{partner.id}/partner.yaml", f"agreements.{agreement.id}.map", "")
                    faults += [_placed(fault, files, named_in) for fault in error.faults]
    faults = list(dict.fromkeys(faults))  # two agreements may name one map
    return Checked(None, None, tuple(faults)) if faults else Checked(workspace, maps, ())


def _placed(fault: MapFault, files: Mapping[str, bytes], named_in: ConfigFault) -> ConfigFault:
    """In the file of the map and at its rule; where the map has no file, at the agreement that names it."""
    file = f"{fault.map}.yaml"
    return ConfigFault(file, fault.rule, fault.message) if file in files else ConfigFault(named_in.file, named_in.path, str(fault))
