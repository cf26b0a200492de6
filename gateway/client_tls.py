"""The TLS context with which a server of the house is called, from files and secrets as they are at this moment; and why TLS failed."""

import ssl
from collections.abc import Callable
from functools import lru_cache

from gateway.broker_settings import ClientTls
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError
from gateway.tls import TlsError, client_context

__all__ = ["ClientFiles", "broken_off", "client_files", "client_tls"]

#: authorities, our certificate and its key (PEM), and the passphrase of the key; what is not said is None
ClientFiles = tuple[str | None, str | None, str | None, str | None]


def client_files(tls: ClientTls, resolve: Callable[[str], str]) -> ClientFiles:
    """Read what the settings name. Raises `PermanentError`. Blocks."""
    named = (f"file:{tls.ca}" if tls.ca else None, f"file:{tls.certificate}" if tls.certificate else None, tls.key, tls.passphrase)
    try:
        ca, certificate, key, passphrase = (resolve(reference) if reference else None for reference in named)
    except SecretError as fault:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
    return ca, certificate, key, passphrase


def client_tls(tls: ClientTls, resolve: Callable[[str], str]) -> ssl.SSLContext:
    """The context; the same files are the same one, and so share connections. Raises `PermanentError`. Blocks."""
    try:
        return _context(*client_files(tls, resolve))
    except TlsError as fault:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault


def broken_off(fault: BaseException) -> TransientError:
    """A connection that was not made or did not last, as an outcome; libraries wrap what TLS says, so what caused it is asked too."""
    inner: BaseException | None = fault
    seen: set[int] = set()  # a fault that is kept and raised again may come to be its own cause
    while inner is not None and id(inner) not in seen:
        seen.add(id(inner))
        if isinstance(inner, ssl.SSLCertVerificationError):
            return TransientError(Cause.DESTINATION_UNREACHABLE, f"the server's certificate is not accepted: {inner.verify_message}")
        if isinstance(inner, ssl.SSLError):
            return TransientError(Cause.DESTINATION_UNREACHABLE, f"TLS failed ({inner.reason or type(inner).__name__})")
        inner = inner.__cause__ or inner.__context__
    return TransientError(Cause.DESTINATION_UNREACHABLE, f"no connection, or it broke off ({type(fault).__name__})")


@lru_cache(maxsize=64)
def _context(ca: str | None, certificate: str | None, key: str | None, passphrase: str | None) -> ssl.SSLContext:
    pair = (certificate, key) if certificate is not None and key is not None else None
    return client_context(pinned=(ca,) if ca else (), certificate=pair, passphrase=passphrase)
