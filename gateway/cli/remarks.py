"""What is no fault in the files of a workspace and still surprises: maps that nothing uses, certificates that come too late."""

from typing import TYPE_CHECKING

from partners.files import ConfigFault, dotted

if TYPE_CHECKING:
    from gateway.pipeline.active import Checked

__all__ = ["remarks"]


def remarks(checked: "Checked") -> list[ConfigFault]:
    """All of it. Nothing is said while the workspace has faults."""
    return [*checked.remarks, *_unused_maps(checked), *_certificates(checked)]


def _certificates(checked: "Checked") -> list[ConfigFault]:
    """Certificates that will not do what whoever named them thinks."""
    from gateway.pipeline.certificates import oddities

    found = oddities(checked.workspace) if checked.workspace is not None else ()
    return [ConfigFault(place.file, dotted(place.path), message) for place, message in found]


def _unused_maps(checked: "Checked") -> list[ConfigFault]:
    """Map files that no agreement names and no used map extends."""
    if checked.workspace is None or checked.maps is None:
        return []
    used: set[str] = set()
    for agreement in checked.workspace.agreements:
        used |= {label.partition("@")[0] for label in checked.maps.get(agreement.map).chain} if agreement.map else set()
    return [
        ConfigFault(
            f"{name}.yaml", "", f"nothing uses it: an agreement takes the map of its set's name, or the one it names (`map: {name}`)"
        )
        for name in checked.workspace.map_sources
        if name not in used
    ]
