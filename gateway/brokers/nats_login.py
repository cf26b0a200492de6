"""How we log in at NATS: user and password, a token, an nkey, or a creds file with a JWT."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import nkeys
from nats.aio.client import RawCredentials

from gateway.broker_settings import NatsServers
from gateway.errors import Cause, PermanentError
from gateway.settings import SecretError

__all__ = ["Login", "login"]

_JWT: Final = re.compile(r"-BEGIN NATS USER JWT-+\s+(\S+)\s+-+END NATS USER JWT-")
_SEED: Final = re.compile(r"-BEGIN USER NKEY SEED-+\s+(\S+)\s+-+END USER NKEY SEED-")
_CREDS: Final = """\
-----BEGIN NATS USER JWT-----
{}
------END NATS USER JWT------
-----BEGIN USER NKEY SEED-----
{}
------END USER NKEY SEED------
"""


@dataclass(frozen=True, slots=True)
class Login:
    """What the library's `connect` is told, and what is said of it when the server refuses it."""

    options: dict[str, Any] = field(repr=False)
    refused: str


def login(servers: NatsServers, resolve: Callable[[str], str]) -> Login:
    """From secrets as they are at this moment. Raises `PermanentError`. Blocks."""
    try:
        if servers.creds is not None:
            return _by_creds(resolve(servers.creds))
        if servers.nkey is not None:
            return Login({"nkeys_seed_str": _seed(resolve(servers.nkey).strip())}, "the server refused the nkey")
        password = resolve(servers.password) if servers.password else None
        token = resolve(servers.token) if servers.token else None
    except SecretError as fault:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
    if token is not None:
        return Login({"token": token}, "the server refused the token")
    refused = "the server wants a login" if servers.user is None else "the server refused user or password"
    return Login({"user": servers.user, "password": password}, refused)


def _by_creds(text: str) -> Login:
    """The library takes a file as it stands and would wait for ever for the parts that one lacks."""
    jwt, seed = _JWT.search(text), _SEED.search(text)
    if jwt is None or seed is None:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, "this is no creds file: it holds a user's JWT and the seed of its nkey")
    options = {"user_credentials": RawCredentials(_CREDS.format(jwt[1], _seed(seed[1])))}
    return Login(options, f"the server refused the creds file{_end(jwt[1])}")


def _seed(seed: str) -> str:
    """Raises `PermanentError` unless it is the seed of a user."""
    try:
        prefix, _ = nkeys.decode_seed(seed.encode())
        nkeys.from_seed(seed.encode())
    except (nkeys.NkeysError, ValueError):
        raise PermanentError(Cause.CREDENTIALS_REFUSED, "this is no seed of an nkey") from None
    if prefix != nkeys.PREFIX_BYTE_USER:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, "this is the seed of an account, operator or server, and not of a user")
    return seed


def _end(jwt: str) -> str:
    """When the user's JWT ends, in words; nothing where it does not say."""
    try:
        claims = jwt.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("exp")
        return f", whose JWT ends {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC" if end else ""
    except (ValueError, IndexError, AttributeError, TypeError, OverflowError):
        return ""
