"""The AS2 address over real HTTP: a partner that signs, encrypts and wants its receipt."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from as2.content import Content
from as2.keys import own_keys
from as2.mdn import Mdn, SignatureState, read_mdn
from as2.message import SealedMessage, seal_message
from as2.send import VerdictState, judge_mdn
from as2.settings import As2Settings, OwnAs2
from gateway.clock import system_clock
from gateway.states import Thing, TransmissionState
from gateway.store import lookup
from tests.gateway.rows import by_state
from tests.gateway.serving import NORTHMART, OWN, Served, serving
from tests.support.certificates import certificate

INTERCHANGE = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000004711*0*T*>~"
    b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*4711*X*004010~ST*850*0001~BEG*00*SA*4500123987**20261118~SE*3*0001~GE*1*4711~IEA*1*000004711~"
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as running:
        yield running


def northmart_seals(
    payload: bytes = INTERCHANGE, *, message_id: str = "<1@northmart.example>", name: str = "NORTHMART", **settings: Any
) -> SealedMessage:
    """What the retailer's own product sends."""
    keys = {"current": {"key": "env:KEY", "certificate": NORTHMART.certificate}}
    own = own_keys(OwnAs2.model_validate({"as2_name": name, "keys": keys}), lambda _: NORTHMART.key)
    profile = As2Settings.model_validate(
        {"url": "https://harborline.example/as2", "as2_name": "HARBORLINE", "certs": {"current": OWN.certificate}, **settings}
    )
    return seal_message(payload, content_type="application/edi-x12", own=own, partner=profile, message_id=message_id, now=system_clock())


def read_receipt(response: aiohttp.ClientResponse, body: bytes) -> Mdn:
    profile = As2Settings.model_validate({"as2_name": "HARBORLINE", "certs": {"current": OWN.certificate}})
    return read_mdn([(k.decode(), v.decode()) for k, v in response.raw_headers], body, partner=profile, now=system_clock())


async def post(served: Served, message: SealedMessage, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with served.session.post(f"{served.base}/as2", data=message.body, headers={**message.headers, **headers}) as response:
        return response, await response.read()


async def transmissions(served: Served, state: TransmissionState) -> int:
    found = await served.context.store.read(by_state)
    return int(found[Thing.TRANSMISSION].get(state, 0))


async def test_a_signed_and_encrypted_order_gets_a_signed_receipt_that_fits(served: Served) -> None:
    message = northmart_seals()
    response, body = await post(served, message)
    mdn = read_receipt(response, body)
    assert response.status == 200
    assert mdn.signature is SignatureState.VERIFIED
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True).state is VerdictState.RECEIPTED
    assert await transmissions(served, TransmissionState.OPENED) == 1


async def test_the_payload_is_stored_as_it_was_before_it_was_sealed(served: Served) -> None:
    await post(served, northmart_seals())
    headers = served.key("admin")
    async with served.session.get(f"{served.base}/admin/v1/status", headers=headers) as response:
        assert (await response.json())["things"]["transmission"] == {"HELD": 0, "OPENED": 1, "RECEIVED": 0}
    rows = await served.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION, partner_id="northmart"))
    assert await served.context.store.load(rows[0]["payload_sha256"]) == INTERCHANGE


async def test_the_same_message_again_gets_the_very_same_receipt(served: Served) -> None:
    message = northmart_seals()
    answers = [await post(served, message) for _ in range(2)]
    assert answers[0][1] == answers[1][1]
    assert (await transmissions(served, TransmissionState.OPENED), await transmissions(served, TransmissionState.DUPLICATE)) == (1, 1)


async def test_another_message_under_a_used_id_is_refused_and_held(served: Served) -> None:
    await post(served, northmart_seals())
    response, body = await post(served, northmart_seals(INTERCHANGE.replace(b"4500123987", b"4500123988")))
    assert "unexpected-processing-error" in str(read_receipt(response, body).disposition)
    assert await transmissions(served, TransmissionState.HELD) == 1


async def test_a_damaged_message_is_answered_by_its_receipt(served: Served) -> None:
    message = northmart_seals()
    damaged = replace(message, content=Content.of(message.body[:-40] + bytes(40)))
    response, body = await post(served, damaged)
    assert response.status == 200
    assert "decryption-failed" in str(read_receipt(response, body).disposition)
    assert await transmissions(served, TransmissionState.HELD) == 1


async def test_an_unsigned_message_is_insufficient(served: Served) -> None:
    response, body = await post(served, northmart_seals(sign=None))
    assert "insufficient-message-security" in str(read_receipt(response, body).disposition)


