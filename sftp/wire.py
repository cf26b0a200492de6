"""The SFTP protocol, version 3, on one channel of an SSH session: requests, answers in any order, statuses as numbers.

Why not `paramiko.SFTPClient`, which stands on the same channels: one name that is not UTF-8 ends its listing, errors of pipelined
writes and of the final close are lost, and all statuses but two become the same exception. Here each answer is looked at, names stay
bytes, and the number of requests under way is ours to choose (sftp.md 2 and 6). Follows draft-ietf-secsh-filexfer-02.
"""

import stat
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from paramiko import Channel, Message
from paramiko.sftp import (
    CMD_ATTRS,
    CMD_CLOSE,
    CMD_DATA,
    CMD_EXTENDED,
    CMD_HANDLE,
    CMD_INIT,
    CMD_LSTAT,
    CMD_MKDIR,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    CMD_REMOVE,
    CMD_RENAME,
    CMD_STATUS,
    CMD_VERSION,
    CMD_WRITE,
    SFTP_FLAG_CREATE,
    SFTP_FLAG_EXCL,
    SFTP_FLAG_READ,
    SFTP_FLAG_TRUNC,
    SFTP_FLAG_WRITE,
    SFTP_OK,
)

from sftp.errors import StatusError

__all__ = ["BLOCK", "Attributes", "Wire"]

BLOCK: Final = 32 * 1024  #: bytes per read or write request; what every server takes
_LARGEST_ANSWER: Final = 1 << 20
_READ_AHEAD: Final = 50  #: listing requests under way
_POSIX_RENAME: Final = b"posix-rename@openssh.com"
_NO_ATTRIBUTES: Final = struct.pack(">I", 0)


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


