"""Reads BER in linear time, indefinite lengths and chunked strings included (A26), and writes DER (ITU-T X.690).

Reading is lazy: an `Element` is a window on the message; its children are found when they are asked for. The end of an element of
indefinite length is found by one scan over what lies in it, and the ends met on the way are remembered, so nothing is scanned twice.
A message in a file is never read as a whole: headers are cut out of it one by one, and strings are given block by block.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from as2.content import BLOCK, Content, Scratch, Spool

__all__ = [
    "BIT_STRING",
    "INTEGER",
    "NULL",
    "OCTET_STRING",
    "OID",
    "SEQUENCE",
    "SET",
    "BerError",
    "Element",
    "bit_string_bytes",
    "der",
    "der_around",
    "der_head",
    "der_integer",
    "der_oid",
    "parse",
    "reencoded",
    "set_of",
]

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
_CONSTRUCTED: Final = 0x20

_MAX_VALUE: Final = 16 << 20  #: octets of a value that is no content
_MAX_OID: Final = 64  #: octets
_MAX_LINE_ENDS: Final = 1024  #: octets of them, behind the message
MAX_DEPTH: Final = 32  #: the signed attributes of a CAdES signature lie 18 deep
MAX_CHILDREN: Final = 10_000  #: of one element; chunks of a string are not among them
_MAX_LENGTH_OCTETS: Final = 8
_MAX_HEADER: Final = 2 + _MAX_LENGTH_OCTETS
#: elements in one message beyond one for every 16 bytes: data cut into chunks of nothing would only cost time
_SPARE_ELEMENTS: Final = 20_000
#: ends that are remembered; a message with more elements of indefinite length is scanned once for each level that they lie deep
_MAX_ENDS: Final = 100_000


class BerError(ValueError):
    """The bytes are not BER, or deeper or finer cut than anybody needs."""


class _Source:
    """The whole message, and the ends of the elements of indefinite length that were found so far."""

    __slots__ = ("budget", "data", "ends")

    def __init__(self, data: bytes | Content) -> None:
        self.data = data
        self.ends: dict[int, int] = {}  #: start of the content -> offset of its end-of-contents octets
        self.budget = _SPARE_ELEMENTS + len(data) // 16

    def value(self, start: int, end: int) -> bytes:
        """Octets that are kept in memory: names, keys, signatures, attributes; never the content of a message."""
        if end - start > _MAX_VALUE:
            raise BerError("a value is larger than anybody needs")
        return self.data[start:end]

    def header(self, offset: int, limit: int) -> tuple[int, int, int]:
        """Identifier octet, start of the content, end of the content or -1 when the length is indefinite."""
        self.budget -= 1
        if self.budget < 0:
            raise BerError("too many elements for its size")
        if offset + 2 > limit:
            raise BerError("the element is cut off")
        head = self.data[offset : offset + _MAX_HEADER]
        tag, length = head[0], head[1]
        if tag & 0x1F == 0x1F:
            raise BerError("tag numbers above 30 do not occur")
        start = offset + 2
        if length < 0x80:
            end = start + length
        elif length == 0x80:
            if not tag & _CONSTRUCTED:
                raise BerError("a primitive element has a definite length")
            return tag, start, -1
        else:
            octets = length & 0x7F
            if octets > _MAX_LENGTH_OCTETS or start + octets > limit:
                raise BerError("the length is cut off or too long")
            start += octets
            end = start + int.from_bytes(head[2 : 2 + octets], "big")
        if end > limit:
            raise BerError("the element is longer than what holds it")
        return tag, start, end

    def end_of_indefinite(self, start: int, limit: int) -> int:
        """Where the end-of-contents octets of the content at `start` are. One pass, no recursion."""
        known = self.ends.get(start)
        if known is not None:
            return known
        open_at, offset = [start], start
        while open_at:
            tag, content, end = self.header(offset, limit)
            if not tag and content == end == offset + 2:  # two zeros
                begin = open_at.pop()
                if not open_at or len(self.ends) < _MAX_ENDS:
                    self.ends[begin] = offset
                offset = end
                continue
            if end < 0:
                open_at.append(content)
                if len(open_at) > MAX_DEPTH:
                    raise BerError("too deep")
                offset = content
            else:
                offset = end
        return self.ends[start]


_new: Final = tuple.__new__  # makes an `Element` without a call of Python's


class Element(NamedTuple):
    """One element of a message: its identifier octet, its content, and where it begins and ends. A tuple, for a message has fifty."""

    source: _Source
    depth: int
    tag: int
    start: int
    content_start: int
    content_end: int
    end: int

    @property
    def definite(self) -> bool:
        """True when no end-of-contents octets close it."""
        return self.end == self.content_end

    @property
    def content(self) -> bytes:
        """The content octets; of a constructed element these are its children."""
        return self.source.value(self.content_start, self.content_end)

    @property
    def encoded(self) -> bytes:
        """The element as it was received."""
        return self.source.value(self.start, self.end)

    def children(self) -> Iterator["Element"]:
        """What a constructed element holds, in order."""
        if not self.tag & _CONSTRUCTED:
            raise BerError("a constructed element is expected")
        source, offset, limit, depth = self.source, self.content_start, self.content_end, self.depth + 1
        if depth > MAX_DEPTH:
            raise BerError("too deep")
        for _ in range(MAX_CHILDREN):
            if offset >= limit:
                return
            tag, start, stop = source.header(offset, limit)
            end = stop
            if stop < 0:
                stop = source.end_of_indefinite(start, limit)
                end = stop + 2
            yield _new(Element, (source, depth, tag, offset, start, stop, end))
            offset = end
        if offset < limit:
            raise BerError("too many elements in one")

    def first(self) -> "Element":
        """The first of what it holds."""
        for child in self.children():
            return child
        raise BerError("an element is empty where it must not be")

    def expect(self, tag: int) -> "Element":
        """Itself, when it has this identifier octet."""
        if self.tag != tag:
            raise BerError("another element is expected here")
        return self

    def octets(self, tag: int = OCTET_STRING) -> bytes:
        """The octets of a string that may come in chunks, nested or not; `tag` is that of the primitive form."""
        if self.tag == tag:
            return self.content
        if self.content_end - self.content_start > _MAX_VALUE:
            raise BerError("a value is larger than anybody needs")
        self.expect(tag | _CONSTRUCTED)
        data = self.source.data
        return b"".join([data[start:end] for start, end in self._chunks()])

    def string(self, tag: int = OCTET_STRING, scratch: Scratch | None = None) -> Content:
        """The same as a content: a window on the message, or when it comes in chunks, a copy."""
        data = self.source.data
        if self.tag == tag:
            return (Content.of(data) if isinstance(data, bytes) else data).window(self.content_start, self.content_end)
        spool = Spool(scratch)
        for block in self.blocks(tag):
            spool.write(block)
        return spool.content()

    def blocks(self, tag: int = OCTET_STRING) -> Iterator[bytes]:
        """The octets of a string, block by block."""
        if self.tag == tag:
            yield from self.string(tag).blocks()
            return
        self.expect(tag | _CONSTRUCTED)
        waiting: list[bytes] = []
        data, size = self.source.data, 0
        for start, end in self._chunks():
            if end - start > BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
                yield from (data[position : min(position + BLOCK, end)] for position in range(start, end, BLOCK))
                continue
            waiting.append(data[start:end])
            size += end - start
            if size >= BLOCK:
                yield b"".join(waiting)
                waiting, size = [], 0
        yield b"".join(waiting)

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Where the chunks of a string begin and end. No `Element` is made of each, for there may be half a million."""
        source, holders = self.source, [(self.content_end, self.end)]
        offset = self.content_start
        while holders:
            limit, after = holders[-1]
            if offset >= limit:
                holders.pop()
                offset = after
                continue
            tag, start, end = source.header(offset, limit)
            if tag == OCTET_STRING:
                yield start, end
                offset = end
            elif tag == OCTET_STRING | _CONSTRUCTED:
                if self.depth + len(holders) >= MAX_DEPTH:
                    raise BerError("too deep")
                if end < 0:
                    end = source.end_of_indefinite(start, limit)
                    holders.append((end, end + 2))
                else:
                    holders.append((end, end))
                offset = start
            else:
                raise BerError("another element is expected here")

    def integer(self) -> int:
        """The value of an INTEGER; serial numbers may be zero or negative (A27)."""
        content = self.expect(INTEGER).content
        if not content:
            raise BerError("an integer has at least one octet")
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> str:
        """The value of an OBJECT IDENTIFIER, dotted."""
        if self.tag != OID or self.content_end - self.content_start > _MAX_OID:
            raise BerError("an object identifier is expected here")
        return _dotted(self.source.data[self.content_start : self.content_end])


