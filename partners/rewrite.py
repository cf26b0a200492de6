"""`rewrite`: a settings file changed so that it says something else. Only what differs is touched; comments and the rest stay."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode

__all__ = ["RewriteError", "flow", "rewrite"]

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_MISSING: Final = object()
_LONGEST_LINE: Final = 130


class RewriteError(Exception):
    """The file is written in a way that a program cannot change without touching more: aliases, say."""


def rewrite(text: str, data: Mapping[str, Any]) -> str:
    """The text with as few changes as make it say `data`; what is new is written on one line. Raises `RewriteError`."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
        if not isinstance(node, MappingNode):
            raise RewriteError("the file is no mapping")
        editor = _Editor(text)
        editor.change(node, _load(text), data)
        changed = editor.applied()
        if _load(changed) == data:
            return changed
    except YAMLError:
        pass
    raise RewriteError("the file is written in a way that a program cannot change")


def flow(value: Any) -> str:
    """A value on one line, as people write it."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case datetime() | date():
            return value.isoformat()
        case str() if _PLAIN.fullmatch(value) and value.lower() not in _YAML_WORDS:
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)


def _load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@dataclass
class _Editor:
    """Collects replacements of spans of the text, which do not overlap."""

    text: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def applied(self) -> str:
        """The text with all of them."""
        text = self.text
        for begin, end, new in sorted(self.edits, reverse=True):
            text = text[:begin] + new + text[end:]
        return text

    def change(self, node: Node, old: Any, new: Any) -> None:
        """Make the value of a node, which is `old`, another."""
        if old == new:
            return
        if isinstance(node, MappingNode) and isinstance(new, Mapping) and set(old) & set(new):
            self._change_mapping(node, old, new)
        elif isinstance(node, SequenceNode) and isinstance(new, list) and 0 < len(old) <= len(new):
            for child, before, after in zip(node.value, old, new, strict=False):
                self.change(child, before, after)
            for item in new[len(old) :]:
                self._append(node, node.value[-1], f"- {flow(item)}", flow(item))
        elif _is_block(node) and isinstance(new, list) and new and (stay := _subsequence(old, new)) is not None:
            for position, child in enumerate(node.value):
                if position not in stay:
                    self._remove_item(child)
        else:
            self._replace(node, new)

    def _remove_item(self, item: Node) -> None:
        """Take an item of a list away: its lines."""
        line = self._line_start(item.start_mark.index)
        if self.text[line : item.start_mark.index].strip() != "-":
            raise RewriteError("an item of a list does not begin with its line")
        self.edits.append((line, min(self._line_end(_end(item)) + 1, len(self.text)), ""))

    def _change_mapping(self, node: MappingNode, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        for position, (key, value) in enumerate(node.value):
            after = new.get(key.value, _MISSING)
            if after is _MISSING:
                self._remove(node, position, new)
            elif _is_empty(value) and after is not None:
                self.edits.append((_end(key) + 1, _end(key) + 1, f" {flow(after)}"))
            else:
                self.change(value, old[key.value], after)
        kept = [value if not _is_empty(value) else key for key, value in node.value if key.value in new]
        for name in (name for name in new if name not in old):
            entry = f"{flow(name)}: {flow(new[name])}"
            self._append(node, kept[-1], entry, entry)

    def _replace(self, node: Node, new: Any) -> None:
        if not _is_block(node):
            self.edits.append((node.start_mark.index, _end(node), flow(new)))
            return
        line = self.text.rindex("\n", 0, node.start_mark.index)  # it stands on lines of its own below its key
        colon = self._colon_before(line)
        self.edits += [(line, _end(node), ""), (colon + 1, colon + 1, f" {flow(new)}")]

    def _colon_before(self, end: int) -> int:
        """The colon of the key in the line that ends here, which may have a comment."""
        found = re.compile(r":(?=[ \t]*(#.*)?$)").search(self.text, self._line_start(end), end)
        if found is None:
            raise RewriteError("something stands between the key and its value")
        return found.start()

    def _append(self, node: CollectionNode, last: Node, as_block: str, as_flow: str) -> None:
        """Put an entry behind the last one that stays."""
        end = _end(last)
        if _is_block(node):
            end = self._line_end(end)
            self.edits.append((end, end, f"\n{' ' * node.start_mark.column}{as_block}"))
        else:
            fits = end - self._line_start(end) + len(as_flow) < _LONGEST_LINE
            self.edits.append((end, end, f", {as_flow}" if fits else f",\n{' ' * (node.start_mark.column + 1)}{as_flow}"))

    def _remove(self, node: MappingNode, position: int, new: Mapping[str, Any]) -> None:
        """Take an entry away: its lines, or its part of a line with the comma."""
        key, value = node.value[position]
        begin = key.start_mark.index
        if _is_block(node):
            line = self._line_start(begin)
            if self.text[line:begin].strip():  # the first key of an item of a list stands behind its hyphen
                raise RewriteError("the first line of a list's item cannot be removed")
            end = max(_end(key) + 1, _end(value))
            self.edits.append((line, min(self._line_end(end) + 1, len(self.text)), ""))
        elif any(later.value in new for later, _ in node.value[position:]):
            self.edits.append((begin, node.value[position + 1][0].start_mark.index, ""))
        elif node.value[position - 1][0].value in new:  # with all that follows, none of which stays
            self.edits.append((_end(node.value[position - 1][1]), _end(node.value[-1][1]), ""))

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found


def _subsequence(old: list[Any], new: list[Any]) -> set[int] | None:
    """Where the items of a shorter list stand in the longer one; None when something else than leaving out happened."""
    places, left = set(), iter(enumerate(old))
    for item in new:
        place = next((place for place, one in left if one == item), None)
        if place is None:
            return None
        places.add(place)
    return places


def _is_block(node: Node) -> bool:
    return isinstance(node, CollectionNode) and not node.flow_style


def _is_empty(node: Node) -> bool:
    """`key:` with nothing behind it."""
    return not isinstance(node, CollectionNode) and node.start_mark.index == node.end_mark.index


def _end(node: Node) -> int:
    """Where its last character stands; a block's own mark lies behind comments and blank lines that follow it."""
    if not _is_block(node) or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return max(map(_end, last if isinstance(last, tuple) else (last,)))
