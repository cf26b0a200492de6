"""A set that is right is proven as a whole, segment by segment, without being taken apart.

Two things are proven: the structure, by the table of `edi.proof.table`, and each segment, by a pattern of `edi.proof.patterns`. Where the
structure is not proven there is no proof, and the walker has the word. Where a segment is not, the proof names it with its place, and the
element pass looks at it alone. What is proven has no finding; what is not may have none either.
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from edi.grammar.model import MessageDef
from edi.proof.patterns import Writing
from edi.proof.table import Step
from edi.proof.track import KEY, LEVEL, Link, Track

__all__ = ["Met", "Proof", "prove", "track_of"]


class Met(NamedTuple):
    """A segment in its place."""

    at: int  #: in the set, from 0
    step: Step


class Proof(NamedTuple):
    """The structure is right, and all segments but the doubtful ones are."""

    doubts: tuple[Met, ...]  #: no pattern proves these
    levels: tuple[Met, ...]  #: the HL segments, whose numbers and parents are asked for by `edi.hierarchy`


_PROVEN: Final = Proof((), ())


def prove(text: str, track: Track) -> Proof | None:
    """Prove the segments in this text, header and trailer included; None when the structure is not proven.

    The text has no line breaks between segments and no release characters: what they release is some character that is no separator.
    """
    if not track.runs(text):
        return _by_pieces(track, text)
    terminator = track.writing.delimiters.segment
    if not track.has_levels and text.count(terminator) <= track.table.fewest:
        return _PROVEN
    pieces = text.split(terminator)
    pieces.pop()
    return _told(track, pieces, frozenset()) if _within_limits(track, pieces) else None


def _by_pieces(track: Track, text: str) -> Proof | None:
    """One segment after the other. What comes often is learnt."""
    pieces = text.split(track.writing.delimiters.segment)
    pieces.pop()
    links, link = track.start.links, None
    doubtful: list[str] = []
    trace: list[Link] = []
    for piece in pieces:
        known = links.get(piece[:KEY]) or track.link(link, piece)
        if known is None:
            return None
        before, (match, links, link) = link, known
        trace.append(link)
        if match(piece) is None:
            right = track.is_right(before, link, piece)
            if right is None:
                return None
            if not right:
                doubtful.append(piece)
    if link is None or not link.step.ends or (len(pieces) > track.table.fewest and not _within_limits(track, pieces)):
        return None
    if not doubtful:
        track.learn(trace)
    if not doubtful and not track.has_levels:
        return _PROVEN
    return _told(track, pieces, frozenset(doubtful))


def _told(track: Track, pieces: Sequence[str], doubtful: frozenset[str]) -> Proof:
    """Once more, for the places."""
    doubts: list[Met] = []
    levels: list[Met] = []
    links, level = track.start.links, track.key(LEVEL)
    for at, piece in enumerate(pieces):
        key = piece[:KEY]
        _, links, link = links[key]
        if piece in doubtful:
            doubts.append(Met(at, link.step))
        if key == level:
            levels.append(Met(at, link.step))
    return Proof(tuple(doubts), tuple(levels))


@lru_cache(maxsize=512)
def track_of(message: MessageDef, writing: Writing) -> Track:
    """What is known of a set in a way of writing, one for all who read it."""
    return Track(message, writing)


def _within_limits(track: Track, pieces: Sequence[str]) -> bool:
    """Whether nothing comes more often than it may: quickly where no tag comes too often in all, else place by place."""
    counted = Counter([piece[:KEY] for piece in pieces])
    if all(counted[start] <= most for start, most in track.limits.items() if start in counted):
        return True
    links = track.start.links
    open_counts = [[-1, 0]]
    for piece in pieces:
        _, links, link = links[piece[:KEY]]
        step = link.step
        del open_counts[step.depth + 1 :]
        level = open_counts[-1]
        level[:] = [step.child, level[1] + 1 if level[0] == step.child else 1]
        if step.most is not None and level[1] > step.most:
            return False
        if step.loop is not None:
            open_counts.append([0, 1])
    return True
