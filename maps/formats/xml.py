"""XML payloads: an element is an object, its attributes keys with `@`, its own text `#text`; children stand in lists under their names.

No document type is taken at all, so there are no entities to expand and nothing to fetch; depth, size and number are limited. Comments,
processing instructions, blanks between elements and the prefixes that the sender chose mean nothing and are not kept.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from lxml import etree

from maps.finding import MapFindingCode
from maps.formats.payload import (
    ORDER,
    Form,
    Limits,
    PayloadDocument,
    PayloadRead,
    PayloadWritten,
    Record,
    RefusedError,
    decoded,
    finding,
    parts,
)
from maps.formats.places import TEXT

__all__ = ["Element", "XmlForm"]


_CHARSETS: Final = frozenset({"utf-8", "utf-16", "ascii", "iso8859-1", "cp1252"})  #: as Python calls them
_CODE: Final = MapFindingCode.XML_INVALID
_ATTRIBUTES: Final = 256  #: of one element; looking for one of them takes longer the more there are
_BLANK: Final = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_START: Final = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_DECLARATION: Final = re.compile(r"<\?xml\s[^>]*?\?>")
_ENCODING: Final = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


class Element(Record):
    """One element, and where it stood."""

    __slots__ = ("_line", "path")

    def __init__(self, path: str, line: int) -> None:
        super().__init__()
        self.path, self._line = path, line

    @property
    def line(self) -> int:
        """The line on which its start tag ends."""
        return self._line

    @property
    def frame(self) -> str:
        """`/Order/Lines/Line[2]`."""
        return self.path

    def where(self, keys: tuple[str, ...]) -> str:
        """`/Order/Lines/Line[2]/@qty (line 14)`."""
        return f"{'/'.join((self.path, *(key for key in keys if key != TEXT)))} (line {self._line})"


class XmlForm(Form):
    """A partner's own XML: one document, or with `each` the elements at a place of it."""

    syntax: ClassVar[str] = "xml"
    content_type: ClassVar[str] = "application/xml"
    extension: ClassVar[str] = "xml"
    has_lists: ClassVar[bool] = True

    def __init__(
        self, name: str, namespaces: Mapping[str, str], each: Sequence[str] = (), *, charset: str = "utf-8", indent: bool = True
    ) -> None:
        """`name` of the root element. `namespaces`: prefix in the map to its URI, the empty one is that of names without."""
        self._name, self._each, self._charset, self._indent = name, tuple(each), charset, indent
        self._uris = dict(namespaces)
        self._prefixes = {uri: prefix for prefix, uri in namespaces.items()}
        self.root = "/" + "/".join((name, *each))

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, data: bytes) -> PayloadRead:
        """The root element, or those at `each`."""
        try:
            found = self._root(_parsed(_text_of(data, self.limits), self.limits))
        except RefusedError as error:
            return PayloadRead(findings=(error.finding,))
        items: list[Any] = [found]
        for key in self._each:
            items = [inner for item in items for inner in item.get(key, ())]
        return PayloadRead(tuple(map(PayloadDocument, items)))

    def _root(self, node: Any) -> Element:
        if self._key(node.tag) != self._name:
            raise RefusedError(_CODE, f"the root element is not {self._name}", "/")
        return self._element(node, f"/{self._name}", 1)

    def _element(self, node: Any, path: str, depth: int) -> Element:
        if depth > self.limits.depth:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "nested too deep", f"line {node.sourceline}")
        record = Element(path, node.sourceline or 0)
        if len(node.attrib) > _ATTRIBUTES:
            raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many attributes", record.where(()))
        for name, value in node.attrib.items():
            record[f"@{self._key(name, attribute=True)}"] = value
        children = list(node)
        if not children:
            if node.text:
                record[TEXT] = node.text
            return record
        if any(text and not text.isspace() for text in (node.text, *(child.tail for child in children))):
            raise RefusedError(_CODE, "text between elements", record.where(()))
        names = [self._key(child.tag) for child in children]
        count = {name: names.count(name) for name in set(names)} if len(names) < 50 else _counted(names)
        for name, child in zip(names, children, strict=True):
            there = record.setdefault(name, [])
            inner = f"{path}/{name}" if count[name] == 1 else f"{path}/{name}[{len(there) + 1}]"
            there.append(self._element(child, inner, depth + 1))
        if names != [name for name in record if name in count for _ in range(count[name])]:
            record[ORDER] = names
        return record

    def _key(self, tag: Any, *, attribute: bool = False) -> str:
        if not isinstance(tag, str):
            raise RefusedError(_CODE, "an entity")
        uri, _, local = tag.removeprefix("{").rpartition("}")
        if not uri:
            return local if attribute or "" not in self._uris else f"{{}}{local}"
        prefix = self._prefixes.get(uri)
        return tag if prefix is None or (attribute and not prefix) else f"{prefix}:{local}" if prefix else local

    def recognises(self, data: bytes) -> bool:
        """By the name of the root element."""
        try:
            text = _text_of(data, self.limits)
        except RefusedError as error:
            return error.finding.code is _CODE and data.lstrip()[:1] == b"<"
        start = _START.match(text, _prolog(text))
        return start is not None and start[1] == self._name.rpartition(":")[2]

    def within(self, frame: str, keys: Sequence[str]) -> str:
        """As an XPath."""
        return "/".join((frame, *keys))

    def item(self, frame: str, index: int) -> str:
        """As an XPath."""
        return f"{frame}[{index + 1}]"

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, values: Sequence[Any]) -> PayloadWritten:
        """The documents within the root element."""
        if not self._each and len(values) != 1:
            return PayloadWritten(findings=(finding(MapFindingCode.VALUE_NOT_WRITABLE, "one document in each payload"),))
        whole: Any = values[0] if not self._each else list(values)
        for depth, key in enumerate(reversed(self._each)):
            whole = {key: whole if depth == 0 else [whole]}
        try:
            spaces = {prefix or None: uri for prefix, uri in self._uris.items() if prefix or not _has_bare(whole)}
            root = etree.Element(self._tag(self._name, f"/{self._name}"), nsmap=spaces)
            self._fill(root, whole, f"/{self._name}")
            if self._indent:
                etree.indent(root)
            text = f'<?xml version="1.0" encoding="{self._charset}"?>\n{etree.tostring(root, encoding="unicode")}\n'
            return PayloadWritten(text.encode(self._charset, "xmlcharrefreplace"))
        except RefusedError as error:
            return PayloadWritten(findings=(error.finding,))
        except (ValueError, UnicodeError):
            return PayloadWritten(findings=(finding(MapFindingCode.VALUE_NOT_WRITABLE, "not a character of XML"),))

    def _fill(self, node: Any, record: Any, path: str) -> None:
        try:
            for key, value in record.items():
                if key == TEXT:
                    node.text = value
                elif key.startswith("@"):
                    node.set(self._tag(key[1:], path, attribute=True), value)
                elif not isinstance(value, list):
                    raise TypeError  # noqa: TRY301 - as lxml does for what is no text
            lists = {key: value for key, value in record.items() if isinstance(value, list) and key != ORDER}
            for key, inner in parts(record, lists):
                where = f"{path}/{key}"
                self._fill(etree.SubElement(node, self._tag(key, where)), inner, where)
        except (ValueError, TypeError, AttributeError):
            raise RefusedError(MapFindingCode.VALUE_NOT_WRITABLE, "not a name or character of XML", path) from None

    def _tag(self, key: str, path: str, *, attribute: bool = False) -> str:
        if key.startswith("{"):
            return key.removeprefix("{}")
        prefix, colon, local = key.rpartition(":")
        if attribute and not colon:
            return local
        if colon and prefix not in self._uris:
            raise RefusedError(MapFindingCode.VALUE_NOT_WRITABLE, "a prefix that the map does not declare", path)
        uri = self._uris.get(prefix)
        return f"{{{uri}}}{local}" if uri else local


