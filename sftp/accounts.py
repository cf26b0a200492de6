"""`Account`: who may log in at our server, with what, where to, and how much; and the file that a drop box reads its accounts from.

The file holds public keys and salted scrypt digests of passwords, no secret of the gateway's: the process that speaks with the network
needs nothing else.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

__all__ = ["Account", "PasswordDigest", "read_accounts", "write_accounts"]

#: RFC 7914: 16 MiB and some 50 ms for each try
_N, _R, _P = 1 << 14, 8, 1


@dataclass(frozen=True, slots=True)
class PasswordDigest:
    """A password that can be recognised and not be read."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str, salt: bytes | None = None) -> Self:
        """With a salt of its own."""
        salt = salt if salt is not None else os.urandom(16)
        return cls(salt, hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P))

    def fits(self, password: str) -> bool:
        """Whether this is the password; takes as long for a wrong one."""
        return hmac.compare_digest(PasswordDigest.of(password, self.salt).digest, self.digest)


#: who has no account costs as much time as who has one: names cannot be tried out
NOBODY: Final = PasswordDigest.of("", bytes(16))


@dataclass(frozen=True, slots=True)
class Account:
    """One user and the folder that is everything to it.

    Files are written below its folders `writable`; below `removable` they are removed, renamed and put into folders. None: everywhere.
    """

    user: str
    root: Path
    public_keys: frozenset[str] = frozenset()  #: "kind base64", as in authorized_keys
    password: PasswordDigest | None = None
    max_file_bytes: int = 1 << 30
    quota: int | None = None  #: bytes of all files together
    max_sessions: int = 10
    writable: frozenset[str] | None = None
    removable: frozenset[str] | None = None


def write_accounts(path: Path, accounts: Iterable[Account]) -> None:
    """Write the file anew, in one step. Raises OSError."""
    rows = [
        {
            "user": one.user,
            "publicKeys": sorted(one.public_keys),
            "salt": one.password.salt.hex() if one.password else None,
            "digest": one.password.digest.hex() if one.password else None,
            "maxFileBytes": one.max_file_bytes,
            "quota": one.quota,
            "maxSessions": one.max_sessions,
        }
        for one in accounts
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.new")
    hidden.touch(mode=0o640)
    hidden.chmod(0o640)
    with hidden.open("w", encoding="ascii") as file:
        file.write(json.dumps(rows, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(path)


def read_accounts(path: Path, box: Path) -> Mapping[str, Account]:
    """The accounts of a drop box by their users: each sees its own `in` and `out`, writes into `in`, removes from both.

    Raises OSError, and ValueError for what is no such file.
    """
    found = {}
    for row in json.loads(path.read_text(encoding="ascii")):
        digest = PasswordDigest(bytes.fromhex(row["salt"]), bytes.fromhex(row["digest"])) if row["salt"] else None
        found[row["user"]] = Account(
            row["user"],
            box / row["user"],
            frozenset(row["publicKeys"]),
            digest,
            row["maxFileBytes"],
            row["quota"],
            row["maxSessions"],
            writable=frozenset({"in"}),
            removable=frozenset({"in", "out"}),
        )
    return found
