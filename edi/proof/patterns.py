"""Definitions as regular expressions: what matches is right in every element, what does not may yet be right.

One pattern proves one segment with one number of elements. So no element is looked at by itself while all is well, which is nearly always;
what is not proven is looked at element by element (`edi.elements`), which alone decides what is a fault. A pattern therefore leaves
out what is rare and awkward to say: 29 February, numbers of unusual form, repetitions, composites with conditions of their own.
"""

import re
import string
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from edi.delimiters import Delimiters
from edi.grammar.industry import CodeLayer
from edi.grammar.model import CompositeDef, ElementDef, ElementUse, Requirement, SegmentDef
from edi.proof.codes import trie
from edi.proof.dates import DATE_6, DATE_8, FORMS, TIME, form_pattern
from edi.proof.presence import Presence, condition
from edi.rules import listed_of, period_of
from edi.values import Standard

__all__ = ["Match", "RunMatch", "Shape", "Writing", "matcher", "run_matcher"]

Match = Callable[[str], re.Match[str] | None]  #: given the text of one segment, without its terminator


RunMatch = Callable[[str, int], re.Match[str] | None]  #: given the text of a set and a position in it


class Shape(NamedTuple):
    """What is to be proven of one segment."""

    definition: SegmentDef
    counts: tuple[int, ...]  #: the numbers of elements that it may have
    envelope: bool  #: header and trailer of a set, of which only the number of elements and components is asked here


class Writing(NamedTuple):
    """How the segments that are to be proven are written."""

    standard: Standard
    delimiters: Delimiters
    decimal: str  #: the marks that may stand for the decimal point
    layer: CodeLayer | None  #: codes of the sender's industry
    lower_case: bool  #: whether lower-case letters pass; X12's basic character set has none


@lru_cache(maxsize=4096)  # separators may be others in each interchange
def matcher(definition: SegmentDef, writing: Writing, counts: tuple[int, ...], *, envelope: bool) -> Match | None:
    """What proves a segment with one of these numbers of elements; None when none can be proven.

    `envelope`: header and trailer of a set, of which only the number of elements and components is asked here.
    """
    source = _Maker(writing).alternatives(Shape(definition, counts, envelope))
    return re.compile(source).fullmatch if source else None


def run_matcher(shapes: Sequence[Shape], writing: Writing) -> RunMatch | None:
    """What proves segments that follow each other, their terminators included; None when one of them cannot be proven."""
    maker = _Maker(writing)
    sources = [maker.alternatives(shape) for shape in shapes]
    terminator = re.escape(writing.delimiters.segment)
    # each is done with when it matched: what comes after cannot make it match otherwise
    return re.compile("".join(f"(?>{source}{terminator})" for source in sources)).match if all(sources) else None


def _is_mandatory(use: ElementUse) -> bool:
    return use.requirement is Requirement.MANDATORY


