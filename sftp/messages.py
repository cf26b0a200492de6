"""The messages of the SFTP protocol, version 3, as bytes and back, without any I/O (draft-ietf-secsh-filexfer-02).

Names stay bytes, and every answer is taken apart once. A message that is cut short or says nonsense raises `EOFError`: with such a
server there is nothing more to talk about.
"""

import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from sftp.errors import StatusError

__all__ = [
    "HELLO",
    "LIMITS",
    "Answer",
    "Attributes",
    "Request",
    "attributes_of",
    "close",
    "data_of",
    "extensions_of",
    "handle_of",
    "largest_of",
    "limits",
    "lstat",
    "make_folder",
    "names_of",
    "next_names",
    "open_folder",
    "open_to_read",
    "open_to_write",
    "posix_rename",
    "read",
    "remove",
    "rename",
    "write",
]

_INIT, _VERSION, _OPEN, _CLOSE, _READ, _WRITE, _LSTAT = 1, 2, 3, 4, 5, 6, 7
_OPENDIR, _READDIR, _REMOVE, _MKDIR, _RENAME = 11, 12, 13, 14, 18
_STATUS, _HANDLE, _DATA, _NAME, _ATTRS, _EXTENDED, _EXTENDED_REPLY = 101, 102, 103, 104, 105, 200, 201
_FOR_READING, _FOR_WRITING, _CREATE, _TRUNCATE, _EXCLUSIVE = 0x1, 0x2, 0x8, 0x10, 0x20
_OK: Final = 0
_WORD: Final = struct.Struct(">I")
_LONG: Final = struct.Struct(">Q")
_SPAN: Final = struct.Struct(">QI")
_NO_ATTRIBUTES: Final = bytes(4)

LIMITS: Final = b"limits@openssh.com"


class Request(NamedTuple):
    """What is asked; the number that its answer will bear goes between the two."""

    kind: int
    body: bytes


