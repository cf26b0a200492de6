"""Splits and builds MIME entities without changing a byte of what was signed (RFC 2045, 2046, 1847)."""

import binascii
import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from as2.content import IN_MEMORY, Content, Scratch, Spool
from as2.errors import IllegalFilename

__all__ = [
    "ContentType",
    "Entity",
    "MimeError",
    "Multipart",
    "build_entity",
    "canonical",
    "entity_head",
    "file_label",
    "first_part",
    "parameter",
    "split",
    "unfolded",
]

MAX_HEAD: Final = 64 * 1024
MAX_PARTS: Final = 100
MAX_LABEL: Final = 255
_MAX_PADDING: Final = 1000  #: blanks behind a boundary
_MAX_ALIKE: Final = 1000  #: lines that begin like the boundary and are none; to go on behind each costs a read of a large body
_USUAL: Final = 512  #: octets; heads and fields up to here are remembered, for a partner's product writes the same ones in each message

_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_NO_FIELDS: Final = re.compile(rb"\r?\n")  # a part may lack header fields altogether
_LINE_END: Final = re.compile(rb"[ \t]*(?:\r?\n|\Z)")
_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)
_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'+.^_`{|}~-]+\Z")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class MimeError(ValueError):
    """The bytes are no MIME entity."""


@dataclass(frozen=True)
class ContentType:
    """A field like Content-Type or Content-Disposition: a value in lower case, and its parameters."""

    type: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ContentType":
        """Never fails: what cannot be read is not there. Names of parameters are lower case; the first of equals wins."""
        return _usual_content_type(text) if len(text) <= _USUAL else cls._parse(text)

    @classmethod
    def _parse(cls, text: str) -> "ContentType":
        head = text.partition(";")[0]
        found: dict[str, str] = {}
        for match in _PARAMETER.finditer(text, len(head)):
            name, value = match[1].lower(), match[2].strip()
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
            found.setdefault(name, value)
        return cls(head.strip().lower(), found)

    def text(self, name: str) -> str | None:
        """A parameter that may be in any of the ways to carry other characters: RFC 2231, its continuations, RFC 2047."""
        if (extended := self.parameters.get(f"{name}*")) is not None:
            return _extended(extended)
        if f"{name}*0" in self.parameters or f"{name}*0*" in self.parameters:
            return self._continued(name)
        plain = self.parameters.get(name)
        if plain is None or "=?" not in plain:
            return plain if plain is None or plain.isascii() else _utf8(plain)
        try:
            return str(make_header(decode_header(plain)))
        except (HeaderParseError, LookupError, ValueError):
            return plain

    def _continued(self, name: str) -> str:
        pieces, encoded = [], False
        for number in range(MAX_PARTS):
            if (piece := self.parameters.get(f"{name}*{number}*")) is not None:
                encoded = True
            elif (piece := self.parameters.get(f"{name}*{number}")) is None:
                break
            pieces.append(piece)
        return _extended("".join(pieces)) if encoded else "".join(pieces)


