"""Loads a set's grammar out of the package's data. Nothing that a partner sent ever becomes part of a path: only known names are opened."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from typing import Any, Final

from edi.errors import GrammarError
from edi.grammar.check import Ambiguity, faults
from edi.grammar.labels import element_label, place_label, segment_label, set_label
from edi.grammar.model import (
    CompositeDef,
    ElementDef,
    ElementUse,
    LoopUse,
    MessageDef,
    Requirement,
    SegmentDef,
    SegmentUse,
    SyntaxNote,
)
from edi.values import Standard
from edi.x12 import FUNCTIONAL_IDS

__all__ = ["load", "releases", "service_segments", "sets"]

_SERVICE: Final = "service"  #: the folder of what belongs to the syntax and not to a release
_NOTE: Final = re.compile(r"([PRECL])((?:\d\d){2,})")
_TWO_DIGITS: Final = re.compile(r"\d\d")
_DATA: Final = files("edi.grammar") / "data"


def load(standard: Standard, release: str, set_id: str) -> MessageDef | None:
    """The grammar of one set, None when it is not built in. Raises GrammarError when its file is wrong or ambiguous.

    A set of the syntax itself (CONTRL) is the same under every release.
    """
    folder = release.lower()
    if set_id in _set_ids(standard, _SERVICE):
        folder = _SERVICE
    elif folder == _SERVICE or folder not in _folders(standard) or set_id not in _set_ids(standard, folder):
        return None
    return _load(standard, folder, set_id)


def releases(standard: Standard) -> tuple[str, ...]:
    """The releases that are built in, as they are written: "004010", "D96A"."""
    return tuple(sorted(name.upper() for name in _folders(standard) if name != _SERVICE))


def sets(standard: Standard, release: str) -> tuple[str, ...]:
    """The ids of the sets that are built in for a release, without those of the syntax itself."""
    folder = release.lower()
    return tuple(sorted(_set_ids(standard, folder))) if folder in _folders(standard) else ()


@cache
def service_segments(standard: Standard) -> Mapping[str, SegmentDef]:
    """The envelope's segments, which no release changes: ISA IEA TA1, or UNB UNG UNH … and those of CONTRL."""
    return _segments(standard, _SERVICE)


# --- what there is -------------------------------------------------------------------------------------------------------------------


@cache
def _folders(standard: Standard) -> Mapping[str, Traversable]:
    return {entry.name: entry for entry in (_DATA / standard.value).iterdir() if entry.is_dir()}


@cache
def _set_ids(standard: Standard, folder: str) -> frozenset[str]:
    listed = _folders(standard)[folder] / "sets"
    if not listed.is_dir():
        return frozenset()
    return frozenset(entry.name.removesuffix(".json") for entry in listed.iterdir() if entry.name.endswith(".json"))


def _json(file: Traversable) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise GrammarError(f"{file}: {error}") from error


# --- the dictionary of a release -----------------------------------------------------------------------------------------------------


