"""`POST /oauth2/token`: tokens for API keys, what they open, and every error as RFC 6749 5.2 says it."""

import base64
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.api_keys import digest_of, new_key
from gateway.clock import system_clock
from tests.gateway.serving import GATEWAY_YAML, KEYS, NORTHMART_YAML, Served, serving
from tests.gateway.test_service_api import INBOX, INTERCHANGE, NOTICES, problem, ship_notice


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


SIGNING, FORMER = pem(ec.generate_private_key(ec.SECP256R1())), pem(rsa.generate_private_key(65537, 2048))
NARROW = new_key()
FILES = {
    "gateway.yaml": GATEWAY_YAML + 'oauth: {keys: ["file:secrets/token.pem", "file:secrets/token-former.pem"], lifetime: 300}\n',
    "partners/northmart/partner.yaml": NORTHMART_YAML.replace(
        'api: {keys: "file:secrets/northmart.key"}',
        f'api: {{keys: ["file:secrets/northmart.key", {{id: narrow, key: "{digest_of(NARROW)}", scopes: [status:read]}}]}}',
    ),
    "secrets/token.pem": SIGNING,
    "secrets/token-former.pem": FORMER,
}
CLIENT = {"grant_type": "client_credentials", "client_id": "northmart", "client_secret": KEYS["northmart"]}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, **FILES) as running:
        yield running


async def ask(served: Served, form: Any, **headers: str) -> tuple[int, dict[str, Any], Any]:
    async with served.session.post(f"{served.base}/oauth2/token", data=form, headers=headers) as response:
        return response.status, await response.json(content_type=None), response.headers


async def token(served: Served, **changes: str) -> str:
    status, answer, _ = await ask(served, {**CLIENT, **changes})
    assert status == 200, answer
    return str(answer["access_token"])


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def unpadded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{quote(name)}:{quote(secret)}".encode()).decode()


async def test_a_token_opens_what_the_key_opens_and_says_what_rfc_9068_asks_for(served: Served) -> None:
    status, answer, headers = await ask(served, {"grant_type": "client_credentials"}, Authorization=basic("northmart", KEYS["northmart"]))
    assert (status, answer["token_type"], answer["expires_in"], answer["scope"]) == (200, "Bearer", 300, "inbox:write status:read")
    assert headers["Cache-Control"] == "no-store"
    seen = jwt.decode(answer["access_token"], ECKey.import_key(SIGNING))
    assert (seen.header["typ"], seen.header["alg"]) == ("at+jwt", "ES256")
    assert {"iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope"} <= set(seen.claims)
    assert (seen.claims["sub"], seen.claims["client_id"], seen.claims["exp"] - seen.claims["iat"]) == ("northmart", "northmart", 300)
    assert KEYS["northmart"] not in str(seen.claims)
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=bearer(answer["access_token"])) as response:
        assert response.status == 202
        id_ = (await response.json())["transmissionId"]
    async with served.session.get(
        f"{served.base}/api/v1/partners/northmart/transmissions/{id_}", headers=bearer(answer["access_token"])
    ) as response:
        assert (response.status, (await response.json())["id"]) == (200, id_)


async def test_a_token_opens_no_more_than_it_was_asked_for(served: Served) -> None:
    narrow = await token(served, scope="status:read")
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=bearer(narrow)) as response:
        await problem(response, 403, "forbidden")
    whole = await token(served)
    async with served.session.get(f"{served.base}/api/v1/feed", headers=bearer(whole)) as response:
        await problem(response, 403, "forbidden")
    async with served.session.post(f"{served.base}/api/v1/partners/outdoor/inbox", data=b"{}", headers=bearer(whole)) as response:
        await problem(response, 403, "forbidden")


async def test_the_hub_submits_with_a_token(served: Served) -> None:
    text = await token(served, client_id="erp", client_secret=KEYS["hub"], scope="documents:write")
    headers = {"Idempotency-Key": "t-1", **bearer(text)}
    async with served.session.post(served.base + NOTICES, params={"partner": "northmart"}, json=ship_notice(), headers=headers) as response:
        assert response.status == 202


