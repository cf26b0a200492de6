"""CompressedData (RFC 3274): compress, and decompress within limits (A34, A35)."""

import zlib
from typing import Final

from as2.cms.ber import INTEGER, OCTET_STRING, SEQUENCE, BerError, der, der_integer, der_oid, parse
from as2.errors import DecompressionFailed

__all__ = ["MAX_RATIO", "compress", "decompress"]

DATA: Final = "1.2.840.113549.1.7.1"
COMPRESSED_DATA: Final = "1.2.840.113549.1.9.16.1.9"
ZLIB: Final = "1.2.840.113549.1.9.16.3.8"

MAX_RATIO: Final = 200  #: output over input, asked for after `RATIO_FROM` bytes
RATIO_FROM: Final = 1 << 20
_STEP: Final = 1 << 20


def compress(content: bytes) -> bytes:
    """A CompressedData, DER."""
    algorithm = der(SEQUENCE, der_oid(ZLIB))
    inner = der(SEQUENCE, der_oid(DATA), der(0xA0, der(OCTET_STRING, zlib.compress(content))))
    return der(SEQUENCE, der_oid(COMPRESSED_DATA), der(0xA0, der(SEQUENCE, der_integer(0), algorithm, inner)))


def decompress(message: bytes, *, max_bytes: int) -> bytes:
    """The content of a CompressedData. Raises `DecompressionFailed`."""
    try:
        packed = _read(message)
    except ValueError as fault:  # BerError among them
        raise DecompressionFailed("this is no compressed data") from fault
    return _inflate(packed, max_bytes)


def _read(message: bytes) -> bytes:
    content_type, explicit = parse(message).expect(SEQUENCE).children()
    if content_type.oid() != COMPRESSED_DATA:
        raise BerError("not a CompressedData")
    [compressed] = explicit.expect(0xA0).children()
    version, algorithm, encapsulated = compressed.expect(SEQUENCE).children()
    version.expect(INTEGER)
    if algorithm.expect(SEQUENCE).first().oid() != ZLIB:
        raise BerError("the algorithm is not zlib")
    _, content = encapsulated.expect(SEQUENCE).children()
    [octets] = content.expect(0xA0).children()
    return octets.octets()


def _inflate(packed: bytes, max_bytes: int) -> bytes:
    """Step by step, so that a bomb is noticed before it has gone off."""
    allowed = min(max_bytes, max(RATIO_FROM, MAX_RATIO * len(packed)))
    inflater = zlib.decompressobj()
    whole, rest = bytearray(), packed
    try:
        while not inflater.eof:
            block = inflater.decompress(rest, _STEP)
            whole += block
            if len(whole) > allowed:
                raise DecompressionFailed("it unpacks to more than is agreed")
            rest = inflater.unconsumed_tail
            if not block and not rest and not inflater.eof:
                raise DecompressionFailed("the compressed data is cut off")
    except zlib.error as fault:
        raise DecompressionFailed("the compressed data is damaged") from fault
    return bytes(whole)
