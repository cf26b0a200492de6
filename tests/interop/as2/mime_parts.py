"""What an AS2 program on the `openssl` command line needs beside it, written without a look at ours: MIME cut and joined, zlib, BER forms.

Debian's openssl is built without zlib, so CompressedData is read and written here.
"""

import base64
import re
import zlib
from typing import Final

__all__ = ["chunked", "compressed", "head_of", "inflated", "joined", "parts_of", "split_entity", "wrapped"]

_CONSTRUCTED: Final = 0x20
_COMPRESSED_DATA: Final = bytes.fromhex("060b2a864886f70d0109100109")
_ZLIB: Final = bytes.fromhex("300d060b2a864886f70d0109100308")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")


def split_entity(entity: bytes) -> tuple[dict[str, str], bytes]:
    """Fields (names in lower case) and body."""
    head, _, body = entity.partition(b"\r\n\r\n")
    lines = re.sub(rb"\r\n[ \t]+", b" ", head).split(b"\r\n")
    fields = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in fields}, body


def head_of(fields: dict[str, str]) -> bytes:
    """Fields as they stand before a body."""
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode() + b"\r\n"


def parts_of(content_type: str, body: bytes) -> list[bytes]:
    """The parts of a multipart, without the line end before each boundary."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        raise RuntimeError("no boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    return [re.sub(rb"^[ \t]*\r\n", b"", piece, count=1) for piece in pieces[1:-1]]


def joined(kind: str, boundary: str, *parts: bytes) -> tuple[str, bytes]:
    """Content-Type and body of a multipart."""
    line = b"--" + boundary.encode()
    return f'{kind}; boundary="{boundary}"', b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def wrapped(content: bytes) -> bytes:
    """Base64 in lines."""
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = (
        bytes([size]) if size < 0x80 else bytes([0x80 | (size.bit_length() + 7) // 8]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return bytes([tag]) + length + content


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Tag, start and end of the content of a definite element."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        raise RuntimeError("an indefinite length is not read here")
    if length > 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
    return tag, start, start + length


def compressed(content: bytes) -> bytes:
    """CompressedData around it (RFC 3274)."""
    inner = _element(0x30, _DATA + _element(0xA0, _element(0x04, zlib.compress(content))))
    return _element(0x30, _COMPRESSED_DATA + _element(0xA0, _element(0x30, b"\x02\x01\x00" + _ZLIB + inner)))


def inflated(message: bytes) -> bytes:
    """The content of a CompressedData in DER."""
    at = message.index(_DATA, message.index(_COMPRESSED_DATA)) + len(_DATA)
    _, at, _ = _header(message, at)
    tag, start, end = _header(message, at)
    if tag != 0x04:
        raise RuntimeError("an octet string is expected")
    return zlib.decompress(message[start:end])


def chunked(message: bytes, size: int = 200) -> bytes:
    """A DER message with indefinite lengths down to its content, and the content in short chunks, as streaming products write it."""
    found = []
    at = 0
    while at < len(message):
        tag, start, end = _header(message, at)
        content = message[start:end]
        if tag & _CONSTRUCTED and tag != 0x31:
            found.append(bytes([tag, 0x80]) + chunked(content, size) + b"\0\0")
        elif tag in {0x04, 0x80} and len(content) > size:
            pieces = b"".join(_element(0x04, content[begin : begin + size]) for begin in range(0, len(content), size))
            found.append(bytes([tag | _CONSTRUCTED, 0x80]) + pieces + b"\0\0")
        else:
            found.append(message[at:end])
        at = end
    return b"".join(found)
