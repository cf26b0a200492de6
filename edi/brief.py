"""The findings of a set by the short way: what is proven has none, and only segments that are not are looked at element by element."""

from edi.elements import Checker
from edi.finding import Finding
from edi.grammar.industry import CodeLayer
from edi.grammar.model import MessageDef
from edi.hierarchy import check_levels
from edi.lines import Lines
from edi.patterns import Writing, matcher
from edi.prove import prove
from edi.tolerance import Tolerance
from edi.tree import SegmentNode

__all__ = ["check_briefly"]


def check_briefly(
    lines: Lines, message: MessageDef, tolerance: Tolerance, *, decimal: str, layer: CodeLayer | None, is_near: bool = False
) -> list[Finding] | None:
    """All that is wrong within the segments of a set whose structure is right; None when that is not known, for the long way to say."""
    text = lines.plain()
    if text is None or not text.endswith(lines.signs.delimiters.segment):
        return None
    writing = Writing(message.standard, lines.signs.delimiters, decimal, layer, tolerance.lower_case is None)
    proof = prove(text, message, writing)
    if proof is None:
        return None
    if not proof.doubts and not proof.levels:
        return []
    found: list[Finding] = []
    segments = lines.pick({met.at for met in (*proof.doubts, *proof.levels)})
    checker = Checker(message.standard, tolerance, decimal, layer, is_near=is_near)
    lenient = writing._replace(lower_case=True)
    pieces = text.split(writing.delimiters.segment) if len(proof.doubts) > 1 else []
    for index, step in proof.doubts:
        is_end = step.ends or index == 0
        if pieces and not writing.lower_case and not checker.seeks_lower_case:
            # lower case was told of; what is right but for that is not looked at again
            piece = pieces[index]
            match = matcher(step.use.definition, lenient, piece.count(writing.delimiters.element), envelope=is_end)
            if match and match(piece):
                continue
        found += checker.judge(segments[index], step.use.definition, step.path, is_end=is_end)
    found += check_levels((SegmentNode(segments[index], step.use), step.path[-1]) for index, step in proof.levels)
    return found
