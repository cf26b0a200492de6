"""AS2: one inbound cycle (open a signed and encrypted 1 KB order, build the signed MDN) against the primitives that it cannot do without."""

import hashlib
import os
import statistics
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from as2.cms.ber import OCTET_STRING, der, parse
from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.mdn import build_mdn
from as2.receive import open_message
from tests.as2.parties import NORTHMART, SOUTHGATE, seal
from tests.support.certificates import NOW, private_key

ROUNDS = 7
CYCLES = 60


def run() -> list[tuple[str, float, str]]:
    """Ratios of this run; figures below 2 and 12 are what as2.md 4 asks for."""
    payload = os.urandom(1024)
    message = seal(payload)
    own, partner = SOUTHGATE.own, NORTHMART.profile

    def cycle() -> None:
        headers = As2Headers.parse(message.headers.items())
        found = open_message(headers, message.body, own=own, partner=partner, now=NOW)
        build_mdn(headers, disposition=PROCESSED, mic=found.mic, own=own, partner=partner, message_id="<m@example.com>", now=NOW)

    floor, ours = _medians(_floor(len(message.body)), cycle)
    few, many = _medians(_chunks(500), _chunks(5000), cycles=3)
    small, large = _large()
    return [
        (
            "as2 inbound, 1 KB, signed + encrypted + signed MDN",
            ours / floor,
            f"x the primitives ({1000 * ours:.2f} ms, {1 / ours:.0f}/s on one core)",
        ),
        ("as2 BER, 5000 chunks", many / few, "x 500 chunks (10 is linear)"),
        ("as2 inbound, 10 MB", large / small, "x its primitives"),
    ]


def _floor(size: int) -> Callable[[], None]:
    """RSA decryption, AES and a digest of the content, RSA verification, and the RSA signature of the MDN."""
    key = private_key("rsa", 2)
    assert isinstance(key, RSAPrivateKey)
    public, content = key.public_key(), os.urandom(size // 16 * 16)
    wrapped = public.encrypt(os.urandom(32), padding.PKCS1v15())
    signature = key.sign(content, padding.PKCS1v15(), hashes.SHA256())
    cipher = Cipher(AES(bytes(32)), CBC(bytes(16)))

    def primitives() -> None:
        key.decrypt(wrapped, padding.PKCS1v15())
        decryptor = cipher.decryptor()
        decryptor.update(content)
        decryptor.finalize()
        hashlib.sha256(content).digest()
        public.verify(signature, content, padding.PKCS1v15(), hashes.SHA256())
        key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    return primitives


def _chunks(count: int) -> Callable[[], None]:
    message = b"\x24\x80" + der(OCTET_STRING, bytes(1024)) * count + b"\0\0"

    def read() -> None:
        assert len(parse(message).octets()) == 1024 * count

    return read


def _large() -> tuple[float, float]:
    payload = os.urandom(10 << 20)
    message = seal(payload)
    own, partner = SOUTHGATE.own, NORTHMART.profile
    headers = As2Headers.parse(message.headers.items())

    def opening() -> None:
        open_message(headers, message.body, own=own, partner=partner, now=NOW)

    return _medians(_floor(len(message.body)), opening, cycles=1)


def _medians(one: Callable[[], None], other: Callable[[], None], cycles: int = CYCLES) -> tuple[float, float]:
    """Seconds of each, taken in turns, so that a busy machine slows both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for work, taken in zip((one, other), times, strict=True):
            begin = time.perf_counter()
            for _ in range(cycles):
                work()
            taken.append((time.perf_counter() - begin) / cycles)
    return statistics.median(times[0]), statistics.median(times[1])
