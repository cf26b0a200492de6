"""Places in values of plain objects, lists and texts: what stands at one, and how something gets there. The same for every form.

In XML each element stands in a list, for it may be repeated; where a place names one, the first is meant.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from maps.model import KeyPath, Place, Selector

__all__ = ["TEXT", "Odd", "Places"]

TEXT: Final = "#text"  #: the key of an element's own text

Object = dict[str, Any]


class _Items(list[Any]):
    """A list that rules filled item by item; merging puts more behind."""


class Odd(Enum):
    """What is odd about a value where a map reads a text."""

    TYPE = "an object or list where a text is read, or the reverse"
    REPEATED = "several where one is read"


class Places:
    """How places are read and written in the values of one form."""

    def __init__(self, *, has_lists: bool = False, is_text: bool = False) -> None:
        """`has_lists`: each element stands in a list. `is_text`: numbers are written as texts."""
        self._lists, self._texts = has_lists, is_text

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def one(self, record: Any, keys: tuple[str, ...]) -> Any:
        """What stands at keys of an object; None when nothing does."""
        for key in keys:
            record = record.get(key) if isinstance(record, Mapping) else None
            if self._lists and isinstance(record, list):
                record = record[0] if record else None
        return record

    def many(self, record: Any, keys: tuple[str, ...]) -> Any:
        """The list that stands at keys of an object; None when nothing does."""
        above = self.one(record, keys[:-1])
        return above.get(keys[-1]) if isinstance(above, Mapping) else None

    def reader(self, place: Place) -> Callable[[Any], str]:
        """The text of the value at a key; objects and lists have none."""
        assert isinstance(place, KeyPath)
        keys, one = place.keys, self.one
        return lambda record: _text(one(record, keys))

    def odd(self, record: Any, keys: tuple[str, ...]) -> Odd | None:
        """Whether something else than one plain value stands at keys of an object."""
        found: Odd | None = None
        for depth, key in enumerate(keys, 1):
            above, record = record, record.get(key) if isinstance(record, Mapping) else None
            if self._lists and isinstance(record, list):
                found = Odd.REPEATED if len(record) > 1 else found
                record = record[0] if record else None
            if record is None:
                holds_more = (
                    self._lists and key == TEXT and isinstance(above, Mapping) and any(isinstance(one, list) for one in above.values())
                )
                return Odd.TYPE if holds_more else found
            if isinstance(record, Mapping | list) == (depth == len(keys)):
                return Odd.TYPE
        return found

    def matcher(self, selector: Selector | None) -> Callable[[Any], bool] | None:
        """Whether an item of a list is selected; None when every one is."""
        tests = [(self.reader(place), frozenset(values)) for place, values in (selector.tests if selector else ()) if "*" not in values]
        return (lambda record: all(read_text(record) in values for read_text, values in tests)) if tests else None

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def writer(self, place: Place, *, number: bool = False) -> Callable[[Object, str], None]:
        """Puts a text, or the number that it says, to a key."""
        assert isinstance(place, KeyPath)
        above, last = place.keys[:-1], place.keys[-1]
        number = number and not self._texts

        def put(record: Object, text: str) -> None:
            target = self._into(record, above)
            target[last] = (Decimal(text) if "." in text else int(text)) if number else text

        return put

    def attach(self, into: Object, keys: tuple[str, ...], record: Object, *, each: bool) -> None:
        """Put a finished object to its place: as one more item, or merged with what stands there."""
        if each:
            self._into(into, keys[:-1]).setdefault(keys[-1], _Items()).append(record.get("", record))
        else:
            self._merge(self._into(into, keys), record)

    def _into(self, record: Object, keys: tuple[str, ...]) -> Object:
        for key in keys:
            record = record.setdefault(key, [{}])[0] if self._lists else record.setdefault(key, {})
        return record

    def _merge(self, into: Object, record: Object) -> None:
        for key, value in record.items():
            there = into.get(key)
            if isinstance(value, dict) and isinstance(there, dict):
                self._merge(there, value)
            elif isinstance(value, _Items) and isinstance(there, list):
                there.extend(value)
            elif self._lists and isinstance(value, list) and isinstance(there, list):
                self._merge(there[0], value[0])
            else:
                into[key] = value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return ""