def parse(data: bytes | Content) -> Element:
    """The one element in these bytes. Line ends may follow it (Drummond 1Q09.4), nothing else. Raises `BerError`."""
    if isinstance(data, Content) and data.in_memory:
        data = data.read()
    around = Element(_Source(data), 0, _CONSTRUCTED, 0, 0, len(data), len(data))
    element = next(around.children(), None)
    if element is None:
        raise BerError("there is nothing")
    rest = data[element.end : element.end + _MAX_LINE_ENDS + 1]
    if len(rest) > _MAX_LINE_ENDS or rest.strip(b"\r\n"):
        raise BerError("something follows the element")
    return element


def bit_string_bytes(element: Element) -> bytes:
    """The octets of a BIT STRING without unused bits."""
    content = element.expect(BIT_STRING).content
    if content[:1] != b"\0":
        raise BerError("a bit string of whole octets is expected")
    return content[1:]


@lru_cache(maxsize=256)
def _dotted(content: bytes) -> str:
    if not content or content[-1] & 0x80:
        raise BerError("an object identifier is cut off")
    arcs, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def der(tag: int, *contents: bytes) -> bytes:
    """One element with a definite length in its shortest form."""
    content = b"".join(contents)
    return der_head(tag, len(content)) + content


@lru_cache(maxsize=1024)  # the same few sizes come again in each message
def der_head(tag: int, length: int) -> bytes:
    """What stands before so many octets of content."""
    if length < 0x80:
        return bytes((tag, length))
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets


