"""Records of several types as documents, and back: a header record begins a document, the others belong to it or to one another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maps.finding import MapFindingCode
from maps.formats.payload import ORDER, PayloadDocument, Spot, Told, finding, parts
from maps.formats.rows import Row, RowWritten, cells_of

__all__ = ["RecordType", "Typed"]


@dataclass(frozen=True, slots=True)
class RecordType:
    """One type of record."""

    name: str
    many: bool = False  #: a list of them; else one
    under: str = ""  #: the type that it belongs to; empty: the document


@dataclass(slots=True)
class _Within:
    """An object, and the types of the records within as they came."""

    kind: str
    container: Row
    names: list[str]


class _Open:
    """A document while its records come."""

    def __init__(self, document: Row) -> None:
        self.document = document
        self.current = {"": document}  #: type -> the last record of it
        self.kinds = {id(document): _Within("", document, [])}


class Typed:
    """Documents of records; the first type begins each. An object has its records under their types."""

    def __init__(self, types: Sequence[RecordType], code: MapFindingCode) -> None:
        self._types, self._code = {one.name: one for one in types}, code
        self._first = types[0].name
        self._below = {name: [one for one in types if one.under == name] for name in ("", *self._types)}

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def documents(self, rows: Iterable[Row], told: Told) -> list[PayloadDocument]:
        """One document for each record of the first type."""
        found: list[_Open] = []
        for row in rows:
            if row.kind == self._first:
                found.append(_Open(row.blank()))
            fault = self._fault(found[-1], row) if found else f"a record before the first {self._first}"
            if fault:
                told.add(finding(self._code, fault, row.where(())))
            else:
                self._put(found[-1], row)
        for one in found:
            for within in one.kinds.values():
                if within.names != [each.name for each in self._below[within.kind] for _ in range(within.names.count(each.name))]:
                    within.container[ORDER] = within.names
        return [PayloadDocument(one.document) for one in found]

    def _fault(self, document: _Open, row: Row) -> str:
        one = self._types.get(row.kind)
        if one is None:
            return "a record of a type that is not agreed"
        above = document.current.get(one.under)
        if above is None:
            return f"a record {one.name} without a record {one.under} before it"
        return "" if one.many or one.name not in above else f"a second record {one.name}"

    def _put(self, document: _Open, row: Row) -> None:
        one = self._types[row.kind]
        above = document.current[one.under]
        if one.many:
            above.setdefault(one.name, []).append(row)
        else:
            above[one.name] = row
        document.kinds[id(above)].names.append(one.name)
        document.kinds[id(row)] = _Within(one.name, row, [])
        document.current = {name: kept for name, kept in document.current.items() if not self._is_below(name, one.name)}
        document.current[one.name] = row

    def _is_below(self, name: str, above: str) -> bool:
        while name:
            name = self._types[name].under
            if name == above:
                return True
        return False

    def spots(self, names: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], Spot]:
        """Each type under the one that it belongs to."""
        found: dict[tuple[str, ...], Spot] = {(): Spot(frozenset())}
        paths: dict[str, tuple[str, ...]] = {"": ()}
        for one in self._types.values():
            paths[one.name] = (*paths[one.under], one.name)
            found[paths[one.name]] = Spot(frozenset(names[one.name]), one.many, one.name)
        return found

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def rows(self, value: Any) -> Iterator[RowWritten]:
        """The records of a document."""
        yield from self._rows(value, "")

    def _rows(self, container: Any, kind: str) -> Iterator[RowWritten]:
        if isinstance(container, Mapping):
            for name, record in parts(container, {one.name: _listed(container.get(one.name)) for one in self._below[kind]}):
                yield RowWritten(cells_of(record), name)
                yield from self._rows(record, name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