@cache
def _segments(standard: Standard, folder: str) -> Mapping[str, SegmentDef]:
    raw = _dictionary(standard, folder)
    try:
        elements: dict[str, ElementDef | CompositeDef] = {
            name: ElementDef(
                name, kind, least, most, _codes(raw["codes"].get(name)), element_label(standard, name), raw["carried"].get(name, "")
            )
            for name, (kind, least, most) in raw["elements"].items()
        }
        for name, entry in raw["composites"].items():
            elements[name] = CompositeDef(name, _uses(entry, elements), _notes(entry), element_label(standard, name))
        segments = {
            tag: SegmentDef(tag, _named(standard, tag, _uses(entry, elements)), _notes(entry), segment_label(standard, tag))
            for tag, entry in raw["segments"].items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise GrammarError(f"{_file(standard, folder)}: {error!r}") from error
    if folder != _SERVICE:
        segments = {**service_segments(standard), **segments}
    return segments


def _dictionary(standard: Standard, folder: str) -> dict[str, Any]:
    """The file of a release, over that of its base: what it does not say itself is carried over from there, and marked so."""
    file = _file(standard, folder)
    raw: dict[str, Any] = _json(file)
    try:
        base = raw.get("base")
        if base is None:
            return {**raw, "carried": {}}
        under = _dictionary(standard, base)
        carried = {name: base.upper() for name in under["elements"] if name not in raw["codes" if name in under["codes"] else "elements"]}
        kinds = ("elements", "codes", "composites", "segments")
        merged = {"carried": carried, **{kind: {**under[kind], **raw[kind]} for kind in kinds}}
        for name, codes in raw.get("added", {}).items():
            merged["codes"][name] += f" {codes}"
        return merged
    except (AttributeError, KeyError, TypeError) as error:
        raise GrammarError(f"{file}: {error!r}") from error


def _file(standard: Standard, folder: str) -> Traversable:
    return _folders(standard)[folder] / "dictionary.json"


def _codes(listed: str | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed.split())


def _uses(entry: Mapping[str, Any], elements: Mapping[str, ElementDef | CompositeDef]) -> tuple[ElementUse, ...]:
    return tuple(ElementUse(elements[name], Requirement(requirement), *repeat) for name, requirement, *repeat in entry["e"])


def _named(standard: Standard, tag: str, uses: tuple[ElementUse, ...]) -> tuple[ElementUse, ...]:
    """With the label of the place, where it has one of its own."""
    return tuple(_renamed(use, place_label(standard, tag, position)) for position, use in enumerate(uses, 1))


def _renamed(use: ElementUse, label: str) -> ElementUse:
    return replace(use, definition=replace(use.definition, label=label)) if label else use


def _notes(entry: Mapping[str, Any]) -> tuple[SyntaxNote, ...]:
    return tuple(_note(text) for text in entry.get("n", ()))


def _note(text: str) -> SyntaxNote:
    """Notes are written as in X12: the relation, then two digits per position: "C0302"."""
    match = _NOTE.fullmatch(text)
    if match is None:
        raise ValueError(f"note {text!r}")
    return SyntaxNote(match[1], tuple(int(position) for position in _TWO_DIGITS.findall(match[2])))


# --- the set -------------------------------------------------------------------------------------------------------------------------


@cache
def _load(standard: Standard, folder: str, set_id: str) -> MessageDef:
    file = _folders(standard)[folder] / "sets" / f"{set_id}.json"
    raw, segments = _json(file), _segments(standard, folder)
    sequence = count(1)
    try:
        children = [place for area, places in enumerate(raw["areas"], 1) for place in _places(places, segments, area, sequence)]
        settled = [Ambiguity(entry["tag"], entry["wins"], entry["over"]) for entry in raw.get("settled", ())]
    except (KeyError, TypeError, ValueError) as error:
        raise GrammarError(f"{file}: {error!r}") from error
    root = LoopUse(set_id, Requirement.MANDATORY, 1, tuple(children), 0)
    if found := faults(root, settled):
        raise GrammarError(f"{file}: {'; '.join(found)}")
    release = raw.get("release", folder.upper())
    functional_id = FUNCTIONAL_IDS.get(set_id, "") if standard is Standard.X12 else ""
    return MessageDef(standard, release, set_id, root, segments, functional_id, set_label(standard, set_id))


def _places(places: Iterable[Any], segments: Mapping[str, SegmentDef], area: int, sequence: "count[int]") -> Iterable[SegmentUse | LoopUse]:
    for name, requirement, most, *inner in places:
        number = next(sequence)
        if inner:
            children = tuple(_places(inner[0], segments, area, sequence))
            if not children or isinstance(children[0], LoopUse):
                raise ValueError(f"loop {name} does not begin with a segment")
            yield LoopUse(name, Requirement(requirement), most or None, children, number, area)
        else:
            yield SegmentUse(segments[name], Requirement(requirement), most or None, number, area)
