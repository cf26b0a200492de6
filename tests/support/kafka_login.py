"""A door before a Kafka broker that lets nobody through who has not logged in: SASL as Kafka's protocol has it, PLAIN and SCRAM-SHA-512.

The mock cluster of the client's library knows neither TLS nor SASL. The door speaks both with the real client, and leaves all else to it.
"""

import asyncio
import base64
import hashlib
import hmac
import ssl
import struct
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from tests.support.brokers import kafka_behind
from tests.support.switch import Ends, Switch

#: requests of the protocol: 17 SaslHandshake, 18 ApiVersions, 36 SaslAuthenticate; errors that answer them:
_WRONG_MECHANISM: Final = 33
_WRONG_VERSION: Final = 35
_REFUSED: Final = 58
_ROUNDS: Final = 4096

#: gets what the client sends and gives what is answered; its end is the last answer, or None: refused
_Login = Generator[bytes, bytes, bytes | None]


def _plain(user: str, password: str) -> _Login:
    said = yield b""
    return b"" if said == f"\0{user}\0{password}".encode() else None


def _scram(user: str, password: str) -> _Login:
    """RFC 5802, the server's side."""
    keyed = partial(hmac.digest, digest="sha512")
    salt = b"salt of the test"
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    client_key = keyed(salted, b"Client Key")
    first = (yield b"").partition(b",,")[2]  # n=user,r=nonce
    nonce = first.partition(b",r=")[2] + b"server"
    challenge = b"r=%s,s=%s,i=%d" % (nonce, base64.b64encode(salt), _ROUNDS)
    final, _, proof = (yield challenge).rpartition(b",p=")
    signed = b",".join((first, challenge, final))
    mask = keyed(hashlib.sha512(client_key).digest(), signed)
    expected = bytes(a ^ b for a, b in zip(client_key, mask, strict=True))
    if not first.startswith(f"n={user},".encode()) or base64.b64decode(proof) != expected:
        return None
    return b"v=" + base64.b64encode(keyed(keyed(salted, b"Server Key"), signed))


_MECHANISMS: Final = {"PLAIN": _plain, "SCRAM-SHA-512": _scram}


@dataclass(frozen=True, slots=True)
class _Request:
    """One request of the client; `body` is behind its header."""

    key: int
    version: int
    number: int
    body: bytes

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> Self:
        frame = await _frame(reader)
        key, version, number, name = struct.unpack_from(">hhih", frame)
        return cls(key, version, number, frame[10 + max(name, 0) :])

    def answered(self, body: bytes) -> bytes:
        return struct.pack(">ii", len(body) + 4, self.number) + body


class KafkaDoor(Switch):
    """A `Switch` that its clients must log in at. `mechanisms` are those that they asked for, `asked` counts how often they did."""

    def __init__(self, target: int, user: str, password: str, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(target, kafka_behind(target), tls)
        self._credentials = user, password
        self.mechanisms: set[str] = set()
        self.asked = 0

    async def welcome(self, near: Ends, far: Ends) -> bool:
        """Whether the client logged in. Raises `OSError` and `EOFError` when either side breaks off."""
        reader, writer = near
        login, is_in = None, False
        while not is_in:
            request = await _Request.read(reader)
            match request.key:
                case 18:
                    answer = await _versions(request, far)
                case 17:
                    login, answer = self._begun(request)
                case 36 if login is not None:
                    answer, is_in = _went_on(login, request)
                case _:
                    return False
            writer.write(request.answered(answer))
            await writer.drain()
        return True

    def _begun(self, request: _Request) -> tuple[_Login | None, bytes]:
        mechanism = request.body[2:].decode()
        self.mechanisms.add(mechanism)
        self.asked += 1
        login = _MECHANISMS[mechanism](*self._credentials) if mechanism in _MECHANISMS else None
        if login is not None:
            next(login)
        names = b"".join(struct.pack(">h", len(name)) + name.encode() for name in _MECHANISMS)
        return login, struct.pack(">hi", _WRONG_MECHANISM if login is None else 0, len(_MECHANISMS)) + names


def _went_on(login: _Login, request: _Request) -> tuple[bytes, bool]:
    """The answer to one step of a login, and whether it was the last."""
    said: bytes | None
    try:
        said, is_last = login.send(request.body[4:]), False
    except StopIteration as end:
        said, is_last = end.value, True
    answer = struct.pack(">hhi", _REFUSED if said is None else 0, -1, len(said or b"")) + (said or b"")
    return answer + (struct.pack(">q", 0) if request.version > 0 else b""), is_last and said is not None


async def _versions(request: _Request, far: Ends) -> bytes:
    """What the broker behind speaks, and the two requests of a login. Clients that ask in a newer form are told to ask in the oldest."""
    if request.version > 0:
        return struct.pack(">hi", _WRONG_VERSION, 0)
    reader, writer = far
    writer.write(struct.pack(">ihhih", 10, 18, 0, request.number, -1))
    answer = (await _frame(reader))[4:]
    error, count = struct.unpack_from(">hi", answer)
    return struct.pack(">hi", error, count + 2) + answer[6:] + struct.pack(">hhhhhh", 17, 0, 1, 36, 0, 1)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(int.from_bytes(await reader.readexactly(4)))
