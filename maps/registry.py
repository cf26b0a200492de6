"""The maps by name: the standard ones of the package, and those of a workspace, compiled once each."""

from collections.abc import Mapping
from importlib.resources import files
from threading import Lock
from typing import Final

from edi.values import Standard
from maps.fault import Faults, MapError, MapFault
from maps.lint import lint
from maps.load import build
from maps.model import MapSpec
from maps.overlay import resolve
from maps.run import Map

__all__ = ["MapRegistry"]

_STANDARD: Final = files("maps") / "standard"
_PARTS: Final = "parts"
_EANCOM: Final = "eancom"


class MapRegistry:
    """Loads and compiles maps on demand. Threads may share one; a new set of sources is a new registry."""

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        self._sources = dict(sources or {})
        self._maps: dict[str, Map] = {}
        self._lock = Lock()

    def get(self, name: str) -> Map:
        """The map of a name, with its version or without: `x12/004010/850@3`. Raises MapError."""
        plain, _, version = name.partition("@")
        with self._lock:
            found = self._maps.get(plain)
            if found is None:
                found = self._maps[plain] = Map(self._spec(plain))
        if version and version != str(found.version):
            raise MapError([MapFault(plain, "", f"version {version} is asked for, but it is version {found.version}")])
        return found

    def agreed(self, name: str, industry: str = "") -> Map:
        """The map of a name for a set whose release goes on with `industry`: of EANCOM's sets, the built-in map of the directory without
        a version means EANCOM's, where there is one. Raises MapError.
        """
        family, _, rest = name.partition("/")
        if family == Standard.EDIFACT and _is_eancom(industry) and "@" not in rest and self._built_in(f"{_EANCOM}/{rest}") is not None:
            return self.get(f"{_EANCOM}/{rest}")
        return self.get(name)

    def standard(self, standard: Standard | str, release: str, set_id: str, industry: str = "") -> Map | None:
        """The built-in map of a set; None when there is none. `industry` is what follows the release: EAN008 asks for EANCOM."""
        families = [_EANCOM] if standard == Standard.EDIFACT and _is_eancom(industry) else []
        for family in (*families, str(standard)):
            name = f"{family}/{release}/{set_id}".lower()
            if self._built_in(name) is not None:
                return self.get(name)
        return None

    def names(self) -> tuple[str, ...]:
        """All maps: those of the sources, and the built-in ones."""
        built_in = {
            f"{syntax.name}/{release.name}/{file.name.removesuffix('.yaml')}"
            for syntax in _STANDARD.iterdir()
            if syntax.is_dir() and syntax.name != _PARTS
            for release in syntax.iterdir()
            for file in release.iterdir()
            if file.name.endswith(".yaml")
        }
        return tuple(sorted(built_in | set(self._sources)))

    def _spec(self, name: str) -> MapSpec:
        """A map from its text, if nothing is wrong with it. All that is wrong is told at once."""
        faults = Faults(name)
        effective = resolve(name, self._text, faults)
        spec = build(effective, faults) if effective is not None else None
        if spec is not None:
            lint(spec, faults)
        faults.check()
        assert spec is not None
        return spec

    def _text(self, name: str) -> str | None:
        return self._sources.get(name, self._built_in(name))

    def _built_in(self, name: str) -> str | None:
        """The text of a standard map. Only names of plain words are looked for, so none leads out of the folder."""
        parts = name.split("/")
        shared = len(parts) == 2 and parts[0] == _PARTS
        if (len(parts) != 3 and not shared) or not all(part.isalnum() and part.isascii() for part in parts):
            return None
        file = _STANDARD.joinpath(*parts[:-1], f"{parts[-1]}.yaml")
        return file.read_text(encoding="utf-8") if file.is_file() else None


def _is_eancom(industry: str) -> bool:
    return industry.upper().startswith("EAN")
