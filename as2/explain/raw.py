"""A whole HTTP message as somebody saved it: its head and its body (RFC 9112), without the line that begins it."""

import re
from dataclasses import dataclass, field
from typing import Final

from as2.mime import unfolded

__all__ = ["RawMessage", "read_http"]

_FIRST_LINE: Final = re.compile(rb"(?:HTTP/\d\.\d \d{3}|[A-Z]+ \S+ HTTP/\d\.\d)[^\r\n]*\r?\n")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"([!-9;-~]+)[ \t]*:(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RawMessage:
    """Header fields in their order, and the body without chunks. `is_answer`: it began with a status line."""

    fields: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    is_answer: bool

    def get(self, name: str) -> str:
        """The first field of this name (lower case); "" where there is none."""
        return next((value for field_name, value in self.fields if field_name.lower() == name), "")


def read_http(data: bytes) -> RawMessage:
    """Read a request or an answer. Raises ValueError when there is no head of header fields."""
    first = _FIRST_LINE.match(data)
    rest = data[first.end() :] if first else data
    end = _BLANK_LINE.search(rest)
    if end is None:
        raise ValueError("no blank line ends the header fields")
    fields = []
    for line in unfolded(rest[: end.start()]):
        match = _FIELD.match(line)
        if match is None:
            raise ValueError("a line of the head is no header field")
        fields.append((match[1].decode("ascii"), match[2].strip().decode("latin-1")))
    body = rest[end.end() :]
    if any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in fields):
        fields = [item for item in fields if item[0].lower() != "transfer-encoding"]
        body = _without_chunks(body)
    return RawMessage(tuple(fields), body, is_answer=first is not None and first[0].startswith(b"HTTP/"))


def _without_chunks(body: bytes) -> bytes:
    """Each chunk has its size in hexadecimal before it. A body that was saved without its chunks stays as it is."""
    found, position = bytearray(), 0
    while (line := re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n").match(body, position)) is not None:
        size = int(line[1], 16)
        found += body[line.end() : line.end() + size]
        if size == 0:
            return bytes(found)
        position = line.end() + size + 2
    return bytes(found) if position else body
