"""CompressedData (RFC 3274): compress, and decompress within limits (A34, A35)."""

import zlib
from typing import Final

from as2.cms.ber import INTEGER, OCTET_STRING, SEQUENCE, BerError, Element, der, der_around, der_integer, der_oid, parse
from as2.content import BLOCK, Content, Joined, Scratch, Source, Spool, joined
from as2.errors import DecompressionFailed

__all__ = ["MAX_BYTES", "MAX_RATIO", "compress", "compressed_data", "decompress"]

DATA: Final = "1.2.840.113549.1.7.1"
COMPRESSED_DATA: Final = "1.2.840.113549.1.9.16.1.9"
ZLIB: Final = "1.2.840.113549.1.9.16.3.8"

_CONTEXT_0: Final = 0xA0
MAX_BYTES: Final = 1 << 30  #: output, whatever a profile says
MAX_RATIO: Final = 200  #: output over input, asked for after `RATIO_FROM` bytes
RATIO_FROM: Final = 1 << 20


def compress(content: bytes) -> bytes:
    """A CompressedData, DER, of what is small."""
    return compressed_data(Content.of(content)).read()


def compressed_data(content: Source, scratch: Scratch | None = None) -> Content | Joined:
    """A CompressedData, DER. What zlib makes is kept first, for its length stands before it."""
    packer, packed = zlib.compressobj(), Spool(scratch)
    for block in content.blocks():
        packed.write(packer.compress(block))
    packed.write(packer.flush())
    data = packed.content()
    algorithm = der(SEQUENCE, der_oid(ZLIB))
    head = der_around(
        data.size,
        (OCTET_STRING, b""),
        (_CONTEXT_0, b""),
        (SEQUENCE, der_oid(DATA)),
        (SEQUENCE, der_integer(0) + algorithm),
        (_CONTEXT_0, b""),
        (SEQUENCE, der_oid(COMPRESSED_DATA)),
    )
    return joined(head, data)


def decompress(message: bytes | Content | Element, *, max_bytes: int, scratch: Scratch | None = None) -> Content:
    """The content of a CompressedData. Raises `DecompressionFailed`."""
    try:
        return _inflate(_read(message), min(max_bytes, MAX_BYTES), scratch)
    except zlib.error as fault:
        raise DecompressionFailed("the compressed data is damaged") from fault
    except ValueError as fault:  # BerError among them
        raise DecompressionFailed("this is no compressed data") from fault


def _read(message: bytes | Content | Element) -> Element:
    """The string that holds the zlib data."""
    element = message if isinstance(message, Element) else parse(message)
    content_type, explicit = element.expect(SEQUENCE).children()
    if content_type.oid() != COMPRESSED_DATA:
        raise BerError("not a CompressedData")
    [compressed] = explicit.expect(_CONTEXT_0).children()
    version, algorithm, encapsulated = compressed.expect(SEQUENCE).children()
    version.expect(INTEGER)
    if algorithm.expect(SEQUENCE).first().oid() != ZLIB:
        raise BerError("the algorithm is not zlib")
    _, content = encapsulated.expect(SEQUENCE).children()
    [octets] = content.expect(_CONTEXT_0).children()
    return octets


def _inflate(packed: Element, max_bytes: int, scratch: Scratch | None) -> Content:
    """Step by step, so that a bomb is noticed before it has gone off."""
    allowed = min(max_bytes, max(RATIO_FROM, MAX_RATIO * (packed.content_end - packed.content_start)))
    inflater, whole = zlib.decompressobj(), Spool(scratch)
    for block in packed.blocks():
        rest = block
        while rest and not inflater.eof:
            whole.write(inflater.decompress(rest, BLOCK))
            if whole.size > allowed:
                raise DecompressionFailed("it unpacks to more than is agreed")
            rest = inflater.unconsumed_tail
    while not inflater.eof:  # what zlib still holds back
        held = inflater.decompress(b"", BLOCK)
        if not held:
            raise DecompressionFailed("the compressed data is cut off")
        whole.write(held)
        if whole.size > allowed:
            raise DecompressionFailed("it unpacks to more than is agreed")
    return whole.content()