def _has_bare(record: Any) -> bool:
    """Whether an element without a namespace stands among those that have one; then those need a prefix."""
    if not isinstance(record, Mapping):
        return False
    return any(key.startswith("{}") or any(map(_has_bare, value)) for key, value in record.items() if isinstance(value, list))


def _counted(names: list[str]) -> dict[str, int]:
    count: dict[str, int] = {}
    for name in names:
        count[name] = count.get(name, 0) + 1
    return count


def _text_of(data: bytes, limits: Limits) -> str:
    """The text of a document by its byte order mark or declaration, with the declaration taken off."""
    charset = "utf-8"
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        charset = "utf-16"
    elif said := _ENCODING.match(data[:200].lstrip()):
        charset = said[1].decode("ascii").lower()
    if not _is_taken(charset):
        raise RefusedError(_CODE, "an encoding that is not taken", "line 1")
    text = decoded(data, charset, _CODE, limits).lstrip()
    declaration = _DECLARATION.match(text)
    return text[declaration.end() :] if declaration else text


def _is_taken(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in _CHARSETS
    except LookupError:
        return False


def _prolog(text: str) -> int:
    """Where the document begins behind comments and processing instructions."""
    match = _BLANK.match(text)
    return match.end() if match else 0


def _parsed(text: str, limits: Limits) -> Any:
    if text.startswith("<!DOCTYPE", _prolog(text)):
        raise RefusedError(_CODE, "a document type declaration is not taken", "line 1")
    if text.count("<") > 2 * limits.values or text.count("=") > 2 * limits.values:
        raise RefusedError(MapFindingCode.LIMIT_EXCEEDED, "too many values")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        name = parser.error_log[0].type_name if len(parser.error_log) else ""
        hint = name.removeprefix("ERR_").replace("_", " ").lower() or "no element"
        raise RefusedError(_CODE, hint, f"line {line}, column {column}") from None
    except (ValueError, UnicodeError):
        raise RefusedError(_CODE, "not a character of XML") from None
