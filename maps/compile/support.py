"""What generated code calls. Each does what the interpreted engine does where nothing is odd, and raises OddError where something is.

The compiled way is the short one: it makes documents and segments of data that have no fault. Where it meets a fault, a second value, a
part that cannot be written, it gives up, and the interpreted engine says what is wrong; so findings have one source.
"""

import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Final

from edi.values import Repeats, Segment
from maps.codecs import Codec, CodecError, Inexact, Setting
from maps.codecs.numbers import parsed, plain
from maps.model import Path, Sign
from maps.tables import CodeTable, OnMissing

__all__ = ["SUPPORT", "OddError", "decoding", "encoding", "read_coded", "write_coded"]

Object = dict[str, Any]


class OddError(Exception):
    """There is something that only the interpreted engine can tell about."""


# --- reading ------------------------------------------------------------------------------------------------------------------------------


def simple(value: Any) -> str:
    """The text of an element that is no plain text: of the first repetition the first component."""
    if isinstance(value, Repeats):
        value = value[0] if value else ""
    return value if isinstance(value, str) else value[0] if value else ""


def part(value: Any, component: int) -> str:
    """The text of a component, from 1; of the first repetition."""
    if isinstance(value, Repeats):
        value = value[0] if value else ""
    if isinstance(value, str):
        return value if component == 1 else ""
    return value[component - 1] if component <= len(value) else ""


def fill(scope: Object, path: Path, value: Any) -> None:
    """Set a field that has no other value."""
    for key in path[:-1]:
        scope = scope.setdefault(key, {})
    if scope.setdefault(path[-1], value) != value:
        raise OddError


def within(scope: Mapping[str, Any], path: Path) -> Any:
    """What stands at a path; None when nothing does."""
    value: Any = scope
    for key in path:
        value = value.get(key) if value.__class__ is dict else None
    return value


def number_in(text: str, setting: Setting) -> str:
    """A number, as the codec `num` reads it."""
    found = plain(text) if setting.decimal == "." else parsed(text, setting.decimal)
    if found is None:
        found = parsed(text, setting.decimal)
        if found is None:
            raise OddError
    return found


def read_coded(table: CodeTable, prefix: str) -> Callable[[str], str | None]:
    """The word of a code that does not stand in the table as it is."""
    words, missing = table.words, table.on_missing

    def read(text: str) -> str | None:
        code = text.strip()
        word = words.get(code)
        if word is None:
            if missing is OnMissing.PASSTHROUGH and code:
                return prefix + code
            if missing is not OnMissing.RESIDUE:
                raise OddError
        return word

    return read


def decoding(codec: Codec) -> Callable[..., Any]:
    """The decoder of a codec that is not written out in the code."""

    def decode(texts: tuple[str, ...], setting: Setting) -> Any:
        try:
            return codec.decode(texts, setting)
        except CodecError:
            raise OddError from None

    return decode


def joined(scope: Object, lines: list[str], path: Path, separator: str) -> None:
    """Put lines behind those that are there."""
    lines = [line for line in lines if line.strip()]
    if not lines:
        return
    for key in path[:-1]:
        scope = scope.setdefault(key, {})
    before = scope.get(path[-1])
    scope[path[-1]] = separator.join([before, *lines] if isinstance(before, str) else lines)


def signed(scope: Object, code: str, sign: Sign) -> None:
    """Make a number negative where a code says so."""
    number = within(scope, sign.into)
    if number.__class__ is not str:
        return
    if code not in {sign.minus, sign.plus} or number.startswith("-"):
        raise OddError
    if code == sign.minus and number != "0":
        within(scope, sign.into[:-1])[sign.into[-1]] = f"-{number}"


# --- writing ------------------------------------------------------------------------------------------------------------------------------


def number_out(value: Any, setting: Setting) -> str:
    """A number, as the codec `num` writes it."""
    found = plain(value if value.__class__ is str else str(value))
    if found is None:
        raise OddError
    return found if setting.decimal[0] == "." else found.replace(".", setting.decimal[0])


def write_coded(prefix: str) -> Callable[[Any], str]:
    """The code of a word that has none in the table."""

    def write(value: Any) -> str:
        text = str(value)
        if not text.startswith(prefix):
            raise OddError
        return text[len(prefix) :]

    return write


def encoding(codec: Codec) -> Callable[..., tuple[str, ...]]:
    """The encoder of a codec that is not written out in the code."""

    def encode(value: Any, setting: Setting) -> tuple[str, ...]:
        if not isinstance(value, str | int):
            raise OddError
        try:
            texts = codec.encode(value, setting)
        except CodecError:
            raise OddError from None
        if type(texts) is Inexact:
            raise OddError
        return texts

    return encode


def trimmed(cells: list[Any]) -> tuple[Any, ...]:
    """The elements as they are read again: a composite of one component is plain, nothing empty stands at an end."""
    for index, cell in enumerate(cells):
        if cell.__class__ is list:
            while cell and not cell[-1]:
                cell.pop()
            cells[index] = tuple(cell) if len(cell) > 1 else cell[0] if cell else ""
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def lines_of(text: Any, separator: str, width: int) -> list[str]:
    """The lines of a joined text; one too long, or blank, is odd. Words fill a line as far as it goes."""
    if not isinstance(text, str):
        raise OddError
    if separator == " ":
        lines = textwrap.wrap(text, width, break_on_hyphens=False) if width and len(text) > width else [text]
        if " ".join(lines) != text:
            raise OddError
        return lines
    lines = text.split(separator)
    if any(not line.strip() or (width and len(line) > width) for line in lines):
        raise OddError
    return lines


def standing(cells: list[Any], index: int, component: int) -> Any:
    """What has been put into a slot."""
    cell = cells[index] if index < len(cells) else ""
    if cell.__class__ is list:
        return cell[component] if component < len(cell) else ""
    return cell


def merged_scope(scope: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a condition looks at: the object, and behind it the document."""
    return scope if scope is document else {**document, **scope}


def leaves(value: Mapping[str, Any], made: frozenset[str]) -> int:
    """How many plain values an object holds, without those that the engine makes."""
    count = 0
    for key, inner in value.items():
        if key in made:
            continue
        if inner.__class__ is dict:
            count += leaves(inner, made)
        elif inner.__class__ is list:
            for item in inner:
                count += leaves(item, made) if item.__class__ is dict else 1
        else:
            count += 1
    return count


SUPPORT: Final[Mapping[str, Any]] = {
    "Odd": OddError,
    "Segment": Segment,
    "fill": fill,
    "joined": joined,
    "lines_of": lines_of,
    "merged_scope": merged_scope,
    "number_in": number_in,
    "number_out": number_out,
    "part": part,
    "signed": signed,
    "simple": simple,
    "standing": standing,
    "trimmed": trimmed,
    "within": within,
}  #: by the names that templates use