class Wire:
    """One channel. Belongs to one thread. Raises `StatusError`, and `EOFError`, `TimeoutError`, `OSError` of the channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._number = 0
        self._arrived: dict[int, tuple[int, Message]] = {}
        self._abandoned: set[int] = set()
        self._send(CMD_INIT, struct.pack(">I", 3))
        kind, _, answer = self._receive(numbered=False)
        if kind != CMD_VERSION or answer.get_int() < 3:
            raise EOFError

    def close(self) -> None:
        """Give the channel back."""
        self._channel.close()

    # requests and answers

    def ask(self, kind: int, *fields: bytes) -> int:
        """Send a request without waiting; the number is for `answer`."""
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._send(kind, struct.pack(">I", self._number) + b"".join(fields))
        return self._number

    def answer(self, number: int) -> tuple[int, Message]:
        """Wait for the answer to a request; others that come first are kept. A status is returned only when it is OK."""
        while number not in self._arrived:
            kind, seen, message = self._receive()
            if seen in self._abandoned:
                self._abandoned.discard(seen)
            else:
                self._arrived[seen] = kind, message
        kind, message = self._arrived.pop(number)
        if kind == CMD_STATUS and (code := message.get_int()) != SFTP_OK:
            raise StatusError(code)
        return kind, message

    def abandon(self, numbers: Iterable[int]) -> None:
        """Nobody will ask for these answers; drop them as they come."""
        self._abandoned.update(number for number in numbers if self._arrived.pop(number, None) is None)

    def _call(self, kind: int, *fields: bytes, expect: int = CMD_STATUS) -> Message:
        got, message = self.answer(self.ask(kind, *fields))
        if got != expect:
            raise StatusError(StatusError.FAILURE)
        return message

    def _send(self, kind: int, body: bytes) -> None:
        self._channel.sendall(struct.pack(">IB", len(body) + 1, kind) + body)

    def _receive(self, *, numbered: bool = True) -> tuple[int, int, Message]:
        (length,) = struct.unpack(">I", self._exactly(4))
        if not (5 if numbered else 1) <= length <= _LARGEST_ANSWER:
            raise EOFError
        body = self._exactly(length)
        if not numbered:
            return body[0], 0, Message(body[1:])
        return body[0], struct.unpack_from(">I", body, 1)[0], Message(body[5:])

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self._channel.recv(count - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    # files

    def open_to_read(self, path: bytes) -> bytes:
        """A handle."""
        return self._open(path, SFTP_FLAG_READ)

    def open_to_write(self, path: bytes, *, exclusive: bool) -> bytes:
        """A handle of a new and empty file; `exclusive` refuses a name that is there."""
        return self._open(path, SFTP_FLAG_WRITE | SFTP_FLAG_CREATE | (SFTP_FLAG_EXCL if exclusive else SFTP_FLAG_TRUNC))

    def _open(self, path: bytes, flags: int) -> bytes:
        return self._call(CMD_OPEN, _text(path), struct.pack(">I", flags), _NO_ATTRIBUTES, expect=CMD_HANDLE).get_string()

    def ask_read(self, handle: bytes, offset: int, length: int) -> int:
        """Ask for a block; `data` waits for it."""
        return self.ask(CMD_READ, _text(handle), struct.pack(">QI", offset, length))

    def data(self, number: int) -> bytes:
        """The block that was asked for, maybe shorter; empty at the end of the file."""
        try:
            kind, message = self.answer(number)
        except StatusError as status:
            if status.code == StatusError.END_OF_FILE:
                return b""
            raise
        if kind != CMD_DATA:
            raise StatusError(StatusError.FAILURE)
        return message.get_string()

    def ask_write(self, handle: bytes, offset: int, block: bytes) -> int:
        """Send a block; `answer` says whether it was stored."""
        return self.ask(CMD_WRITE, _text(handle), struct.pack(">Q", offset), _text(block))

    def close_handle(self, handle: bytes) -> None:
        """Close a file that was written; the server may refuse only now (quota)."""
        self._call(CMD_CLOSE, _text(handle))

    def release(self, handle: bytes) -> None:
        """Close without waiting for an answer that changes nothing; on a broken connection nothing is left to close."""
        with suppress(OSError):
            self.abandon([self.ask(CMD_CLOSE, _text(handle))])

    # names

    def listing(self, folder: bytes) -> Iterator[tuple[bytes, Attributes]]:
        """The names in a folder, without "." and "..", as they come."""
        handle = self._call(CMD_OPENDIR, _text(folder), expect=CMD_HANDLE).get_string()
        asked = deque(self.ask(CMD_READDIR, _text(handle)) for _ in range(_READ_AHEAD))
        try:
            while (message := self._names(asked.popleft())) is not None:
                asked.append(self.ask(CMD_READDIR, _text(handle)))
                for _ in range(message.get_int()):
                    name, _long = message.get_string(), message.get_string()
                    attributes = _attributes(message)
                    if name not in {b".", b".."}:
                        yield name, attributes
        finally:
            self.abandon(asked)
            self.release(handle)

    def _names(self, number: int) -> Message | None:
        """The next names of a listing; None at its end."""
        try:
            kind, message = self.answer(number)
        except StatusError as status:
            if status.code == StatusError.END_OF_FILE:
                return None
            raise
        if kind != CMD_NAME:
            raise StatusError(StatusError.FAILURE)
        return message

    def attributes(self, path: bytes) -> Attributes:
        """Of the name itself: a link is not followed."""
        return _attributes(self._call(CMD_LSTAT, _text(path), expect=CMD_ATTRS))

    def rename(self, old: bytes, new: bytes) -> None:
        """The plain request, which OpenSSH refuses over an existing file."""
        self._call(CMD_RENAME, _text(old), _text(new))

    def posix_rename(self, old: bytes, new: bytes) -> None:
        """The extension of OpenSSH, which replaces an existing file in one step."""
        self._call(CMD_EXTENDED, _text(_POSIX_RENAME), _text(old), _text(new))

    def remove(self, path: bytes) -> None:
        """Delete a file."""
        self._call(CMD_REMOVE, _text(path))

    def make_folder(self, path: bytes) -> None:
        """Make one folder."""
        self._call(CMD_MKDIR, _text(path), _NO_ATTRIBUTES)


def _text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _attributes(message: Message) -> Attributes:
    """Section 5 of the draft: a word of flags, then only what they announce."""
    flags = message.get_int()
    size = message.get_int64() if flags & 0x1 else None
    if flags & 0x2:
        message.get_int(), message.get_int()  # owner and group
    mode = message.get_int() if flags & 0x4 else None
    mtime = None
    if flags & 0x8:
        message.get_int()  # last access
        mtime = message.get_int()
    if flags & 0x80000000:
        for _ in range(message.get_int()):
            message.get_string(), message.get_string()
    return Attributes(size, mode, mtime)