def der_around(size: int, *layers: tuple[int, bytes]) -> bytes:
    """What stands before so many octets that are not at hand: of each element around them, the innermost first, its tag and what is in it
    before them.
    """
    head = b""
    for tag, before in layers:
        head = der_head(tag, len(before) + len(head) + size) + before + head
    return head


def der_integer(value: int) -> bytes:
    """An INTEGER."""
    return der(
        INTEGER, value.to_bytes(value.bit_length() // 8 + 1 if value >= 0 else (value + 1).bit_length() // 8 + 1, "big", signed=True)
    )


@lru_cache(maxsize=256)
def der_oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(arc & 0x7F | 0x80)
        content += bytes(reversed(octets))
    return der(OID, bytes(content))


def set_of(*items: bytes, tag: int = SET) -> bytes:
    """A SET OF encoded elements in DER order."""
    return der(tag, *sorted(items))


def reencoded(element: Element, tag: int | None = None) -> bytes:
    """The element in DER, as another product's verifier would write it: definite lengths, sets in order; `tag` replaces its own."""
    own = element.tag if tag is None else tag
    if not element.tag & _CONSTRUCTED:
        return der(own, element.content)
    if element.tag == OCTET_STRING | _CONSTRUCTED:
        return der(OCTET_STRING, element.octets())
    children = [reencoded(child) for child in element.children()]
    return set_of(*children, tag=own) if own == SET else der(own, *children)
