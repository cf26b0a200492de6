"""Who we are towards a server: our own key with its certificate, a password, or one after the other. No agent, no key files."""

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from sftp.errors import LoginError, Operation, SecretError, UnreachableError
from sftp.settings import SftpSettings
from sftp.transport import OldRsaKey

__all__ = ["Secrets", "log_in", "private_key"]

_SMALLEST_RSA: Final = 2048


@dataclass(frozen=True, slots=True)
class Secrets:
    """The resolved secrets of one endpoint. Never shown."""

    password: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    key_passphrase: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: SftpSettings, resolve: Callable[[str], str]) -> Self:
        """Resolve what the profile refers to."""
        references = (settings.password, settings.key, settings.key_passphrase)
        return cls(*(resolve(reference) if reference is not None else None for reference in references))


def log_in(transport: paramiko.Transport, settings: SftpSettings, secrets: Secrets, key: paramiko.PKey | None) -> None:
    """The key first, then the password where the server asks for both.

    Raises `LoginError` when the server refuses, `UnreachableError` when it went away or fell silent meanwhile.
    """
    begun = time.monotonic()
    try:
        wanted: Sequence[str] = transport.auth_publickey(settings.user, key) if key is not None else ["password"]
        if wanted and secrets.password is not None:
            wanted = _with_password(transport, settings.user, secrets.password, wanted)
    except paramiko.AuthenticationException as error:
        # paramiko says "authentication failed" of a connection that went away or fell silent, too; only a refusal may stop the endpoint
        answered = transport.is_active() and time.monotonic() - begun < settings.timeouts.auth
        raise (LoginError if answered else UnreachableError)(Operation.LOGIN) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise UnreachableError(Operation.LOGIN) from error
    if wanted or not transport.is_authenticated():
        raise LoginError(Operation.LOGIN)


def _with_password(transport: paramiko.Transport, user: str, password: str, wanted: Sequence[str]) -> Sequence[str]:
    """Told, or given as the answer to what the server asks a person at a keyboard. What is wanted beyond it is returned."""
    if "password" in wanted:
        try:
            return transport.auth_password(user, password, fallback=False)
        except paramiko.BadAuthenticationType as error:
            wanted = error.allowed_types
            if "keyboard-interactive" not in wanted:
                raise
    if "keyboard-interactive" not in wanted:
        return wanted
    return transport.auth_interactive(user, lambda _title, _instructions, questions: [password for _ in questions])


def private_key(settings: SftpSettings, secrets: Secrets) -> paramiko.PKey | None:
    """Our key, with its certificate. Raises `SecretError`."""
    if secrets.key is None:
        return None
    try:
        kind = _key_class(secrets.key, secrets.key_passphrase, sha1="ssh-rsa-sha1" in settings.legacy)
        key = kind.from_private_key(io.StringIO(secrets.key), secrets.key_passphrase)
        if settings.certificate is not None:
            key.load_certificate(settings.certificate)
    except (ValueError, TypeError, UnsupportedAlgorithm, paramiko.SSHException) as error:
        raise SecretError(Operation.LOGIN) from error
    return key


def _key_class(text: str, passphrase: str | None, *, sha1: bool) -> type[paramiko.PKey]:
    """Which kind of key it is. Raises `ValueError`, `TypeError` for what is no key of ours."""
    data, secret = text.encode(), passphrase.encode() if passphrase is not None else None
    try:
        loaded: object = serialization.load_ssh_private_key(data, secret)
    except ValueError:
        loaded = serialization.load_pem_private_key(data, secret)
    match loaded:
        case ed25519.Ed25519PrivateKey():
            return paramiko.Ed25519Key
        case ec.EllipticCurvePrivateKey():
            return paramiko.ECDSAKey
        case rsa.RSAPrivateKey(key_size=bits) if bits >= _SMALLEST_RSA:
            return OldRsaKey if sha1 else paramiko.RSAKey
    raise TypeError
