"""NATS by JWTs, as nsc makes them: an operator signs an account, the account its users, each with a key pair (nkey) of its own."""

import base64
import hashlib
import json
import secrets
import time
from typing import Any

import nkeys

_UNLIMITED = {"subs": -1, "data": -1, "payload": -1}


def new_nkey(prefix: int = nkeys.PREFIX_BYTE_USER) -> nkeys.KeyPair:
    """A key pair; `.seed` and `.public_key` are bytes."""
    return nkeys.from_seed(nkeys.encode_seed(secrets.token_bytes(32), prefix))


class Operator:
    """An operator with one account. `conf` is what the server is told of both."""

    def __init__(self) -> None:
        operator, self._account, system = (new_nkey(prefix) for prefix in (nkeys.PREFIX_BYTE_OPERATOR, *(nkeys.PREFIX_BYTE_ACCOUNT,) * 2))
        limits = {"conn": -1, "leaf": -1, "imports": -1, "exports": -1, "wildcards": True, **_UNLIMITED}
        streams = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
        own = _signed(operator, operator.public_key, {"type": "operator"})
        accounts = {
            key.public_key.decode(): _signed(operator, key.public_key, {"type": "account", "limits": said})
            for key, said in ((self._account, limits | streams), (system, limits))
        }
        preload = "\n".join(f"{key}: {jwt}" for key, jwt in accounts.items())
        self.conf = f"authorization {{ timeout: 60 }}\noperator: {own}\nsystem_account: {system.public_key.decode()}\nresolver: MEMORY\nresolver_preload: {{ {preload} }}\n"

    def creds(self, *, ends: float | None = None) -> str:
        """The creds file of a new user; its JWT ends so many seconds from now."""
        user = new_nkey()
        claims = {"type": "user", "pub": {}, "sub": {}, **_UNLIMITED}
        jwt = _signed(self._account, user.public_key, claims, {} if ends is None else {"exp": int(time.time() + ends)})
        return (
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            f"************************* IMPORTANT *************************\nNKEY Seed printed below.\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed.decode()}\n------END USER NKEY SEED------\n"
        )


def _signed(by: nkeys.KeyPair, subject: bytes, claims: dict[str, Any], more: dict[str, Any] | None = None) -> str:
    said = {"iat": int(time.time()), "iss": by.public_key.decode(), "sub": subject.decode(), "name": "test", **(more or {})}
    said["nats"] = {**claims, "version": 2}
    said["jti"] = base64.b32encode(hashlib.sha256(json.dumps(said).encode()).digest()).decode().rstrip("=")
    text = ".".join(_encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, said))
    return f"{text}.{_encoded(by.sign(text.encode()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
