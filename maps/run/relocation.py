"""From a view of a document to the document itself, and back: data, paths of findings and lineage, claims, what was written.

Rules with a view see the shape that they are written for; nobody else does. Whatever leaves the engine names places of the document.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from maps.formats.edi import Written
from maps.run.container import Claim
from maps.run.state import Check, DecodeState, EncodeState
from maps.run.values import Lineage
from maps.views import View

__all__ = ["closed", "opened"]

Places = Mapping[str, tuple[str, ...]]


class _Paths:
    """Paths of one shape in the other. An object that became several has the first of them as its own place."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def all(self, path: str) -> tuple[str, ...]:
        """Where something has come to: the longest part of the path that has moved decides."""
        head = path
        while len(head) > 1:
            found = self._places.get(head)
            if found is not None:
                return tuple(place + path[len(head) :] for place in found)
            head = head[: max(head.rfind("."), head.rfind("["))]
        return (path,)

    def first(self, path: str) -> str:
        """Its own place."""
        return self.all(path)[0]


def closed(view: View, state: DecodeState, claims: list[Claim]) -> list[Claim]:
    """After reading: the state's document, in its own shape; the claims, with the places that it has there."""
    shape = dict(state.document)
    data, places = view.close(shape)
    state.document.clear()
    state.document.update(data)
    paths = _Paths(places)
    state.checks = [_check(check, {**shape, **state.document}, paths) for check in state.checks]
    if not places:
        return claims
    _tell(state, paths)
    return _claims(claims, paths)


def opened(view: View, state: EncodeState, write: Callable[[], list[Written]]) -> list[Written]:
    """Write with the state's document in the shape of the rules; what is written has the places of the document."""
    document = state.document
    state.document, places = view.open(document)
    written = write()
    state.document = document
    if not places:
        return written
    paths = _Paths(places)
    _tell(state, paths)
    if state.lineage is not None:
        state.lineage += [Lineage(path, "direct", "", 0, "", "", "", "") for path in places.get("", ())]
    for one in written:
        _move(one, paths)
    return written


def _tell(state: DecodeState | EncodeState, paths: _Paths) -> None:
    state.findings = [replace(finding, path=paths.first(finding.path)) for finding in state.findings]
    if state.lineage is not None:
        state.lineage = [one._replace(path=path) for one in state.lineage for path in paths.all(one.path)]


def _check(check: Check, document: dict[str, Any], paths: _Paths) -> Check:
    return replace(check, path=paths.first(check.path), scope=document if check.path == "$" else check.scope)


def _claims(claims: Iterable[Claim], paths: _Paths) -> list[Claim]:
    return [one._replace(at=paths.first(one.at), within=None if one.within is None else _claims(one.within, paths)) for one in claims]


def _move(one: Written, paths: _Paths) -> None:
    one.at = paths.first(one.at)
    for child in one.children or ():
        _move(child, paths)
