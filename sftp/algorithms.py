"""Which algorithms we agree to, which switch of a profile allows an old one, and which switch would help with a server.

paramiko still offers CBC ciphers and SHA-1 and MD5 MACs of its own accord, so that the lists are ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sftp.settings import Legacy, SftpSettings

__all__ = ["CIPHERS", "KINDS", "MACS", "Algorithms", "advice"]

CIPHERS: Final = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
MACS: Final = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
_KEY_EXCHANGES: Final = (
    "mlkem768x25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
)
_HOST_KEYS: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256")
_RSA: Final = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")

KINDS: Final = ("key exchange", "host key", "cipher", "MAC")  #: what both sides have to have one of, in the order of the protocol

_SWITCHES: Final[Mapping[str, Legacy]] = {
    "diffie-hellman-group14-sha1": "dh-group14-sha1",
    "ssh-rsa": "ssh-rsa-sha1",
    "aes128-cbc": "aes-cbc",
    "aes192-cbc": "aes-cbc",
    "aes256-cbc": "aes-cbc",
    "3des-cbc": "3des-cbc",
    "hmac-sha1": "hmac-sha1",
}
_OF_KIND: Final = {
    "key exchange": ("diffie-hellman-group14-sha1",),
    "host key": ("ssh-rsa",),
    "cipher": ("aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"),
    "MAC": ("hmac-sha1",),
}
_BASE: Final = {"key exchange": _KEY_EXCHANGES, "host key": _HOST_KEYS, "cipher": CIPHERS, "MAC": MACS}


@dataclass(frozen=True, slots=True)
class Algorithms:
    """By kind, the best first; old ones last, and only where a switch allows them."""

    by_kind: Mapping[str, tuple[str, ...]]
    signatures: tuple[str, ...]  #: that our own key may make

    @classmethod
    def of(cls, settings: SftpSettings) -> "Algorithms":
        """What a profile agrees to. The kinds of the pinned host keys come first, so that the server shows one that we know."""
        by_kind = {kind: _BASE[kind] + tuple(old for old in _OF_KIND[kind] if _SWITCHES[old] in settings.legacy) for kind in KINDS}
        pinned = {name for key in settings.host_keys.accepted for name in _signatures(key.split(" ")[0])}
        by_kind["host key"] = tuple(sorted(by_kind["host key"], key=lambda name: name not in pinned))
        return cls(by_kind, _own_signatures(settings))


def _signatures(kind: str) -> tuple[str, ...]:
    return _RSA if kind == "ssh-rsa" else (kind,)


def _own_signatures(settings: SftpSettings) -> tuple[str, ...]:
    """Servers that announce no signature kinds take the first that we try as an affront (paramiko#2017), so that a switch names it."""
    others = tuple(name for name in _HOST_KEYS if not name.startswith("rsa"))
    if "ssh-rsa-sha1" in settings.legacy:
        return (*others, "ssh-rsa")
    return (*others, "rsa-sha2-256") if "rsa-sha2-256" in settings.legacy else (*others, "rsa-sha2-512", "rsa-sha2-256")


def advice(offered: Mapping[str, Sequence[str]], settings: SftpSettings) -> str:
    """Why there is no common algorithm, and what would help. The server's own words are not shown, but for names that we know."""
    allowed = Algorithms.of(settings).by_kind
    missing = [kind for kind in KINDS if not set(offered[kind]) & set(allowed[kind])]
    if not missing:
        return "no common algorithm"
    helpful = {kind: [_SWITCHES[name] for name in _OF_KIND[kind] if name in offered[kind]] for kind in missing}
    hopeless = [kind for kind in missing if not helpful[kind]]
    if hopeless:
        return f"no common {hopeless[0]}; no `legacy` switch helps: the partner's server has to be renewed"
    switches = dict.fromkeys([*sorted(settings.legacy), *(helpful[kind][0] for kind in missing)])
    return f"no common {' and '.join(missing)}; `legacy: [{', '.join(switches)}]` would help"