FAULTS: dict[str, tuple[Any, dict[str, str], int, str]] = {
    "a wrong secret": ({**CLIENT, "client_secret": "guess"}, {}, 401, "invalid_client"),
    "another's secret": ({**CLIENT, "client_id": "outdoor"}, {}, 401, "invalid_client"),
    "no client": ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
    "a bearer as client": ({"grant_type": "client_credentials"}, {"Authorization": "Bearer x"}, 401, "invalid_client"),
    "broken basic": ({"grant_type": "client_credentials"}, {"Authorization": "Basic $$$"}, 401, "invalid_client"),
    "named twice": (CLIENT, {"Authorization": basic("northmart", KEYS["northmart"])}, 400, "invalid_request"),
    "no grant": ({name: CLIENT[name] for name in ("client_id", "client_secret")}, {}, 400, "invalid_request"),
    "another grant": ({**CLIENT, "grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    "a scope of others": ({**CLIENT, "scope": "feed:read"}, {}, 400, "invalid_scope"),
    "a scope too many": ({**CLIENT, "client_secret": NARROW, "scope": "status:read inbox:write"}, {}, 400, "invalid_scope"),
    "an administrator": ({**CLIENT, "client_id": "ops", "client_secret": KEYS["admin"]}, {}, 400, "unauthorized_client"),
    "twice the same": ([*CLIENT.items(), ("scope", "status:read"), ("scope", "status:read")], {}, 400, "invalid_request"),
    "JSON": (b'{"grant_type": "client_credentials"}', {"Content-Type": "application/json"}, 400, "invalid_request"),
    "nothing": (b"", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "invalid_request"),
    "no form": (b"a&b", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "invalid_request"),
    "not ASCII": (b"a=\xff", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "invalid_request"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_is_said_as_rfc_6749_says_it(served: Served, name: str) -> None:
    form, sent, status, error = FAULTS[name]
    answered, answer, headers = await ask(served, form, **sent)
    assert (answered, answer["error"], headers["Cache-Control"]) == (status, error, "no-store")
    assert ("WWW-Authenticate" in headers) == (status == 401)
    assert set(answer) == {"error", "error_description"}


async def test_who_guesses_secrets_is_slowed_down(served: Served) -> None:
    answers = [await ask(served, {**CLIENT, "client_secret": f"guess-{number}"}) for number in range(42)]
    assert [status for status, _, _ in answers] == [401] * 40 + [429] * 2
    assert int(answers[-1][2]["Retry-After"]) >= 1
    await token(served)


async def test_a_token_ends_with_its_time_and_with_its_key(served: Served) -> None:
    text = await token(served)
    path = f"{served.base}/api/v1/partners/northmart/transmissions/trn_x"
    context = served.context
    context.clock = lambda: system_clock() + timedelta(seconds=301)
    async with served.session.get(path, headers=bearer(text)) as response:
        await problem(response, 401, "unauthenticated")
    context.clock = system_clock
    async with served.session.get(path, headers=bearer(text)) as response:
        await problem(response, 404, "not-found")
    northmart = context.workspace.partners["northmart"]
    narrowed = tuple(key.model_copy(update={"scopes": ("inbox:write",)}) for key in northmart.api.keys)
    for keys, status, code in ((narrowed, 403, "forbidden"), ((), 401, "unauthenticated")):
        changed = {**context.workspace.partners, "northmart": replace(northmart, api=northmart.api.model_copy(update={"keys": keys}))}
        context.active = replace(context.active, workspace=replace(context.workspace, partners=changed))
        async with served.session.get(path, headers=bearer(text)) as response:
            await problem(response, status, code)


async def test_tokens_that_are_not_ours_open_nothing(served: Served) -> None:
    good = await token(served)
    key = ECKey.import_key(SIGNING)
    seen = jwt.decode(good, key)
    other = ECKey.generate_key("P-256")
    claims, header = dict(seen.claims), {"alg": "ES256", "typ": "at+jwt", "kid": seen.header["kid"]}
    head = unpadded(b'{"alg":"HS256","typ":"at+jwt"}')
    signed = f"{head}.{good.split('.')[1]}"
    forged = [
        jwt.encode(header, claims, other),
        jwt.encode({**header, "typ": "JWT"}, claims, key),
        jwt.encode(header, {**claims, "iss": "https://elsewhere.example"}, key),
        jwt.encode(header, {**claims, "aud": "https://elsewhere.example"}, key),
        jwt.encode(header, {name: value for name, value in claims.items() if name != "exp"}, key),
        jwt.encode(header, {**claims, "role": "root"}, key),
        f"{signed}.{unpadded(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}",
        ".".join([unpadded(b'{"alg":"none","typ":"at+jwt"}'), good.split(".")[1], ""]),
        good[:-4] + "AAAA",
        good.split(".")[0] + ".." + good.split(".")[2],
    ]
    for text in forged:
        async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=bearer(text)) as response:
            assert response.status in {401, 429}


async def test_a_token_of_the_former_key_counts_while_it_is_named(served: Served, tmp_path: Path) -> None:
    text = await token(served)
    claims = dict(jwt.decode(text, ECKey.import_key(SIGNING)).claims)
    former = RSAKey.import_key(FORMER)
    former.ensure_kid()
    older = jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": former.kid}, claims, former)
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=bearer(older)) as response:
        assert response.status == 202


async def test_without_a_signing_key_there_is_no_such_address(tmp_path: Path) -> None:
    async with serving(tmp_path) as plain:
        async with plain.session.post(f"{plain.base}/oauth2/token", data=CLIENT) as response:
            await problem(response, 404, "not-found")
        assert "/oauth2/token" not in plain.service.document["paths"]


async def test_the_openapi_document_says_what_a_token_opens(served: Served) -> None:
    document = served.service.document
    OpenAPIV31SpecValidator(document).validate()
    flow = document["components"]["securitySchemes"]["token"]["flows"]["clientCredentials"]
    assert (flow["tokenUrl"], set(flow["scopes"])) == (
        "/oauth2/token",
        {"inbox:write", "status:read", "documents:write", "documents:read", "feed:read"},
    )
    inbox = document["paths"]["/api/v1/partners/{partner_id}/inbox"]["post"]
    assert inbox["security"] == [{"partnerKey": []}, {"token": ["inbox:write"]}]
    assert document["paths"]["/admin/v1/status"]["get"]["security"] == [{"adminKey": []}]