class _Maker:
    def __init__(self, writing: Writing) -> None:
        self.writing = writing
        delimiters = writing.delimiters
        self.element, self.component = re.escape(delimiters.element), re.escape(delimiters.component)
        self.separators = re.escape("".join(sorted(delimiters.in_data())))
        self.groups = 0  # that are taken, by all sources of this maker
        self.is_x12 = writing.standard is Standard.X12
        without = writing.delimiters.in_data() | (frozenset() if writing.lower_case else frozenset(string.ascii_lowercase))
        self.printable = re.escape("".join(c for c in map(chr, range(0x21, 0x7F)) if c not in without))

    # --- segments

    def alternatives(self, shape: Shape) -> str | None:
        """A segment with any of these numbers of elements; None when none can be proven."""
        elements, sources = shape.definition.elements, []
        for count in shape.counts:
            if 0 < count <= len(elements) and not any(map(_is_mandatory, elements[count:])):
                uses = elements[:count]
                sources.append(self.loose(uses) if shape.envelope else self.segment(shape.definition, uses))
        listed = [source for source in sources if source is not None]
        return f"{re.escape(shape.definition.tag)}(?:{'|'.join(listed)})" if listed else None

    def segment(self, definition: SegmentDef, uses: Sequence[ElementUse]) -> str | None:
        """All elements in order; the last of them is there. What the conditions ask about is captured, to be asked at the end."""
        noted = {position for note in definition.notes for position in note.elements}
        period = period_of(definition.elements)
        presence: dict[int, Presence] = {}
        source, taken = "", self.groups
        for position, use in enumerate(uses, 1):
            body = None if period and position == period[0] + 1 else self._use(use)
            needed = position == len(uses) or _is_mandatory(use)
            if body is None:
                if needed:
                    self.groups = taken
                    return None
                presence[position] = False
                source += self.element
                continue
            if position in noted and not needed:
                self.groups += 1
                presence[position] = self.groups
                source += f"{self.element}(?:({body})|)"
            else:
                presence[position] = True if needed else None
                source += f"{self.element}(?:{body})" if needed else f"{self.element}(?:{body}|)"
        return source + "".join(condition(note, presence) for note in definition.notes)

    def loose(self, uses: Sequence[ElementUse]) -> str:
        """Any text, but no more elements and components than there are."""
        source = ""
        for position, use in enumerate(uses, 1):
            more = len(use.definition.components) - 1 if isinstance(use.definition, CompositeDef) else 0
            text = f"[^{self.separators}]*"
            body = f"{text}(?:{self.component}{text}){{0,{more}}}(?<!{self.component})" if more else text
            end = f"(?<!{self.element})" if position == len(uses) else ""
            source += f"{self.element}{body}{end}"
        return source

    # --- elements; a body may be alternatives, and is put in a group by whoever uses it

    def _use(self, use: ElementUse) -> str | None:
        thing = use.definition
        return self._composite(thing) if isinstance(thing, CompositeDef) else self._value(thing)

    def _value(self, element: ElementDef) -> str | None:
        if element.codes is not None:
            return self._codes(element)
        return self._typed(element)

    def _codes(self, element: ElementDef) -> str | None:
        codes = element.codes or frozenset()
        layer = self.writing.layer
        form = ""
        if layer is not None:
            codes = codes.union(layer.codes.get(element.id, ()))
            form = f"|{layer.form.pattern}" if layer.form is not None else ""
        signs = self.writing.delimiters.in_data()
        codes = frozenset(code for code in codes if code and signs.isdisjoint(code))
        # a code that is written with its blanks is measured otherwise; the long way knows how
        kept = frozenset(c for c in codes if element.min_length <= len(c) <= element.max_length and c == c.strip()) if layer else codes
        return (trie(kept) + form) if kept else None

    def _typed(self, element: ElementDef) -> str | None:
        kind, least, most = element.type, element.min_length, element.max_length
        if kind == "DT":
            return DATE_8 if least == most == 8 else DATE_6 if least == most == 6 else None
        if kind == "TM":
            return TIME if (least, most) == (4, 8) else None
        if kind == "B":
            return None
        if kind == "n" or (self.is_x12 and kind[0] in "NR"):
            return self._number(kind, least, most)
        return self._text(kind, least, most)

    def _number(self, kind: str, least: int, most: int) -> str:
        integer = rf"-?[0-9]{{{least},{most}}}"
        if (self.is_x12 and kind != "R") or least > 1 or most < 3:
            return integer
        marks = "".join(mark for mark in self.writing.decimal if mark in ".,") or "."
        behind = min(4, most // 2)  # digits behind the mark, so that all of them are never too many
        return rf"-?[0-9]{{1,{most - behind}}}(?:[{marks}][0-9]{{1,{behind}}}|)|{integer}"

    def _text(self, kind: str, least: int, most: int) -> str:
        if self.is_x12:
            # X12.6 3.5: there is one character at least that is no blank; a value that begins with one is left to the long way
            return f"[{self.printable}][ {self.printable}]{{{least - 1},{most - 1}}}"
        digits = "0-9" if kind == "a" else ""
        return rf"[^\x00-\x1f\x7f-\x9f{digits}{self.separators}]{{{least},{most}}}"

    # --- composites

    def _composite(self, thing: CompositeDef) -> str | None:
        period, listed = period_of(thing.components), listed_of(thing.components)
        if thing.notes:
            first = thing.components[0]
            alone = self._value(first.definition) if isinstance(first.definition, ElementDef) else None
            is_enough = not any(map(_is_mandatory, thing.components[1:])) and all(condition(note, {1: True}) == "" for note in thing.notes)
            return alone if is_enough else None
        bodies = [self._value(use.definition) for use in thing.components if isinstance(use.definition, ElementDef)]
        if period:
            return self._period(thing, bodies, period)
        chain = self._chain(thing.components, bodies)
        if listed is None or chain is None:
            return chain
        coded = thing.components[listed[0]].definition
        is_listed = isinstance(coded, ElementDef) and coded.codes is not None
        return "|".join([chain, *self._foreign(thing, bodies, listed)]) if is_listed else chain

    def _chain(self, uses: Sequence[ElementUse], bodies: Sequence[str | None], *, force: frozenset[int] = frozenset()) -> str | None:
        """Components in order, as many as there are; the last of them is not empty. None when a mandatory one has no pattern."""
        source = ""
        for index in range(len(uses) - 1, -1, -1):
            body, needed = bodies[index], _is_mandatory(uses[index]) or index in force
            if needed and body is None:
                return None
            value = f"(?:{body})" if needed else f"(?:{body}|)" if body is not None else ""
            must_follow = any(_is_mandatory(use) for use in uses[index:]) or any(at >= index for at in force)
            if index == 0:
                return f"{value}{source}(?<![{self.component}{self.element}])"
            source = f"{self.component}{value}{source}" if must_follow else f"(?:{self.component}{value}{source}|)"
        return None

    def _foreign(self, thing: CompositeDef, bodies: Sequence[str | None], listed: tuple[int, int, int]) -> list[str]:
        """A composite that says that its code is of another list (1131) or agency (3055 other than 6) than the UN's: any code passes."""
        code, name, agency = listed
        definition = thing.components[code].definition
        assert isinstance(definition, ElementDef)
        free = [*bodies]
        free[code] = self._typed(definition)
        by_name = self._chain(thing.components, free, force=frozenset({name}))
        unnamed = [*free]
        unnamed[name] = None
        unnamed[agency] = rf"(?!6(?![^{self.separators}]))(?:{free[agency]})"
        by_agency = self._chain(thing.components, unnamed, force=frozenset({agency}))
        return [chain for chain in (by_name, by_agency) if chain is not None]

    def _period(self, thing: CompositeDef, bodies: Sequence[str | None], period: tuple[int, int]) -> str | None:
        """Qualifier, date, form of the date: the date by its form. Other orders are not proven."""
        if period != (1, 2) or len(thing.components) != 3 or None in bodies:
            return None
        pairs = [f"{form_pattern(form)}{self.component}{re.escape(form)}" for form in FORMS]
        body = f"{self.component}(?:{'|'.join(pairs)}|{bodies[1]})"
        qualifier = f"(?:{bodies[0]})" if _is_mandatory(thing.components[0]) else f"(?:{bodies[0]}|)"
        return f"{qualifier}(?:{body}|)(?<![{self.component}{self.element}])"
