"""Access tokens of this gateway: short-lived signed JWTs as RFC 9068 has them, which stand for the API key that they were given for."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey
from joserfc.jwt import ClaimsOption

from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.service.auth import SCOPES, Credential, Principal, Role
from gateway.settings import SecretError, resolve

__all__ = ["Tokens"]

_TYPE: Final = "at+jwt"  # RFC 9068 2.1
_RSA_BITS: Final = 2048
_LONGEST: Final = 8192


class _KeyError(Exception):
    """A signing key that cannot be used; fixed words."""


class Tokens:
    """Gives and reads tokens. The first key of the settings signs, each of them verifies: so keys are changed."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def are_given(self) -> bool:
        """Whether the settings have keys for tokens."""
        return self._context.settings.oauth is not None

    def issue(self, credential: Credential, scopes: Iterable[str]) -> tuple[str, int]:
        """A token for what a key opens, narrowed to some scopes, and for how many seconds. Raises `Refusal`."""
        settings = self._context.settings.oauth
        if settings is None or not self._keys:
            raise Refusal(Cause.OWN_KEY_UNUSABLE)  # the log has said why
        now = int(self._context.now().timestamp())
        principal = credential.principal
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": principal.id,
            "client_id": principal.id,
            "iat": now,
            "exp": now + settings.lifetime,
            "jti": self._context.new_id("tok"),
            "scope": " ".join(sorted(scopes)),
            "role": principal.role.value,
            "key": credential.key,
        }
        key = self._keys[0]
        return jwt.encode(
            {"alg": _algorithm(key), "typ": _TYPE, "kid": key.kid}, claims, key, algorithms=[_algorithm(key)]
        ), settings.lifetime

    def read(self, text: str) -> Credential | None:
        """What a token stands for; None when it is none of ours, or not valid now. Whether its key still opens is for the caller."""
        if text.count(".") != 2 or len(text) > _LONGEST or not self.are_given or not self._keys:
            return None
        try:
            token = jwt.decode(text, KeySet(self._keys), algorithms=sorted({_algorithm(key) for key in self._keys}))
            if token.header.get("typ") != _TYPE:
                return None
            self._claims.validate(token.claims)
            return _credential(token.claims)
        except (JoseError, ValueError):
            return None

    @property
    def issuer(self) -> str:
        """How tokens name this gateway: its public address, or what it is."""
        own, public = self._context.workspace.own, self._context.settings.public_url
        return str(public).rstrip("/") if public is not None else f"urn:partner-gateway:{own.org}:{own.environment}"

    @property
    def _claims(self) -> jwt.JWTClaimsRegistry:
        wanted: ClaimsOption = {"essential": True, "value": self.issuer}
        given: ClaimsOption = {"essential": True}
        now = int(self._context.now().timestamp())
        return jwt.JWTClaimsRegistry(now=now, iss=wanted, aud=wanted, exp=given, iat=given, sub=given, scope=given, role=given, key=given)

    @cached_property
    def _keys(self) -> list[OctKey | RSAKey | ECKey | OKPKey]:
        """Those that can be read, in their order; the log says which cannot."""
        settings = self._context.settings.oauth
        keys: list[OctKey | RSAKey | ECKey | OKPKey] = []
        for reference in settings.keys if settings else ():
            try:
                keys.append(_load(resolve(reference, self._context.root)))
            except (SecretError, _KeyError) as fault:
                logger().warning("token-key-unreadable", reason=fault.reason if isinstance(fault, SecretError) else str(fault))
        return keys


def _load(pem: str) -> RSAKey | ECKey:
    for kind in (ECKey, RSAKey):
        try:
            key: RSAKey | ECKey = kind.import_key(pem)
        except (ValueError, TypeError, JoseError):
            continue
        if not key.is_private:
            raise _KeyError("it is no private key")
        if isinstance(key, ECKey) and key.curve_name != "P-256":
            raise _KeyError("an EC key is one of P-256")
        if isinstance(key, RSAKey) and key.raw_value.key_size < _RSA_BITS:
            raise _KeyError(f"an RSA key has at least {_RSA_BITS} bits")
        key.ensure_kid()
        return key
    raise _KeyError("it is no private key of RSA or EC in PEM form without a passphrase")


def _algorithm(key: OctKey | RSAKey | ECKey | OKPKey) -> str:
    return "ES256" if isinstance(key, ECKey) else "RS256"


def _credential(claims: dict[str, Any]) -> Credential | None:
    role = Role(claims["role"])
    scopes = frozenset(str(claims["scope"]).split()) & frozenset(SCOPES[role])
    return Credential(Principal(role, str(claims["sub"])), scopes, str(claims["key"]))
