"""`POST /oauth2/token`: client credentials (RFC 6749 4.4). The client is a partner or the hub, its secret one of its API keys."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from aiohttp import web
from pydantic import BaseModel, Field

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.access import Door
from gateway.service.auth import Credential, Role
from gateway.service.body import media_type, read_body
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["OAuthSurface"]

_FORM: Final = "application/x-www-form-urlencoded"
_LIMIT: Final = 8 * 1024
_FIELDS: Final = 20
_NOT_STORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 5.1
_BASIC: Final = 'Basic realm="gateway", charset="UTF-8"'


class TokenRequest(BaseModel):
    """The form. The client is named here or in the Authorization header, not in both."""

    grant_type: str = Field(description="client_credentials", json_schema_extra={"const": "client_credentials"})
    scope: str | None = Field(default=None, description="What the token is to allow, with blanks between; absent: all that the key does.")
    client_id: str | None = Field(default=None, description="The partner's id, or the id of the hub's key.")
    client_secret: str | None = Field(default=None, description="The API key.")


class TokenAnswer(BaseModel):
    """RFC 6749 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a word of the protocol
    expires_in: int = Field(description="Seconds.")
    scope: str


class TokenFault(BaseModel):
    """RFC 6749 5.2."""

    error: str = Field(description="invalid_request, invalid_client, unauthorized_client, unsupported_grant_type or invalid_scope.")
    error_description: str = Field(description="Fixed words; nothing of the request is repeated.")


class _FaultError(Exception):
    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


class OAuthSurface:
    """Gives tokens. It is there when gateway.yaml has keys to sign them with."""

    def __init__(self, context: Context, door: Door) -> None:
        self._context = context
        self._door = door
        self._tokens = door.keys.tokens

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        if not self._tokens.are_given:
            return ()
        return (
            Route(
                "POST",
                "/oauth2/token",
                self.give,
                "token",
                "A bearer token for an API key (OAuth 2.0 client credentials)",
                Access.CLIENT,
                {
                    200: Body("The token.", TokenAnswer),
                    400: Body("What is wrong with the request.", TokenFault),
                    401: Body("The client is not known, or its secret is wrong.", TokenFault),
                },
                Body("client_secret_basic or client_secret_post.", TokenRequest, (_FORM,)),
                (Parameter("Authorization", "header", "Basic, with the client's id and its API key (client_secret_basic)."),),
                (Cause.BODY_TOO_LARGE, Cause.OWN_KEY_UNUSABLE, Cause.SHUTTING_DOWN),
            ),
        )

    async def give(self, request: web.Request) -> web.Response:
        """A token, or why not."""
        try:
            form = await _form(request)
            credential = await self._client(request, form)
            _check_grant(form.get("grant_type"))
            scopes = _scopes(form, credential)
        except _FaultError as fault:
            headers = {**_NOT_STORED, **({"WWW-Authenticate": _BASIC} if fault.status == 401 else {})}
            told = TokenFault(error=fault.error, error_description=fault.description)
            return web.json_response(told.model_dump(), status=fault.status, headers=headers)
        token, lifetime = self._tokens.issue(credential, scopes)
        answer = TokenAnswer(access_token=token, expires_in=lifetime, scope=" ".join(sorted(scopes)))
        return web.json_response(answer.model_dump(), headers=_NOT_STORED)

    async def _client(self, request: web.Request, form: Mapping[str, str]) -> Credential:
        """Who asks. A wrong secret counts as a stranger's request; what keeps secrets from being guessed is that they are random."""
        name, secret = _basic(request, form)
        credential = self._door.keys.find(secret) if secret else None
        if credential is None or credential.principal.id != name:
            await self._door.limits.stranger(request)
            raise _FaultError("invalid_client", "no client of this id has this key", 401)
        await self._door.limits.known(credential.principal)
        if credential.principal.role is Role.ADMIN:
            raise _FaultError("unauthorized_client", "administrators use their keys")
        return credential


async def _form(request: web.Request) -> dict[str, str]:
    if media_type(request) != _FORM:
        raise _FaultError("invalid_request", f"the body is a form ({_FORM})")
    try:
        body = await read_body(request, _LIMIT)
    except Refusal as refusal:
        if refusal.cause not in {Cause.BODY_EMPTY, Cause.UNSUPPORTED_MEDIA_TYPE}:
            raise
        raise _FaultError("invalid_request", "the body is empty, or encoded") from None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=_FIELDS, errors="strict")
    except ValueError:
        raise _FaultError("invalid_request", "the body is no form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _FaultError("invalid_request", "a parameter stands twice")
    return {name: value for name, value in form.items() if value}  # one without a value counts as left out (RFC 6749 3.2)


def _check_grant(said: str | None) -> None:
    if said != "client_credentials":
        raise _FaultError("invalid_request" if said is None else "unsupported_grant_type", "grant_type is client_credentials")


def _basic(request: web.Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Id and secret, from the header or from the form; both empty when there are none."""
    header = request.headers.get("Authorization")
    posted = (form.get("client_id", ""), form.get("client_secret", ""))
    if header is None:
        return posted
    if posted[1]:
        raise _FaultError("invalid_request", "the client is named twice")
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)  # both are encoded as in a form (RFC 6749 2.3.1)


def _scopes(form: Mapping[str, str], credential: Credential) -> frozenset[str]:
    if "scope" not in form:
        return credential.scopes
    wanted = frozenset(form["scope"].split(" "))
    if not wanted <= credential.scopes:
        raise _FaultError("invalid_scope", "the key is not for all of these scopes")
    return wanted
