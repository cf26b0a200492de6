"""The grammar for a release that is not built in: that of the nearest release which has the set.

X12 releases are counted by their subreleases (004010, 004020 … 004060, then 005010), EDIFACT directories by half-years (D95B, D96A). Of
two that are equally near it is the later one, for a later release takes little away and adds much. A release that says nothing of its
age ("", "XYZ") has no nearest. Nothing here raises on a partner's text.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from edi.grammar.load import load, releases, sets
from edi.grammar.model import MessageDef
from edi.values import Standard

__all__ = ["Resolved", "resolve"]

_X12: Final = re.compile(r"00([2-9])(0[0-9])[0-9]")
_SUBRELEASES: Final = 6  #: of an X12 version: 004010 to 004060; 003 and later ones come near enough
_FIRST_X12: Final = "004010"  #: before it dates are of six digits with a century elsewhere, and notes stand at other places
_DATELESS: Final = frozenset({"997"})  #: what is the same in all releases of X12, for there is no date in it
#: sets that took their later form in a release between: 004030 has MTX where 004010 had MSG
_CHANGED: Final = dict.fromkeys(("850", "855", "860", "865"), "004030")
_EDIFACT: Final = re.compile(r"[DS]([0-9]{2})([AB])")
_CENTURY: Final = 80  #: the first directories are of the eighties: 96 is 1996, 21 is 2021


_LONGEST: Final = 6  #: of a release and of a set's id; what is longer is a partner's mistake and not worth remembering


class Resolved(NamedTuple):
    """A grammar, and whether it is of another release than was asked for."""

    message: MessageDef
    substituted: bool


def resolve(standard: Standard, release: str, set_id: str) -> Resolved | None:
    """The grammar of this release, else of the nearest; None when no release that is built in has the set. GrammarError as `load`."""
    if max(len(release), len(set_id)) > _LONGEST:
        return None
    return _resolve(standard, release, set_id)


@lru_cache(maxsize=512)
def _resolve(standard: Standard, release: str, set_id: str) -> Resolved | None:
    exact = load(standard, release, set_id)
    if exact is not None:
        return Resolved(exact, substituted=False)
    name = _nearest(standard, release, set_id)
    message = None if name is None else load(standard, name, set_id)
    return None if message is None else Resolved(message, substituted=True)


def _nearest(standard: Standard, release: str, set_id: str) -> str | None:
    wanted = _ordinal(standard, release)
    if wanted is None or (standard is Standard.X12 and release < _FIRST_X12 and set_id not in _DATELESS):
        return None
    since = _CHANGED.get(set_id)
    near = [
        (abs(ordinal - wanted), -ordinal, name)
        for name in releases(standard)
        if (ordinal := _ordinal(standard, name)) is not None
        and set_id in sets(standard, name)
        and (since is None or (name < since) is (release < since))
    ]
    return min(near)[2] if near else None


def _ordinal(standard: Standard, release: str) -> int | None:
    """Where a release stands in the row of all releases; None when its name does not say."""
    if standard is Standard.X12:
        match = _X12.fullmatch(release)
        return None if match is None else int(match[1]) * _SUBRELEASES + int(match[2])
    match = _EDIFACT.fullmatch(release)
    if match is None:
        return None
    year = int(match[1])
    return (year if year >= _CENTURY else year + 100) * 2 + (match[2] == "B")