async def test_a_stranger_gets_an_error_receipt_and_nothing_of_the_body_is_kept(served: Served) -> None:
    response, body = await post(served, northmart_seals(name="NOBODY"))
    mdn = read_receipt(response, body)
    assert (response.status, mdn.signature) == (200, SignatureState.NONE)
    assert "authentication-failed" in str(mdn.disposition)
    found = await served.context.store.read(by_state)
    assert not any(found[Thing.TRANSMISSION].values())


async def test_a_stranger_cannot_tell_an_unknown_receiver_from_an_unknown_sender(served: Served) -> None:
    unknown_sender = await post(served, northmart_seals(name="NOBODY"))
    unknown_receiver = await post(served, northmart_seals(), **{"AS2-To": "ELSEWHERE"})
    dispositions = {str(read_receipt(*answer).disposition) for answer in (unknown_sender, unknown_receiver)}
    assert len(dispositions) == 1


async def test_a_receipt_to_come_later_is_answered_empty_and_waits_to_be_sent(served: Served) -> None:
    message = northmart_seals(mdn={"mode": "async", "url": "https://northmart.example/mdn"})
    response, body = await post(served, message)
    assert (response.status, body) == (200, b"")
    rows = await served.context.store.read(lambda connection: lookup.where(connection, Thing.DELIVERY, partner_id="northmart"))
    assert [(row["kind"], row["state"], row["name"]) for row in rows] == [("mdn", "QUEUED", "https://northmart.example/mdn")]


@pytest.mark.parametrize("missing", ["AS2-From", "AS2-To", "Message-ID"])
async def test_a_request_without_names_or_id_is_malformed(served: Served, missing: str) -> None:
    message = northmart_seals()
    headers = {name: value for name, value in message.headers.items() if name != missing}
    async with served.session.post(f"{served.base}/as2", data=message.body, headers=headers) as response:
        assert (response.status, json.loads(await response.text())["code"]) == (400, "malformed-request")


async def test_a_body_over_the_limit_is_refused_with_413(served: Served) -> None:
    response, body = await post(served, northmart_seals(b"x" * 150_000))
    assert (response.status, json.loads(body)["code"]) == (413, "body-too-large")
    assert not await transmissions(served, TransmissionState.RECEIVED)


async def test_without_a_store_nothing_is_receipted(served: Served) -> None:
    payloads = served.context.store.folder / "payloads"
    payloads.rmdir()
    payloads.write_text("where the folder should be: nothing can be stored, as on a disk that is gone")
    response, body = await post(served, northmart_seals(bytes(range(256)) * 300))
    assert (response.status, json.loads(body)["code"]) == (503, "store-unavailable")
    assert int(response.headers["Retry-After"]) > 0


async def test_head_answers_and_get_does_not(served: Served) -> None:
    async with served.session.head(f"{served.base}/as2") as response:
        assert (response.status, response.headers["Content-Length"]) == (200, "0")
    async with served.session.get(f"{served.base}/as2") as response:
        assert (response.status, response.headers["Allow"]) == (405, "HEAD,POST")


async def test_folded_header_lines_are_taken(served: Served) -> None:
    message = northmart_seals()
    lines = [f"{name}: {value}" for name, value in message.headers.items() if name.lower() != "content-type"]
    folded = message.headers["Content-Type"].replace("; ", ";\r\n\t")
    head = [
        "POST /as2 HTTP/1.1",
        "Host: harborline",
        *lines,
        f"Content-Type: {folded}",
        f"Content-Length: {len(message.body)}",
        "Connection: close",
    ]
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
    writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + message.body)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"automatic-action/MDN-sent-automatically; processed" in answer


async def test_a_certificate_that_is_not_configured_does_not_authenticate(served: Served) -> None:
    impostor = certificate("impostor", number=9)
    keys = {"current": {"key": "env:KEY", "certificate": impostor.certificate}}
    own = own_keys(OwnAs2.model_validate({"as2_name": "NORTHMART", "keys": keys}), lambda _: impostor.key)
    profile = As2Settings.model_validate({"as2_name": "HARBORLINE", "certs": {"current": OWN.certificate}})
    message = seal_message(
        INTERCHANGE, content_type="application/edi-x12", own=own, partner=profile, message_id="<2@northmart.example>", now=system_clock()
    )
    response, body = await post(served, message)
    assert "authentication-failed" in str(read_receipt(response, body).disposition)
