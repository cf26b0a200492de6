"""Conditions between elements as conditionals of a regular expression, asked at its end of the groups that took part in the match."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from edi.grammar.model import SyntaxNote

__all__ = ["Presence", "condition"]

#: what is known of an element: it is there, it is not, or the group of this number says so; None stands where nobody asks
Presence = bool | int | None

_FAIL: Final = "(?!)"


def condition(note: SyntaxNote, presence: Mapping[int, Presence]) -> str:
    """An expression that fails, or matches in no width; empty when the note holds whatever comes. What the mapping lacks is not there."""
    known = [presence.get(element, False) for element in note.elements]
    return _RELATIONS[note.relation](known)


def _if(known: Presence, yes: str, no: str) -> str:
    if known is True or known is False:
        return yes if known else no
    return yes if yes == no else f"(?({known}){yes}|{no})"


def _all(known: Sequence[Presence]) -> str:
    parts = [_if(one, "", _FAIL) for one in known]
    return _FAIL if _FAIL in parts else "".join(parts)


def _none(known: Sequence[Presence]) -> str:
    parts = [_if(one, _FAIL, "") for one in known]
    return _FAIL if _FAIL in parts else "".join(parts)


def _any(known: Sequence[Presence]) -> str:
    return _if(known[0], "", _any(known[1:])) if known else _FAIL


def _at_most_one(known: Sequence[Presence]) -> str:
    return _if(known[0], _none(known[1:]), _at_most_one(known[1:])) if known else ""


_RELATIONS: Final[Mapping[str, Callable[[Sequence[Presence]], str]]] = {
    "P": lambda known: _if(known[0], _all(known[1:]), _none(known[1:])),
    "R": _any,
    "E": _at_most_one,
    "C": lambda known: _if(known[0], _all(known[1:]), ""),
    "L": lambda known: _if(known[0], _any(known[1:]), ""),
}
