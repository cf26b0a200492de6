"""One segment as text: separators between its parts, data escaped or refused, empty ends dropped."""

import re
from collections.abc import Iterable

from edi.delimiters import Delimiters
from edi.errors import WriteError
from edi.values import Composite, ElementValue, Repeats, Segment

__all__ = ["Renderer"]

_CONTROL = r"\x00-\x1f\x7f-\x9f"  # no repertoire of X12 or ISO 9735 has them as data
_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")


class Renderer:
    """Writes segments with one set of separators.

    What cannot stand in data is refused with WriteError: a separator where there is no release character, and a character
    that is not of the repertoire. With a replacement it is replaced instead.
    """

    def __init__(
        self,
        delimiters: Delimiters,
        codec: str,
        outside: re.Pattern[str] | None = None,
        *,
        for_separators: str | None = None,
        for_characters: str | None = None,
    ) -> None:
        self.delimiters = delimiters
        self._separators = re.compile(f"[{re.escape(''.join(sorted(delimiters.in_data())))}]")
        self._control = re.compile(f"[{_CONTROL}]")
        self._codec, self._outside = codec, outside
        others = "".join(sorted(delimiters.in_data() - {delimiters.element}))
        self._special = re.compile(f"[{_CONTROL}{re.escape(others)}]" + (f"|{outside.pattern}" if outside else ""))
        self._for_separators, self._for_characters = for_separators, for_characters

    def segment(self, segment: Segment) -> str:
        """The segment with its terminator. Raises WriteError when a part of it cannot be written."""
        if not _TAG.fullmatch(segment.tag):
            raise WriteError("A segment tag is not of two or three capitals and digits.")
        return self._plain(segment) or self._checked(segment)

    def _plain(self, segment: Segment) -> str | None:
        """The usual segment, of simple ASCII elements with nothing to escape: looked at as a whole. None when it is not such a one."""
        element = self.delimiters.element
        try:
            text = element.join(segment.elements)  # type: ignore[arg-type]  # a composite raises, and is none of these
        except TypeError:
            return None
        if not text.isascii() or text.endswith(element) or self._special.search(text) or text.count(element) >= len(segment.elements):
            return None
        return f"{segment.tag}{element}{text}{self.delimiters.segment}" if text else None

    def _checked(self, segment: Segment) -> str:
        parts = [self._element(value, segment.tag, position) for position, value in enumerate(segment.elements, 1)]
        while parts and not parts[-1]:
            parts.pop()
        return self.delimiters.element.join((segment.tag, *parts)) + self.delimiters.segment

    def _element(self, value: ElementValue, tag: str, position: int) -> str:
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
        return self._separators.sub(self._for_separators, text)

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
