"""What the forms of partners have in common: a payload becomes values of plain objects, lists and texts, and values become a payload.

A form is a pair of pure functions. `read` never raises for what stands in a payload: it gives the documents, or the findings that
say why there are none, each with a place that the partner understands. `write` is its inverse up to the normal form.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from edi.location import Location
from maps.finding import MESSAGES, MapFinding, MapFindingCode, Severity

__all__ = [
    "LIMITS",
    "ORDER",
    "Form",
    "Limits",
    "PayloadDocument",
    "PayloadRead",
    "PayloadWritten",
    "Record",
    "RefusedError",
    "Spot",
    "Told",
    "decoded",
    "finding",
    "parts",
]

ORDER: Final = "#order"  #: of an object whose parts do not stand as they would be written: their names in their order
_BOM: Final = "\ufeff"
_MAX_SHOWN: Final = 99  #: never echo more of bad data


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken of one payload."""

    bytes: int = 10_000_000
    depth: int = 32  #: objects within objects, elements within elements
    values: int = 500_000  #: objects, cells, elements
    digits: int = 40  #: characters of a number in JSON
    characters: int = 100_000  #: of one cell
    findings: int = 100


LIMITS: Final = Limits()  #: what is taken where nothing else is said


class Record(dict[str, Any]):
    """An object that knows where it stood: a row of a table, an element of XML."""

    __slots__ = ()

    @property
    def line(self) -> int:
        """The line of the payload on which it begins; 0 when it is not known."""
        return 0

    @property
    def frame(self) -> str:
        """What findings call it when something within is missing."""
        return self.where(())

    def where(self, keys: tuple[str, ...]) -> str:
        """The place of it, or of a value in it, in the partner's words."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PayloadDocument:
    """One document of a payload as a value, and what was noticed that does not stop it."""

    value: Any
    findings: tuple[MapFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class PayloadRead:
    """The documents of a payload, or the findings that say why there are none. A form that frames them may frame none: nothing was said."""

    documents: tuple[PayloadDocument, ...] = ()
    findings: tuple[MapFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class PayloadWritten:
    """The bytes of values. With an error among the findings there are none."""

    data: bytes = b""
    findings: tuple[MapFinding, ...] = ()


class RefusedError(Exception):
    """The payload is not taken, or a value cannot be written; the whole of it is one finding."""

    def __init__(
        self, code: MapFindingCode, hint: str, wire: str = "", *, value: str | None = None, location: Location | None = None
    ) -> None:
        super().__init__(hint)
        self.finding = finding(code, hint, wire, value=value, location=location)


def finding(
    code: MapFindingCode,
    hint: str,
    wire: str = "",
    *,
    value: str | None = None,
    location: Location | None = None,
    severity: Severity = Severity.ERROR,
) -> MapFinding:
    """One fault of a payload. `wire` is its place in the partner's words."""
    shown = None if value is None else value[:_MAX_SHOWN]
    return MapFinding(code, severity, "$", "", location, MESSAGES[code], shown, hint, wire or (str(location) if location else "$"))


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a place of a document, where the form says it."""

    names: frozenset[str]  #: the columns of the object; empty: it only holds others
    many: bool = False  #: whether it is a list of them
    kind: str = ""  #: the record type


class Form(ABC):
    """One partner's form of payload, as the head of its map describes it. It holds no state of a run."""

    syntax: ClassVar[str]
    content_type: ClassVar[str]
    extension: ClassVar[str]
    is_text: ClassVar[bool] = True  #: whether all values are texts; else numbers are numbers
    has_lists: ClassVar[bool] = False  #: whether each element stands in a list, for it may be repeated (XML)
    root: str = "$"  #: what findings call the document itself
    decimal: str = "."  #: every mark that may stand for the decimal point; the first is written
    limits: Limits = LIMITS
    spots: "Mapping[tuple[str, ...], Spot] | None" = None  #: the objects of a document by their place; None: there may be any

    @abstractmethod
    def read(self, data: bytes) -> PayloadRead:
        """The documents of a payload."""

    @abstractmethod
    def write(self, values: Sequence[Any]) -> PayloadWritten:
        """The payload of documents."""

    @abstractmethod
    def recognises(self, data: bytes) -> bool:
        """Whether a payload looks like this form; what looks so may still be faulty."""

    def within(self, frame: str, keys: Sequence[str]) -> str:
        """What findings call a value within another."""
        return ".".join((frame, *keys))

    def item(self, frame: str, index: int) -> str:
        """What findings call an item of a list."""
        return f"{frame}[{index}]"

    def width(self, above: tuple[str, ...], keys: tuple[str, ...]) -> int:  # noqa: ARG002 - most forms have none
        """The greatest length of a text; 0 where there is none."""
        return 0


def decoded(data: bytes, charset: str, code: MapFindingCode, limits: Limits) -> str:
    """The text of a payload without its byte order mark. Raises RefusedError with line and column of what is no text."""
    if len(data) > limits.bytes:
        raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many bytes")
    try:
        return data.decode(charset).removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(charset, "replace").removeprefix(_BOM)
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise RefusedError(code, f"not {charset}", f"line {line}, column {column}") from None
    except UnicodeError:
        raise RefusedError(code, f"not {charset}") from None


class Told(list[MapFinding]):
    """Findings up to the limit."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._most = limits.findings

    def add(self, one: MapFinding) -> None:
        """Report one more; of too many, only that there were more."""
        if len(self) < self._most:
            self.append(one)
        elif len(self) == self._most:
            self.append(finding(MapFindingCode.LIMIT_EXCEEDED, "more findings than are listed"))


def parts(record: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    """Each part of an object with its name: in the order that was kept, where one was, and what is not in it at the end."""
    left = {name: iter(items) for name, items in lists.items()}
    kept = record.get(ORDER)
    for name in kept if isinstance(kept, list) else ():
        if name in left:
            for one in left[name]:
                yield name, one
                break
    for name, items in left.items():
        for one in items:
            yield name, one