class Answer(NamedTuple):
    """What came, behind its number."""

    kind: int
    body: bytes

    @property
    def fault(self) -> StatusError | None:
        """The status, where it is one and is not OK."""
        if self.kind != _STATUS:
            return None
        code = _word(self.body, 0)
        return StatusError(code) if code != _OK else None

    def expect(self, kind: int) -> bytes:
        """The body of an answer of this kind. Raises `StatusError`, also for any other kind."""
        if self.kind == kind:
            return self.body
        raise self.fault or StatusError(StatusError.FAILURE)

    def done(self) -> None:
        """Raises `StatusError` unless the answer is OK."""
        self.expect(_STATUS)
        if (fault := self.fault) is not None:
            raise fault

    @property
    def is_end(self) -> bool:
        """No more data, or no more names."""
        fault = self.fault
        return fault is not None and fault.code == StatusError.END_OF_FILE


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the server says of a file; it may leave out any of it."""

    size: int | None
    mode: int | None
    mtime: int | None

    @property
    def is_regular(self) -> bool:
        """A file, not a folder or a link. A server that tells no mode shows files only."""
        return self.mode is None or stat.S_ISREG(self.mode) or stat.S_IFMT(self.mode) == 0


# requests

#: the first message; it has no number
HELLO: Final = Request(_INIT, _WORD.pack(3))


def open_to_read(path: bytes) -> Request:
    """Answered with a handle."""
    return Request(_OPEN, _text(path) + _WORD.pack(_FOR_READING) + _NO_ATTRIBUTES)


def open_to_write(path: bytes, *, exclusive: bool) -> Request:
    """A new and empty file; `exclusive` refuses a name that is there. Answered with a handle."""
    flags = _FOR_WRITING | _CREATE | (_EXCLUSIVE if exclusive else _TRUNCATE)
    return Request(_OPEN, _text(path) + _WORD.pack(flags) + _NO_ATTRIBUTES)


def read(handle: bytes, offset: int, length: int) -> Request:
    """Answered with data, maybe less than was asked for."""
    return Request(_READ, _text(handle) + _SPAN.pack(offset, length))


def write(handle: bytes, offset: int, block: bytes) -> Request:
    """Answered with a status."""
    return Request(_WRITE, b"".join((_text(handle), _LONG.pack(offset), _WORD.pack(len(block)), block)))


def close(handle: bytes) -> Request:
    """Of a file or a folder. For a written file the status may be the first word of a full disk."""
    return Request(_CLOSE, _text(handle))


def open_folder(path: bytes) -> Request:
    """Answered with a handle."""
    return Request(_OPENDIR, _text(path))


def next_names(handle: bytes) -> Request:
    """Answered with some names, and with END_OF_FILE when there are no more."""
    return Request(_READDIR, _text(handle))


def lstat(path: bytes) -> Request:
    """Of the name itself: a link is not followed. Answered with attributes."""
    return Request(_LSTAT, _text(path))


def rename(old: bytes, new: bytes) -> Request:
    """The plain request, which OpenSSH refuses over an existing file."""
    return Request(_RENAME, _text(old) + _text(new))


def posix_rename(old: bytes, new: bytes) -> Request:
    """The extension of OpenSSH, which replaces an existing file in one step."""
    return Request(_EXTENDED, _text(b"posix-rename@openssh.com") + _text(old) + _text(new))


def limits() -> Request:
    """The extension of OpenSSH that tells how much a server takes at once."""
    return Request(_EXTENDED, _text(LIMITS))


def remove(path: bytes) -> Request:
    """Delete a file."""
    return Request(_REMOVE, _text(path))


def make_folder(path: bytes) -> Request:
    """Make one folder."""
    return Request(_MKDIR, _text(path) + _NO_ATTRIBUTES)


# answers


def extensions_of(hello: Answer) -> frozenset[bytes]:
    """Their names. Raises `EOFError` for a server that speaks no version 3."""
    if hello.kind != _VERSION or _word(hello.body, 0) < 3:
        raise EOFError
    names, at = [], 4
    while at < len(hello.body):
        name, at = _string(hello.body, at)
        _, at = _string(hello.body, at)
        names.append(name)
    return frozenset(names)


def handle_of(answer: Answer) -> bytes:
    """Raises `StatusError`."""
    return _string(answer.expect(_HANDLE), 0)[0]


def data_of(answer: Answer) -> bytes:
    """Empty at the end of the file. Raises `StatusError`."""
    return b"" if answer.is_end else _string(answer.expect(_DATA), 0)[0]


def attributes_of(answer: Answer) -> Attributes:
    """Raises `StatusError`."""
    return _attributes(answer.expect(_ATTRS), 0)[0]


def largest_of(answer: Answer) -> tuple[int, int]:
    """How much one read and one write may ask for; 0: the server does not say."""
    body = answer.expect(_EXTENDED_REPLY)
    return _long(body, 8), _long(body, 16)


def names_of(answer: Answer) -> Iterator[tuple[bytes, Attributes]]:
    """Without "." and "..". Raises `StatusError`."""
    body = answer.expect(_NAME)
    at = 4
    for _ in range(_word(body, 0)):
        name, at = _string(body, at)
        _, at = _string(body, at)  # the line of `ls -l`, for people
        attributes, at = _attributes(body, at)
        if name not in {b".", b".."}:
            yield name, attributes


def _attributes(body: bytes, at: int) -> tuple[Attributes, int]:
    """Section 5 of the draft: a word of flags, then only what they announce."""
    flags, at = _word(body, at), at + 4
    size = mode = mtime = None
    if flags & 0x1:
        size, at = _long(body, at), at + 8
    if flags & 0x2:
        at += 8  # owner and group
    if flags & 0x4:
        mode, at = _word(body, at), at + 4
    if flags & 0x8:
        mtime, at = _word(body, at + 4), at + 8  # behind the last access
    if flags & 0x80000000:
        count, at = _word(body, at), at + 4
        for _ in range(2 * count):
            _, at = _string(body, at)
    return Attributes(size, mode, mtime), at


def _text(value: bytes) -> bytes:
    return _WORD.pack(len(value)) + value


def _word(body: bytes, at: int) -> int:
    try:
        number: int = _WORD.unpack_from(body, at)[0]
    except struct.error as error:
        raise EOFError from error
    return number


def _long(body: bytes, at: int) -> int:
    try:
        number: int = _LONG.unpack_from(body, at)[0]
    except struct.error as error:
        raise EOFError from error
    return number


def _string(body: bytes, at: int) -> tuple[bytes, int]:
    end = at + 4 + _word(body, at)
    if end > len(body):
        raise EOFError
    return body[at + 4 : end], end
