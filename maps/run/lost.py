"""What a map cannot carry: the values of a document that no rule writes. What the map would fill in anyway is not lost."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from maps.finding import MapFindingCode, Severity
from maps.model import MapSpec
from maps.paths import dotted, get
from maps.run.state import EncodeState

__all__ = ["BASE", "MADE", "filled_in", "tell_lost"]

#: what the engine makes and no map carries
BASE: Final = frozenset({"documentType", "schemaVersion", "ids", "sourceRef", "map", "lineageRef", "residueRef", "supersedes", "warnings"})
MADE: Final = frozenset({"lineId", "orderId", "ours", "lineCount", "hlCount", "quantityHash"})


def filled_in(spec: MapSpec, document: Mapping[str, Any]) -> Iterable[tuple[str, ...]]:
    """The fields whose value a default of the map would make again."""
    for default in spec.defaults:
        made = default.constant if default.expression is None else default.expression.evaluate(document)
        if made is not None and get(document, default.path) == made:
            yield default.path


def tell_lost(spec: MapSpec, state: EncodeState, derived: frozenset[str]) -> None:
    """Say which values of the document the map has no place for. `derived`: paths that the document would make itself."""
    carried = {one.path for one in state.lineage or ()} | {finding.path for finding in state.findings} | derived
    carried |= {f"${dotted(path)}" for path in filled_in(spec, state.document)}
    for path in _leaves({key: value for key, value in state.document.items() if key not in BASE}, "$"):
        if path not in carried:
            state.fault(MapFindingCode.NOT_CARRIED, path, "", severity=Severity.INFO)


def _leaves(value: Any, path: str) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in MADE:
                yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path
