"""Changes one top-level key of a settings file that people wrote: everything else stays byte for byte, comments inside stay too."""

from collections.abc import Callable
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

__all__ = ["EditError", "edit_section", "flow_mapping", "items_of"]

_AT_WIDEST: Final = 1000  #: flow mappings stay on their line


class EditError(Exception):
    """The file is not written in a way that can be changed by a program without touching what people wrote."""


def edit_section(text: str, key: str, change: Callable[[Any], Any]) -> str:
    """The text with the value of a top-level key replaced by what `change` makes of it, which is given None where there is none.

    Raises EditError.
    """
    try:
        data = _yaml().load(text)
    except YAMLError:
        raise EditError("it is no YAML") from None
    if not isinstance(data, CommentedMap) or data.fa.flow_style():
        raise EditError("its first level is not written as `key: value` lines")
    lines = text.splitlines(keepends=True)
    begin, end = _span(data, key, lines)
    section = _load_section("".join(lines[begin:end])) if begin < end else CommentedMap()
    section[key] = change(section.get(key))
    out = StringIO()
    _yaml().dump(section, out)
    written = out.getvalue()
    if begin == end and lines and not lines[-1].endswith("\n"):
        written = "\n" + written
    return "".join([*lines[:begin], written, *lines[end:]])


def flow_mapping(**values: Any) -> CommentedMap:
    """A mapping that is written on one line: `{id: a, key: b}`."""
    mapping = CommentedMap(values)
    for value in mapping.values():
        if isinstance(value, CommentedSeq):
            value.fa.set_flow_style()
    mapping.fa.set_flow_style()
    return mapping


def items_of(value: Any) -> CommentedSeq:
    """A list that may be written as its only item, or not at all, as a list with one item per line."""
    found = value if isinstance(value, CommentedSeq) else CommentedSeq([] if value is None else [value])
    found.fa.set_block_style()
    return found


def _span(data: CommentedMap, key: str, lines: list[str]) -> tuple[int, int]:
    """The lines of a key with its value; both the end of the file where there is none. Comments before the next key are that key's."""
    if key not in data:
        return len(lines), len(lines)
    starts = sorted(data.lc.key(one)[0] for one in data)
    begin = data.lc.key(key)[0]
    end = next((start for start in starts if start > begin), len(lines))
    while end > begin + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith(("#", "..."))):
        end -= 1
    return begin, end


def _load_section(text: str) -> CommentedMap:
    try:
        section = _yaml().load(text)
    except YAMLError:  # an alias of an anchor that stands elsewhere
        raise EditError("this part of it hangs together with others") from None
    assert isinstance(section, CommentedMap)
    return section


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _AT_WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
