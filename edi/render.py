"""Segments as text: separators between their parts, data escaped or refused, empty ends dropped."""

import re
from collections.abc import Iterable, Sequence

from edi.delimiters import Delimiters
from edi.errors import WriteError
from edi.values import Composite, ElementValue, Repeats, Segment

__all__ = ["Renderer"]

_CONTROL = r"\x00-\x1f\x7f-\x9f"  # no repertoire of X12 or ISO 9735 has them as data
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")


class Renderer:
    """Writes segments with one set of separators.

    What cannot stand in data is refused with WriteError: a separator where there is no release character, and a character
    that is not of the repertoire. With a replacement it is replaced instead; an empty replacement drops it.
    """

    def __init__(
        self,
        delimiters: Delimiters,
        codec: str,
        outside: re.Pattern[str] | None = None,
        *,
        newline: str = "",
        for_separators: str | None = None,
        for_characters: str | None = None,
    ) -> None:
        """Raises WriteError when a replacement is itself what it is to replace."""
        self.delimiters = delimiters
        self.end = delimiters.segment + newline
        signs = delimiters.in_data()
        self._separators = re.compile(f"[{re.escape(''.join(sorted(signs)))}]")
        self._control = re.compile(f"[{_CONTROL}]")
        self._codec, self._outside = codec, outside
        #: none of them is in usual data, nor written between it
        self._unusual = tuple(sign for sign in (delimiters.repetition, delimiters.release) if sign)
        self._unprintable = "".join(sign for sign in signs if not sign.isprintable())
        element, component, segment = delimiters.element, delimiters.component, delimiters.segment
        self._empty_ends = (element + segment, component + segment, component + element)
        self._composites = delimiters.release is not None  # EDIFACT: there are some in nearly every segment
        self._tags: set[str] = set()  #: those that were looked at
        for replacement in filter(None, (for_separators, for_characters)):
            if not self._can_stand(replacement) or (not delimiters.release and self._separators.search(replacement)):
                raise WriteError("What is written in place of a character cannot be written itself.")
        self._for_separators, self._for_characters = for_separators, for_characters

    def segments(self, segments: Sequence[Segment]) -> str:
        """Segments with their terminators. Raises WriteError when a part of one cannot be written."""
        for tag in {segment.tag for segment in segments} - self._tags:
            if not _TAG.fullmatch(tag):
                raise WriteError("A segment tag is not of two or three capitals and digits.")
            self._tags.add(tag)
        return self._usual(segments) or "".join(map(self._checked, segments))

    def segment(self, segment: Segment) -> str:
        """One segment with its terminator."""
        return self.segments((segment,))

    def _usual(self, segments: Sequence[Segment]) -> str | None:
        """Usual segments, with nothing in them to escape, drop or refuse: joined, and looked at as a whole. None when one is not such."""
        lines: list[str] = []
        element, component, segment = self.delimiters.element, self.delimiters.component, self.delimiters.segment
        between = within = 0  # how many separators there must be; one more stands in data
        for one in segments:
            values = one.elements
            between += len(values)
            if not self._composites:
                try:
                    lines.append(element.join((one.tag, *values)))  # type: ignore[arg-type]  # a composite raises
                except TypeError:
                    pass  # it has one, which is rare here
                else:
                    continue
            line = [one.tag]
            for value in values:
                if isinstance(value, str):
                    line.append(value)
                elif isinstance(value, Repeats) or not value:
                    return None
                else:
                    line.append(component.join(value))
                    within += len(value) - 1
            lines.append(element.join(line))
        text = segment.join(lines) + segment
        if text.count(element) != between or text.count(component) != within or text.count(segment) != len(lines):
            return None
        for sign in (*self._unusual, *self._empty_ends):
            if sign in text:
                return None
        if not self._is_printable(text) or (self._outside and self._outside.search(text)):
            return None
        if not text.isascii():
            try:
                text.encode(self._codec)
            except UnicodeEncodeError:
                return None
        return text if self.end == segment else text.replace(segment, self.end)

    def _is_printable(self, text: str) -> bool:
        for sign in self._unprintable:
            text = text.replace(sign, "")
        return text.isprintable()

    def _checked(self, segment: Segment) -> str:
        parts = [self.element(value, segment.tag, position) for position, value in enumerate(segment.elements, 1)]
        while parts and not parts[-1]:
            parts.pop()
        return self.delimiters.element.join((segment.tag, *parts)) + self.end

    def element(self, value: ElementValue, tag: str, position: int) -> str:
        """An element as it can stand between separators; tag and position are for what is said of it."""
        if not isinstance(value, Repeats):
            return self._single(value, tag, position)
        repeated = _without_empty_end(self._single(part, tag, position) for part in value)
        if len(repeated) < 2:
            return "".join(repeated)
        if self.delimiters.repetition is None:
            raise WriteError(f"{tag}{position:02} repeats, but the version has no repetition separator.")
        return self.delimiters.repetition.join(repeated)

    def _single(self, value: str | Composite, tag: str, position: int) -> str:
        if isinstance(value, str):
            return self.text(value, tag, position)
        return self.delimiters.component.join(_without_empty_end(self.text(part, tag, position) for part in value))

    def text(self, text: str, tag: str, position: int) -> str:
        """Data as it can stand between separators."""
        if not self._can_stand(text):
            text = self._replaced(text, tag, position)
        if not self._separators.search(text):
            return text
        if self.delimiters.release:
            return self._separators.sub(lambda match: f"{self.delimiters.release}{match[0]}", text)
        if self._for_separators is None:
            raise WriteError(f"{tag}{position:02} has a separator in its data.")
        replacement = self._for_separators
        return self._separators.sub(lambda _: replacement, text)

    def _can_stand(self, text: str) -> bool:
        if self._control.search(text) or (self._outside and self._outside.search(text)):
            return False
        if not text.isascii():
            try:
                text.encode(self._codec)
            except UnicodeEncodeError:
                return False
        return True

    def _replaced(self, text: str, tag: str, position: int) -> str:
        if self._for_characters is None:
            raise WriteError(f"{tag}{position:02} has a character that is not of the character set.")
        return "".join(c if self._can_stand(c) else self._for_characters for c in text)


def _without_empty_end(parts: Iterable[str]) -> list[str]:
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return kept
