"""The `payload:` of a map file as a form: what a partner's JSON, XML, CSV or fixed width looks like. All faults are told together."""

import codecs
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from maps.finding import MapFindingCode
from maps.formats.csv import Columns, CsvDialect, CsvForm
from maps.formats.fixed import FixedColumn, FixedForm, FixedLayout
from maps.formats.json import JsonForm
from maps.formats.payload import Form
from maps.formats.records import RecordType, Typed
from maps.formats.rows import ROWS, Arrangement, Grouped, Whole

__all__ = ["HeadError", "form_of"]

_NEWLINES: Final = {"lf": "\n", "crlf": "\r\n", "none": ""}
_CHARSETS: Final = frozenset({"utf-8", "utf-16", "ascii", "iso8859-1", "iso8859-15", "cp1252", "cp1250", "cp437", "cp850"})
_DELIMITERS: Final = frozenset(",;|\t~^:")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_ELEMENT: Final = re.compile(r"(?:[A-Za-z_][\w.-]{0,63}:)?[A-Za-z_][\w.-]{0,63}")
_TYPE: Final = re.compile(r"[A-Za-z0-9_-]{1,20}")
_POSITIONS: Final = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?(?: (left|right))?(?: (\S))?")


class HeadError(ValueError):
    """The head does not describe a form. `messages` are for the author of the map."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def form_of(syntax: str, said: Mapping[str, Any]) -> Form:
    """The form that a head describes. Raises HeadError."""
    head = _Head(said)
    form = _FORMS[syntax](head)
    head.end()
    return form


class _Head:
    """A mapping that is being read: each key once, with its kind, and what nobody asked for is a fault."""

    def __init__(self, said: Mapping[str, Any], where: str = "payload") -> None:
        self._left, self._where, self.messages = dict(said), where, list[str]()

    def fault(self, message: str) -> None:
        self.messages.append(f"{self._where}: {message}")

    def take(self, key: str, default: Any = None) -> Any:
        return self._left.pop(key, default)

    def text(self, key: str, default: str = "") -> str:
        value = self.take(key, default)
        if isinstance(value, str):
            return value
        self.fault(f"{key} must be a text")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.take(key, default)
        if isinstance(value, bool):
            return value
        self.fault(f"{key} must be true or false")
        return default

    def number(self, key: str) -> int:
        value = self.take(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000:
            return value
        self.fault(f"{key} must be a whole number")
        return 0

    def choice(self, key: str, allowed: Mapping[str, Any], default: str) -> Any:
        value = self.take(key, default)
        if isinstance(value, str) and value in allowed:
            return allowed[value]
        self.fault(f"{key} must be one of {', '.join(allowed)}")
        return allowed[default]

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, [])
        values = [value] if isinstance(value, str) else value
        if isinstance(values, list) and all(isinstance(one, str) and one for one in values):
            return tuple(values)
        self.fault(f"{key} must be a text or a list of texts, each in quotes where it is a number")
        return ()

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self.take(key, {})
        if isinstance(value, Mapping) and all(isinstance(one, str) for one in value):
            return value
        self.fault(f"{key} must be a mapping, its keys in quotes where they are numbers")
        return {}

    def charset(self, default: str) -> str:
        said = self.text("charset", default)
        try:
            name = codecs.lookup(said).name
        except (LookupError, ValueError):
            name = ""
        if name not in _CHARSETS:
            self.fault(f"charset must be one of {', '.join(sorted(_CHARSETS))}")
            return default
        return said

    def decimal(self) -> str:
        value = self.text("decimal", ".")
        if value not in {".", ",", ".,", ",."}:
            self.fault('decimal must be "." or ","')
        return value

    def within(self, key: str, said: Mapping[str, Any]) -> "_Head":
        inner = _Head(said, f"{self._where}.{key}")
        inner.messages = self.messages
        return inner

    def end(self) -> None:
        """Raises HeadError with everything that is wrong."""
        self.unknown()
        if self.messages:
            raise HeadError(self.messages)

    def unknown(self) -> None:
        for key in self._left:
            self.fault(f"{key} has no meaning here")


# --- trees --------------------------------------------------------------------------------------------------------------------------------


def _json(head: _Head) -> Form:
    each = head.take("each")
    if each is None:
        return JsonForm()
    if not isinstance(each, str) or not re.fullmatch(r"\$(\.[A-Za-z_][A-Za-z0-9_-]*)*\[\]", each):
        head.fault("each must be the place of the documents, such as $.orders[]")
        return JsonForm()
    return JsonForm(tuple(each[:-2].split(".")[1:]))


def _xml(head: _Head) -> Form:
    from maps.formats.xml import XmlForm

    root, each = head.text("root"), head.text("each")
    namespaces = {prefix: uri for prefix, uri in head.mapping("namespaces").items() if isinstance(uri, str)}
    steps = each.removesuffix("[]").split("/") if each else []
    if not _ELEMENT.fullmatch(root):
        head.fault("root must be the name of the root element")
    if not all(map(_ELEMENT.fullmatch, steps)):
        head.fault("each must be the place of the documents, such as Orders/Order")
    for name in (root, *steps):
        prefix, colon, _ = name.rpartition(":")
        if colon and prefix not in namespaces:
            head.fault(f"namespaces has no {prefix}")
    if len(set(namespaces.values())) < len(namespaces) or not all(prefix == "" or _KEY.fullmatch(prefix) for prefix in namespaces):
        head.fault('namespaces must be {prefix: URI}, each once; "" is the prefix of names without')
    charset = head.charset("utf-8")
    return XmlForm(root, namespaces, steps, charset=charset, indent=head.flag("indent", default=True))


# --- tables -------------------------------------------------------------------------------------------------------------------------------


def _csv(head: _Head) -> Form:
    dialect = CsvDialect(
        delimiter=head.text("delimiter", ","),
        quote=head.choice("quote", {'"': '"', "'": "'", "none": ""}, '"'),
        charset=head.charset("utf-8"),
        newline=head.choice("newline", {name: end for name, end in _NEWLINES.items() if end}, "lf"),
        header=head.flag("header", default=True),
        quote_all=head.choice("quoting", {"needed": False, "all": True}, "needed"),
    )
    if dialect.delimiter not in _DELIMITERS:
        head.fault(f"delimiter must be one of {' '.join(sorted(_DELIMITERS - set(chr(9))))} or a tab")
    if dialect.quote_all and not dialect.quote:
        head.fault("quoting: all needs a quote")
    decimal = head.decimal()
    if records := head.mapping("records"):
        columns = {kind: _csv_columns(inner) for kind, inner in _record_heads(head, records)}
        return CsvForm(dialect, columns or {"": Columns(())}, _typed(head, records, columns, MapFindingCode.CSV_INVALID), decimal=decimal)
    flat = _csv_columns(head)
    return CsvForm(dialect, {"": flat}, _flat(head, flat.names, MapFindingCode.CSV_INVALID), decimal=decimal)


def _csv_columns(head: _Head) -> Columns:
    said = head.texts("columns")
    names = tuple(name.removesuffix("?") for name in said)
    _check_names(head, names)
    return Columns(names, frozenset(name.removesuffix("?") for name in said if name.endswith("?")))


def _fixed(head: _Head) -> Form:
    said_kind = head.text("type")
    kind = _column(head, "", said_kind) if said_kind else None
    width, newline, charset = head.number("width"), head.choice("newline", _NEWLINES, "lf"), head.charset("ascii")
    decimal = head.decimal()
    if not newline and not width:
        head.fault("without line ends, width must say how long a record is")
    records = head.mapping("records")
    if bool(records) != (kind is not None):
        head.fault("type, such as 1-2, and records go together")
    if records:
        columns = {name: _fixed_columns(inner, kind) for name, inner in _record_heads(head, records)} or {"": ()}
        arrangement = _typed(head, records, columns, MapFindingCode.FIXED_INVALID)
    else:
        columns = {"": _fixed_columns(head, None)}
        arrangement = _flat(head, tuple(column.name for column in columns[""]), MapFindingCode.FIXED_INVALID)
    if width and any(column.last > width for listed in columns.values() for column in listed):
        head.fault("a column ends behind width")
    return FixedForm(FixedLayout(columns, kind, width, newline, charset), arrangement, decimal=decimal)


def _fixed_columns(head: _Head, kind: FixedColumn | None) -> tuple[FixedColumn, ...]:
    found = [_column(head, name, said) for name, said in head.mapping("columns").items()]
    columns = tuple(column for column in found if column is not None)
    _check_names(head, [column.name for column in columns])
    ordered = sorted((*columns, *([kind] if kind else [])), key=lambda column: column.first)
    for one, other in pairwise(ordered):
        if other.first <= one.last:
            head.fault(f"{other.name or 'type'} begins within {one.name or 'type'}")
    return columns


def _column(head: _Head, name: str, said: object) -> FixedColumn | None:
    match = _POSITIONS.fullmatch(said) if isinstance(said, str) else None
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if match is None or not 0 < first <= last:
        head.fault(f"{name or 'type'} must say its positions in quotes, such as '3-17' or '20-26 right 0'")
        return None
    return FixedColumn(name, first, last, match[3] == "right", match[4] or " ")


def _check_names(head: _Head, names: tuple[str, ...] | list[str]) -> None:
    if not names:
        head.fault("columns are needed")
    for name in names:
        if name != name.strip() or not name or name.startswith("#") or "+" in name or name == ".":
            head.fault(f"{name!r} is no name of a column")
    if len(set(names)) < len(names):
        head.fault("a column comes twice")


def _record_heads(head: _Head, records: Mapping[str, Any]) -> list[tuple[str, _Head]]:
    """A head for each type of record, to read its columns from."""
    found = []
    for name, said in records.items():
        if not _TYPE.fullmatch(name) or not isinstance(said, Mapping):
            head.fault(f"records.{name} must be {{columns: ..., many: true, under: TYPE}}")
        else:
            inner = head.within(f"records.{name}", {key: value for key, value in said.items() if key not in {"many", "under"}})
            found.append((name, inner))
    return found


def _typed(head: _Head, records: Mapping[str, Any], columns: Mapping[str, Any], code: MapFindingCode) -> Arrangement:
    types: list[RecordType] = []
    for name in columns:
        said = records.get(name, {})
        inner = head.within(f"records.{name}", {key: value for key, value in said.items() if key != "columns"})
        one = RecordType(name, inner.flag("many", default=False), inner.text("under"))
        inner.unknown()
        if one.under and one.under not in {before.name for before in types}:
            inner.fault("under must name a type before it")
            one = RecordType(name, one.many)
        if not types and (one.many or one.under):
            inner.fault("the first type begins a document: it has neither many nor under")
        types.append(one)
    names = {kind: {one if isinstance(one, str) else one.name for one in getattr(found, "names", found)} for kind, found in columns.items()}
    for one in types:
        if one.under and one.name in names[one.under]:
            head.fault(f"records.{one.under} has a column of the name {one.name}")
    return Typed(types or [RecordType("")], code)


def _flat(head: _Head, names: tuple[str, ...], code: MapFindingCode) -> Arrangement:
    said = head.take("documents", "file")
    if isinstance(said, str) and said in {"file", "row"}:
        return Whole(each=said == "row")
    if not isinstance(said, Mapping) or not all(isinstance(key, str) for key in said):
        head.fault("documents must be file, row, or {by: columns, head: columns}")
        return Whole(each=False)
    inner = head.within("documents", said)
    by, above = inner.texts("by"), inner.texts("head")
    once = inner.choice("repeat", {"every": False, "first": True}, "every")
    inner.unknown()
    if not by:
        inner.fault("by must name the columns that tell documents apart")
    for name in (*by, *above):
        if name not in names or name == ROWS:
            inner.fault(f"there is no column {name}")
    return Grouped(by, above, once=once, code=code)


_FORMS: Final[Mapping[str, Callable[[_Head], Form]]] = {"json": _json, "xml": _xml, "csv": _csv, "fixed": _fixed}
