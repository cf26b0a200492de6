"""Groups of a fixed stride (SDQ), written by generated code: the items side by side, a new segment where they have no room."""

from collections.abc import Callable, Mapping
from typing import Any

from maps.codecs import Codec
from maps.compile.slots import Setting, slot_of
from maps.compile.support import OddError, encoding, within
from maps.formats.edi import Use, width
from maps.model import Binding, Groups, Path, Slot

__all__ = ["writing_groups"]


class _Field:
    """One binding of a stride, or of what all strides of a segment share."""

    def __init__(self, setting: Setting, binding: Binding, use: Use, start: int = 0) -> None:
        codec: Codec = setting.codec(binding, len(binding.places))
        self.path: Path = binding.path
        self._encode = encoding(codec)
        self._slots = [slot_of(place) for place in binding.places]
        self._widths = [width(use, Slot(slot.element + start, slot.component)) for slot in self._slots]
        self._required = binding.required

    def write(self, item: Mapping[str, Any], cells: list[Any], start: int, setting: Any) -> int:
        """Write it for one item; how many values that was."""
        value = within(item, self.path) if item.__class__ is dict else None
        if value is None:
            if self._required:
                raise OddError
            return 0
        for text, slot, widest in zip(self._encode(value, setting), self._slots, self._widths, strict=False):
            if widest and len(text) > widest:
                raise OddError
            if text:
                _put(cells, Slot(slot.element + start, slot.component), text)
        return 1


def _put(cells: list[Any], slot: Slot, text: str) -> None:
    index = slot.element - 1
    if len(cells) <= index:
        cells.extend([""] * (index + 1 - len(cells)))
    if not slot.component:
        cells[index] = text
        return
    parts = cells[index] if isinstance(cells[index], list) else [cells[index]]
    parts.extend([""] * (slot.component - len(parts)))
    parts[slot.component - 1] = text
    cells[index] = parts


def writing_groups(setting: Setting, groups: Groups, use: Use) -> Callable[[Mapping[str, Any], Any], tuple[list[list[Any]], int]]:
    """What writes the groups of an object: the cells of each segment, and how many plain values they hold."""
    items = [_Field(setting, binding, use, groups.first - 1) for binding in groups.items]
    common = [_Field(setting, binding, use) for binding in groups.common]

    def write(scope: Mapping[str, Any], context: Any) -> tuple[list[list[Any]], int]:
        given = within(scope, groups.into)
        rows: list[list[Any]] = []
        count = number = 0
        shared: list[Any] = []
        for one in given or ():
            item = one if one.__class__ is dict else {"": one}
            values = [within(item, field.path) for field in common]
            if not rows or number == groups.max or values != shared:
                rows.append([])
                number, shared = 0, values
                for field in common:
                    field.write(item, rows[-1], 0, context)
            count += sum(value is not None for value in values)
            for field in items:
                count += field.write(item, rows[-1], groups.first - 1 + number * groups.step, context)
            number += 1
        return rows, count

    return write
