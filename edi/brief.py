"""The findings of a set by the short way: what is proven has none, and only segments that are not are looked at element by element."""

from edi.elements import Checker
from edi.finding import Finding
from edi.grammar.industry import CodeLayer
from edi.grammar.model import MessageDef, SegmentDef
from edi.hierarchy import check_levels
from edi.lexer import BLANKS
from edi.lines import Lines
from edi.proof.patterns import Writing, matcher
from edi.proof.prove import prove, track_of
from edi.proof.track import Track
from edi.tolerance import Tolerance
from edi.tree import SegmentNode
from edi.values import Segment, Standard

__all__ = ["Brief"]


class Brief:
    """One set, as text that can be split without a thought; where there is no such text nothing is proven."""

    def __init__(self, lines: Lines, message: MessageDef, tolerance: Tolerance, *, decimal: str, layer: CodeLayer | None) -> None:
        self._lines, self._message, self._tolerance = lines, message, tolerance
        signs, key = lines.signs, (message, decimal, layer, tolerance.lower_case)
        track: Track | None = signs.kept.get(key)
        if track is None:
            writing = Writing(message.standard, signs.delimiters, decimal, layer, tolerance.lower_case is None)
            track = signs.kept[key] = track_of(message, writing)
        self._track, self._writing = track, track.writing
        text = lines.plain() if track.is_worthwhile(len(lines.source.text)) else None
        self._text = text if text is not None and text.endswith(signs.delimiters.segment) else None
        self._pieces: list[str] = []

    def check(self, *, is_near: bool) -> list[Finding] | None:
        """All that is wrong within the segments, where their structure is right; None when that is not known, for the long way to say.

        `is_near`: the grammar is of another release than the set.
        """
        proof = None if self._text is None else prove(self._text, self._track)
        if proof is None:
            return None
        if not proof.doubts and not proof.levels:
            return []
        found: list[Finding] = []
        segments = self._lines.pick({met.at for met in (*proof.doubts, *proof.levels)})
        checker = Checker(self._message.standard, self._tolerance, self._writing.decimal, self._writing.layer, is_near=is_near)
        for at, step in proof.doubts:
            definition, is_end = step.use.definition, step.ends or at == 0
            # once lower case was told of, what is right but for that is not looked at again
            if len(proof.doubts) == 1 or not self.is_proven(segments[at], definition, is_end, not checker.seeks_lower_case):
                found += checker.judge(segments[at], definition, step.path, is_end=is_end)
        found += check_levels((SegmentNode(segments[at], step.use), step.path[-1]) for at, step in proof.levels)
        return found

    def is_proven(self, segment: Segment, definition: SegmentDef, is_end: bool, lower_case: bool) -> bool:  # noqa: FBT001  # an IsProven
        """Whether a pattern proves this segment of the set."""
        if self._text is None:
            return False
        writing = self._writing
        if not self._pieces:
            self._pieces = [piece for piece in self._text.split(writing.delimiters.segment) if piece.strip(BLANKS)]
        if lower_case and self._message.standard is Standard.X12 and not writing.lower_case:
            writing = writing._replace(lower_case=True)
        piece = self._pieces[segment.position - 1]
        match = matcher(definition, writing, (piece.count(writing.delimiters.element),), envelope=is_end)
        return match is not None and match(piece) is not None
