"""A YAML file as plain data that remember where they stood: every mapping knows the file and the line of each of its keys.

So whatever is said of a map later - a fault, where a rule comes from, a line of generated code - can name file and line.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from io import StringIO
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from maps.fault import Faults, MapFault

__all__ = ["Lined", "Origin", "merged", "read_yaml"]

_MAX_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 40
_TAG: Final = "tag:yaml.org,2002:"
_WORDS: Final[Mapping[str, object]] = {"true": True, "false": False}


class Origin(NamedTuple):
    """Who set something, and where."""

    map: str  #: name@version of the file: `x12/004010/850@3`
    line: int  #: from 1; 0 when it is not known

    @property
    def name(self) -> str:
        """The map without its version."""
        return self.map.partition("@")[0]

    @property
    def file(self) -> str:
        """The file, as the workspace or the package names it."""
        return f"{self.name}.yaml"

    def __str__(self) -> str:
        """`x12/004010/850.yaml:12`."""
        return f"{self.file}:{self.line}"


class Lined(dict[Any, Any]):
    """A mapping of a map file. `origin` is where it begins, `origins` where each key was set."""

    __slots__ = ("origin", "origins")

    def __init__(self, data: Mapping[Any, Any] = {}, origin: Origin = Origin("", 0), origins: Mapping[Any, Origin] = {}) -> None:  # noqa: B008
        super().__init__(data)
        self.origin, self.origins = origin, dict(origins)

    def of(self, key: object) -> Origin:
        """Where a key was set; where the mapping begins, when it was not."""
        found: Origin = self.origins.get(key, self.origin)
        return found

    def put(self, key: Any, value: Any, origin: Origin) -> None:
        """Set a key, and who set it."""
        self[key] = value
        self.origins[key] = origin

    def drop(self, key: Any) -> None:
        """Take a key away."""
        self.pop(key, None)
        self.origins.pop(key, None)


def merged(lower: Mapping[Any, Any], upper: "Lined") -> Lined:
    """Both mappings in one; the upper one wins, and null in it takes a key away."""
    result = Lined(lower, lower.origin if isinstance(lower, Lined) else upper.origin, lower.origins if isinstance(lower, Lined) else {})
    for key, value in upper.items():
        if value is None:
            result.drop(key)
        else:
            result.put(key, value, upper.of(key))
    return result


def read_yaml(name: str, text: str, faults: Faults) -> Lined | None:
    """The data of one file; None when it is no YAML mapping, and the fault is told. Nobody may change them: they are read once for all."""
    data, found = _read(name, text)
    for fault in found:
        faults.add(fault)
    return data


@lru_cache(maxsize=256)
def _read(name: str, text: str) -> tuple[Lined | None, tuple[MapFault, ...]]:
    """Parts and bases are asked for by many maps, and YAML is slow."""
    found: list[MapFault] = []

    def fault(message: str, line: int = 0, hint: str = "") -> None:
        found.append(MapFault(name, "", message, line, hint))

    return _data(name, text, fault), tuple(found)


def _data(name: str, text: str, fault: Callable[..., None]) -> Lined | None:
    if len(text) > _MAX_BYTES:
        fault("the file is larger than a million characters")
        return None
    try:
        node = YAML(typ="safe", pure=True).compose(StringIO(text))
        data = None if node is None else _Reader(_label(name, node), fault).value(node, 0)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault(error.problem or "this is no YAML", mark.line + 1 if mark else 0, _YAML_HINT)
        return None
    except (YAMLError, ValueError, RecursionError, AttributeError, TypeError):
        fault("this is no YAML", hint=_YAML_HINT)
        return None
    if not isinstance(data, Lined):
        fault("a map file holds map, version, document and rules")
        return None
    return data


_YAML_HINT: Final = "look at indents, quotes and brackets on this line and the one before; text with | or # in braces needs quotes"


_NO_ALIASES: Final = "a map has no YAML anchors and aliases: few characters would mean much data"


def _label(name: str, root: Any) -> str:
    """`name@version`, before the data are made."""
    pairs = root.value if isinstance(root, MappingNode) else ()
    version = next((v.value for k, v in pairs if isinstance(k, ScalarNode) and k.value == "version" and isinstance(v, ScalarNode)), "?")
    return f"{name}@{version}"


class _Reader:
    """From nodes to data. Aliases are no part of a map: few characters would mean much data."""

    def __init__(self, label: str, fault: Any) -> None:
        self._label, self._fault = label, fault
        self._seen: set[int] = set()

    def value(self, node: Any, depth: int) -> Any:
        line = node.start_mark.line + 1
        if isinstance(node, ScalarNode):
            return self._scalar(node, line)
        if node.anchor or id(node) in self._seen:
            self._fault(_NO_ALIASES, line, "write the rule out, or use like:")
            return None
        if depth > _MAX_DEPTH:
            self._fault("the data are nested too deep", line)
            return None
        self._seen.add(id(node))
        if isinstance(node, SequenceNode):
            return [self.value(one, depth + 1) for one in node.value]
        data = Lined(origin=Origin(self._label, line))
        for key_node, value_node in node.value:
            key = self.value(key_node, depth + 1)
            at = key_node.start_mark.line + 1
            if not isinstance(key, str | int | float | bool) and key is not None:
                self._fault("a key must be plain text", at)
            elif key in data:
                self._fault(f"{key} stands twice here", at, "the second would silently win: remove one")
            else:
                data.put(key, self.value(value_node, depth + 1), Origin(self._label, at))
        return data

    def _scalar(self, node: ScalarNode, line: int) -> Any:
        kind, text = str(node.tag).removeprefix(_TAG), node.value
        if node.anchor:
            self._fault(_NO_ALIASES, line, "write the rule out, or use like:")
        if kind == "str":
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return _WORDS.get(text.lower())
        if kind in {"int", "float"}:
            number = text.replace("_", "").lower()
            return int(number, 0 if number.lstrip("+-")[:2] in {"0x", "0o", "0b"} else 10) if kind == "int" else float(number)
        self._fault("only texts, numbers, true, false and null stand in a map", line, "put it in quotes")
        return text
