"""paramiko's transport with our lists of algorithms, among them two of SHA-1 that it has no more, for servers that know no better."""

import hashlib
from typing import Any, ClassVar

import paramiko
from cryptography.hazmat.primitives import hashes
from paramiko.kex_group14 import KexGroup14SHA256

from sftp.algorithms import Algorithms

__all__ = ["OldRsaKey", "Transport"]


class OldRsaKey(paramiko.RSAKey):
    """Signs, and takes signatures, with SHA-1 too. Only where a switch of the profile says so."""

    HASHES = {**paramiko.RSAKey.HASHES, "ssh-rsa": hashes.SHA1}  # type: ignore[misc]  # noqa: RUF012 - as its own class has it


class _Group14Sha1(KexGroup14SHA256):
    name = "diffie-hellman-group14-sha1"
    hash_algo = hashlib.sha1


class Transport(paramiko.Transport):
    """Offers nothing but what `Algorithms` has."""

    _kex_info: ClassVar[dict[str, Any]] = {**paramiko.Transport._kex_info, _Group14Sha1.name: _Group14Sha1}  # type: ignore[attr-defined]
    _key_info: ClassVar[dict[str, Any]] = {**paramiko.Transport._key_info, "ssh-rsa": OldRsaKey}  # type: ignore[attr-defined]

    def agree_to(self, algorithms: Algorithms) -> None:
        """Before the connection begins."""
        options = self.get_security_options()
        options.kex = _known(algorithms.by_kind["key exchange"], self._kex_info)
        options.key_types = algorithms.by_kind["host key"]
        options.ciphers = algorithms.by_kind["cipher"]
        options.digests = algorithms.by_kind["MAC"]
        self._preferred_pubkeys = algorithms.signatures


def _known(names: tuple[str, ...], known: dict[str, Any]) -> tuple[str, ...]:
    """Some key exchanges stand or fall with the library below paramiko."""
    return tuple(name for name in names if name in known)
