"""Which map a person means: by its name, its file, its partner and set, or its set alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.cli.output import CliError, ExitCode
from maps.fault import Faults, MapError
from maps.registry import MapRegistry
from maps.run import Map
from maps.source import read_yaml

__all__ = ["NamedMap", "named_map", "own_maps", "sources_of"]

_STANDARDS: Final = ("x12/004010", "edifact/d96a", "x12/005010", "edifact/d01b")


class NamedMap:
    """A map with the registry that made it, so that what it extends is the same."""

    def __init__(self, registry: MapRegistry, name: str) -> None:
        self.registry, self.name = registry, name

    @property
    def map(self) -> Map:
        """The map. Raises `CliError` that lists its faults."""
        try:
            return self.registry.get(self.name)
        except MapError as error:
            more = "".join(f"\n  {fault}" for fault in error.faults)
            raise CliError(f"the map {self.name} has {len(error.faults)} fault(s):{more}", "Correct the map file.") from None


def sources_of(root: Path) -> dict[str, str]:
    """The texts of the maps in a workspace, whatever else is wrong in it."""
    found = {}
    for path in sorted((*root.glob("partners/*/maps/*.yaml"), *root.glob("parts/*.yaml"))):
        try:
            found[path.relative_to(root).as_posix().removesuffix(".yaml")] = path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue
    return found


def own_maps(sources: Mapping[str, str]) -> list[str]:
    """Those that are maps, not parts of maps."""
    return [name for name in sources if name.startswith("partners/")]


def named_map(root: Path, text: str) -> NamedMap:
    """`x12/004010/850`, `northmart/850`, `850`, or a file. Raises `CliError` when nothing is meant by it."""
    sources = sources_of(root)
    registry = MapRegistry(sources)
    names = registry.names()
    plain = text.partition("@")[0]
    tries = [plain, plain.lower(), _of_partner(plain), *(f"{standard}/{plain.lower()}" for standard in _STANDARDS)]
    for name in tries:
        if name in names:
            return NamedMap(registry, name)
    path = Path(text)
    if path.is_file():
        return _of_file(path, sources)
    near = [name for name in names if name.rpartition("/")[2] == plain.rpartition("/")[2].lower()]
    hint = f"There are {', '.join(near)}." if near else "`gateway map lint --standard` lists those that are built in."
    raise CliError(f"there is no map {text}", hint, ExitCode.NOT_FOUND)


def _of_partner(text: str) -> str:
    """`northmart/850` as `partners/northmart/maps/850`."""
    partner, _, name = text.partition("/")
    return f"partners/{partner}/maps/{name}"


def _of_file(path: Path, sources: Mapping[str, str]) -> NamedMap:
    """A file stands for the map that it says it is, wherever it lies."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise CliError(f"{path}: this is no text", "Name a map file.") from None
    faults = Faults(str(path).removesuffix(".yaml"))
    data = read_yaml(faults.name, text, faults)
    name = data.get("map") if data is not None else None
    if not isinstance(name, str):
        first = next(iter(faults), None)
        raise CliError(
            str(first) if first else f"{path}: the file does not say which map it is", "A map file begins with map: and its name."
        )
    return NamedMap(MapRegistry({**sources, name: text}), name)
