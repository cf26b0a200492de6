"""What a server offers, read from its first message: asked once more after a key exchange failed, for paramiko does not tell."""

import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Final

from sftp.algorithms import KINDS

__all__ = ["offered"]

_KEXINIT: Final = 20
_LONGEST_BANNER: Final = 8192
_LONGEST_PACKET: Final = 35_000
_COOKIE: Final = 16


def offered(connection: socket.socket) -> Mapping[str, Sequence[str]] | None:
    """By kind, as `KINDS` names them; None where the server says nothing of use. The connection is of no more use (RFC 4253, 7.1)."""
    try:
        with connection, connection.makefile("rb") as stream:
            connection.sendall(b"SSH-2.0-gateway\r\n")
            read = 0
            while not (line := stream.readline(_LONGEST_BANNER)).startswith(b"SSH-"):
                read += len(line)
                if not line or read > _LONGEST_BANNER:
                    return None
            length, padding = struct.unpack(">IB", stream.read(5))
            if length > _LONGEST_PACKET:
                return None
            payload = stream.read(length - 1 - padding)
    except (OSError, struct.error):
        return None
    if not payload or payload[0] != _KEXINIT:
        return None
    return dict(zip(KINDS, _lists(payload), strict=True))


def _lists(payload: bytes) -> list[list[str]]:
    """The first lists of names: key exchange, host key, ciphers and MACs; of those for either direction the one from us to the server."""
    lists, at = [], 1 + _COOKIE
    for _ in range(6):
        (length,) = struct.unpack_from(">I", payload, at)
        lists.append(payload[at + 4 : at + 4 + length].decode("ascii", "replace").split(","))
        at += 4 + length
    return [lists[0], lists[1], lists[2], lists[4]]