def _utf8(text: str) -> str:
    """What stands in a field as it is: UTF-8 where it can be (RFC 6532), else Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _extended(value: str) -> str:
    """charset'language'percent-encoded (RFC 2231 4)."""
    charset, _, rest = value.partition("'")
    octets = unquote_to_bytes(rest.partition("'")[2] if "'" in rest else value)
    try:
        return octets.decode(charset if "'" in rest else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return octets.decode("latin-1")


_usual_content_type = lru_cache(maxsize=256)(ContentType._parse)


class Entity:
    """A MIME entity: header fields and body, and the bytes that both came as. `scratch` takes what is large when it is decoded."""

    def __init__(self, fields: Sequence[tuple[str, str]], body: Content, raw: Content, scratch: Scratch | None = None) -> None:
        self.fields, self.body, self.raw, self._scratch = fields, body, raw, scratch
        self._content_type: ContentType | None = None
        self._multipart: Multipart | None = None

    @classmethod
    def parse(cls, raw: bytes | Content, scratch: Scratch | None = None) -> "Entity":
        """Cut at the first blank line. Raises `MimeError` when what comes before is not made of header fields."""
        raw = Content.of(raw) if isinstance(raw, bytes) else raw
        head = raw[:MAX_HEAD]
        end = _NO_FIELDS.match(head) or _BLANK_LINE.search(head)
        if end is None:
            raise MimeError("no blank line ends the header fields")
        return cls(parse_fields(head[: end.start()]), raw.window(end.end()), raw, scratch)

    def get(self, name: str) -> str | None:
        """The value of the first field of this name (lower case)."""
        for field_name, value in self.fields:
            if field_name == name:
                return value
        return None

    @property
    def content_type(self) -> ContentType:
        """Text without a Content-Type is plain text (RFC 2045 5.2)."""
        if self._content_type is None:
            self._content_type = ContentType.parse(self.get("content-type") or "text/plain")
        return self._content_type

    @property
    def transfer_encoding(self) -> str:
        """Its absence means binary (A13)."""
        return (self.get("content-transfer-encoding") or "binary").strip().lower()

    @property
    def file_name(self) -> str | None:
        """The label that the sender gave the content. Raises `IllegalFilename`."""
        disposition = ContentType.parse(self.get("content-disposition") or "")
        name = disposition.text("filename")
        if name is None:
            name = self.content_type.text("name")
        return file_label(name) if name else None

    def decoded(self) -> Content:
        """The content without its transfer encoding. Raises `MimeError`."""
        match self.transfer_encoding:
            case "base64":
                return decode_base64(self.body, self._scratch)
            case "quoted-printable":
                return _decode_quoted_printable(self.body, self._scratch)
            case _:
                return self.body

    def cms(self) -> Content:
        """The content of a CMS part: what begins with a SEQUENCE is binary, whatever its label says (A23). Raises `MimeError`."""
        return self.body if self.body[:1] == b"\x30" else decode_base64(self.body, self._scratch)

    @property
    def multipart(self) -> "Multipart":
        """The parts of the body, cut once. Raises `MimeError`."""
        if self._multipart is None:
            self._multipart = split(self.body, self.content_type.parameters.get("boundary", ""))
        return self._multipart


def decode_base64(encoded: Content, scratch: Scratch | None = None) -> Content:
    """Base64 with any line ends (A23). Raises `MimeError`."""
    decoded, rest = Spool(scratch), b""
    try:
        for block in encoded.blocks():
            rest += block.translate(None, b" \t\r\n")
            whole = len(rest) - (len(rest) % 4 or 4)  # the last four characters may be padded, and no others
            if b"=" in rest[:whole]:
                raise MimeError("this is not base64")
            decoded.write(binascii.a2b_base64(rest[:whole], strict_mode=True))
            rest = rest[whole:]
        decoded.write(binascii.a2b_base64(rest, strict_mode=True))
    except binascii.Error as fault:
        raise MimeError("this is not base64") from fault
    return decoded.content()


def _decode_quoted_printable(encoded: Content, scratch: Scratch | None) -> Content:
    """Blocks are cut at line ends, or where there are none, beside what an `=` begins."""
    decoded, rest = Spool(scratch), b""
    for block in encoded.blocks():
        rest += block
        cut = rest.rfind(b"\n") + 1
        if not cut:
            cut = max(len(rest) - 3, 0)
            escape = rest.rfind(b"=", max(cut - 2, 0), cut)
            cut = cut if escape < 0 else escape
        decoded.write(quopri.decodestring(rest[:cut]))
        rest = rest[cut:]
    decoded.write(quopri.decodestring(rest))
    return decoded.content()


def parse_fields(head: bytes, *, tolerant: bool = False) -> tuple[tuple[str, str], ...]:
    """Header fields, unfolded; names in lower case. Raises `MimeError`, unless lines that are no fields are passed over."""
    return (_usual_fields if len(head) <= _USUAL else _fields)(head, tolerant)


def _fields(head: bytes, tolerant: bool) -> tuple[tuple[str, str], ...]:  # noqa: FBT001 - positional, for the cache
    fields = []
    for line in unfolded(head):
        match = _FIELD.match(line)
        if match is None:
            if tolerant:
                continue
            raise MimeError("a line is no header field")
        fields.append((match[1].decode("ascii").lower(), match[2].strip().decode("latin-1")))
    return tuple(fields)


_usual_fields = lru_cache(maxsize=256)(_fields)


def unfolded(head: bytes) -> list[bytes]:
    """The lines of a head, with those that begin with a blank joined to the one before."""
    lines: list[bytes] = []
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if line[:1] in {b" ", b"\t"} and lines:
            lines[-1] += b" " + line.strip()
        elif line:
            lines.append(line)
    return lines


@dataclass(frozen=True, slots=True)
class Multipart:
    """The parts of a multipart body as they stand in it, each with its header fields."""

    parts: tuple[Content, ...]
    closed: bool  #: the closing boundary was there
    epilogue: Content  #: what follows it

    @property
    def whole(self) -> bool:
        """Closed, and nothing but line ends after it."""
        return self.closed and not any(block.strip() for block in self.epilogue.blocks())


def split(body: bytes | Content, boundary: str) -> Multipart:
    """Cut a multipart body by offsets (A21): the line end before a boundary belongs to the boundary. Raises `MimeError`."""
    body = Content.of(body) if isinstance(body, bytes) else body
    octets = _octets(body)
    parts: list[Content] = []
    begin = -1
    for found, after, closing in _boundaries(octets, boundary):
        if begin >= 0:
            end = found - (2 if octets[max(found - 2, 0) : found] == b"\r\n" else 1)
            parts.append(body.window(begin, max(begin, end)))
        if closing:
            return Multipart(tuple(parts), closed=True, epilogue=body.window(after))
        if len(parts) >= MAX_PARTS:
            raise MimeError("too many parts")
        begin = after
    if begin < 0:
        raise MimeError("the boundary does not occur")
    return Multipart((*parts, body.window(begin)), closed=False, epilogue=body.window(body.size))


def first_part(body: Content, boundary: str) -> Content:
    """From the beginning of the first part to the end of the body: enough to see what it is. Raises `MimeError`."""
    for _, after, closing in _boundaries(_octets(body), boundary):
        if not closing:
            return body.window(after)
        break
    raise MimeError("there is no part")


def _octets(body: Content) -> bytes | Content:
    """What is small is searched as bytes, which is quicker; both can be cut and searched."""
    return body.read() if body.size <= IN_MEMORY else body


def _boundaries(body: bytes | Content, boundary: str) -> Iterator[tuple[int, int, bool]]:
    """Where each boundary line begins, where the line after it begins, and whether it is the closing one."""
    if not boundary:
        raise MimeError("no boundary is named")
    marker = b"--" + boundary.encode("latin-1", "replace")
    line = b"\n" + marker
    found = 0 if body[: len(marker)] == marker else body.find(line) + 1 or -1
    alike = 0
    while found >= 0:
        after = found + len(marker)
        if body[after : after + 2] == b"\r\n":  # as nearly everybody writes it
            yield found, after + 2, False
            found = body.find(line, found + 1) + 1 or -1
            continue
        rest = body[after : after + 2 + _MAX_PADDING]
        closing = rest[:2] == b"--"
        line_end = _LINE_END.match(rest, 2 * closing)
        # the end of the body ends a line too, the end of what was looked at does not
        if line_end is not None and (line_end[0][-1:] == b"\n" or after + line_end.end() == len(body)):
            yield found, after + line_end.end(), closing
        elif (alike := alike + 1) > _MAX_ALIKE:
            raise MimeError("too many lines begin like the boundary")
        found = body.find(line, found + 1) + 1 or -1


def canonical(content: bytes | Content, scratch: Scratch | None = None) -> Content:
    """With CRLF line ends, as text is signed (RFC 8551 3.1.1)."""
    repaired, returned = Spool(scratch), False
    for block in (Content.of(content) if isinstance(content, bytes) else content).blocks():
        start = 1 if returned and block[:1] == b"\n" else 0  # the other half of it is in the block before
        repaired.write(block[:start] + block[start:].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        returned = block[-1:] == b"\r"
    return repaired.content()


def build_entity(fields: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """Header fields, a blank line, the body. Raises ValueError for control characters in a field (A20)."""
    return entity_head(fields) + body


def entity_head(fields: Iterable[tuple[str, str]]) -> bytes:
    """Header fields and the blank line after them. Raises ValueError for control characters in a field (A20)."""
    lines = [f"{name}: {value}" for name, value in fields]
    whole = "".join(lines)
    if not (whole.isascii() and whole.isprintable()):
        raise ValueError("control or non-ASCII characters in a header field")
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def parameter(name: str, value: str) -> str:
    """`; name=value`, quoted where needed, or by RFC 2231 for other characters. The one encoder of parameters (A20)."""
    if _CONTROL.search(value):
        raise ValueError(f"control characters in {name}")
    if not value.isascii():
        return f"; {name}*=UTF-8''{quote(value, safe='')}"
    if _TOKEN.match(value):
        return f"; {name}={value}"
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'; {name}="{escaped}"'


def file_label(name: str) -> str | None:
    """The last element of a path, at most 255 bytes; a label, never a path of ours (A37). Raises `IllegalFilename`."""
    label = re.split(r"[/\\]", name)[-1].strip()
    if _CONTROL.search(label):
        raise IllegalFilename("the file name has control characters")
    while len(label.encode("utf-8", "replace")) > MAX_LABEL:
        label = label[:-1]
    return label if label.strip(".") else None
