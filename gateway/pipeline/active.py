"""From workspace files to what steps use: profiles and maps, or every fault that keeps them from being used."""

from collections.abc import Mapping
from dataclasses import dataclass

from maps.fault import MapError
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
    faults = []
    for partner in workspace.partners.values():
        for agreement in partner.agreements:
            if agreement.map:
                try:
                    maps.get(agreement.map)
                except MapError as error:
                    faults.append(ConfigFault(f"partners/{partner.id}/partner.yaml", f"agreements.{agreement.id}.map", str(error)))
    return Checked(None, None, tuple(faults)) if faults else Checked(workspace, maps, ())
