"""AS2 as strangers, impostors and broken products send it: the MDN says what is wrong, and the bytes are kept or not as they should be."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio

from as2.content import Content
from as2.mdn import Mdn, SignatureState, read_mdn
from as2.message import SealedMessage
from as2.settings import As2Settings
from gateway.clock import system_clock
from gateway.states import Thing
from tests.gateway.hostile import CANARY, OWN, Answer, Gateway, is_problem, orders, running, seal, until
from tests.support.certificates import certificate

pytestmark = pytest.mark.asyncio(loop_scope="module")

_US = As2Settings.model_validate({"as2_name": "HARBORLINE", "certs": {"current": OWN.certificate}})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("as2")) as opened:
        yield opened


async def post(gateway: Gateway, message: SealedMessage, **headers: str | None) -> Answer:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    head = {name: value for name, value in {**message.headers, **changed}.items() if value is not None}
    return await gateway.ask("POST", "/as2", data=message.body, headers=head)


def receipt(answer: Answer) -> Mdn:
    assert answer.status == 200, answer
    return read_mdn(answer.headers.items(), answer.body, partner=_US, now=system_clock())


def disposition(answer: Answer) -> str:
    return str(receipt(answer).disposition).partition("; ")[2]


async def transmission(gateway: Gateway, message: SealedMessage) -> dict[str, Any]:
    """The newest transmission of a Message-ID."""
    return (await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id))[-1]


def changed(message: SealedMessage, change: Callable[[bytes], bytes]) -> SealedMessage:
    return replace(message, content=Content.of(change(message.body)))


def plain(body: bytes, content_type: str) -> SealedMessage:
    message = seal(sign=None, encrypt=None)
    return replace(message, content=Content.of(body), headers={**message.headers, "Content-Type": content_type})


IMPOSTOR = certificate("impostor", number=9)
SIGNED: dict[str, Any] = {"encrypt": None}  #: not encrypted, so that it can be damaged in known places
#: what is sent, what the MDN says of it, where it ends and why
DAMAGED: dict[str, tuple[Callable[[], SealedMessage], str, str]] = {
    "garbage": (lambda: changed(seal(), lambda _: b"\0\xff" * 500), "decryption-failed", "HELD"),
    "nothing": (lambda: changed(seal(), lambda _: b""), "decryption-failed", "HELD"),
    "half of it": (lambda: changed(seal(), lambda body: body[: len(body) // 2]), "decryption-failed", "HELD"),
    "more than it": (lambda: changed(seal(), lambda body: body + b"xxxx"), "decryption-failed", "HELD"),
    "zeroes at its end": (lambda: changed(seal(), lambda body: body[:-40] + bytes(40)), "decryption-failed", "HELD"),
    "a changed order": (lambda: changed(seal(**SIGNED), lambda body: body.replace(b"NORTHMART DC", b"SOUTHMART DC")), "integrity-check-failed", "HELD"),
    "half a signature": (lambda: changed(seal(**SIGNED), lambda body: body[: body.rfind(b"--") - 400]), "integrity-check-failed", "HELD"),
    "another's signature": (lambda: seal(signer=IMPOSTOR), "authentication-failed", "HELD"),
    "no boundary": (lambda: plain(b"x", "multipart/signed"), "integrity-check-failed", "HELD"),
    "an empty boundary": (lambda: plain(b"x", 'multipart/signed; boundary=""'), "integrity-check-failed", "HELD"),
    "a boundary of 5 KB": (lambda: plain(b"x", f'multipart/signed; boundary="{"b" * 5000}"'), "integrity-check-failed", "HELD"),
    "no signature": (lambda: seal(sign=None), "insufficient-message-security", "REJECTED"),
    "no protection": (lambda: seal(sign=None, encrypt=None), "insufficient-message-security", "REJECTED"),
    "no encryption": (lambda: seal(**SIGNED), "insufficient-message-security", "REJECTED"),
    "no media type": (lambda: plain(CANARY.encode(), "x"), "insufficient-message-security", "REJECTED"),
    "50 parts in parts": (lambda: plain(nested(50), "multipart/mixed; boundary=b49"), "insufficient-message-security", "REJECTED"),
    "5 000 parts": (lambda: plain(b"--q\r\n\r\nx\r\n" * 5000 + b"--q--\r\n", "multipart/related; boundary=q"), "insufficient-message-security", "REJECTED"),
    "a bomb": (lambda: seal(b"A" * 20_000_000, compress=True), "decompression-failed", "HELD"),
    "blanks in its id": (lambda: seal(message_id="a b"), "unexpected-processing-error", "REJECTED"),
    "an id of 2 000 characters": (lambda: seal(message_id="x" * 2000), "unexpected-processing-error", "REJECTED"),
}  # fmt: skip


def nested(depth: int) -> bytes:
    inner = b"Content-Type: text/plain\r\n\r\nx"
    for level in range(depth):
        inner = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n" % (level, level, inner, level)
    return inner.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("name", DAMAGED)
async def test_what_cannot_be_opened_is_told_by_a_signed_receipt_and_kept(gateway: Gateway, name: str) -> None:
    make, modifier, state = DAMAGED[name]
    message = make()
    answer = await post(gateway, message)
    assert (disposition(answer), receipt(answer).signature) == (f"processed/error: {modifier}", SignatureState.VERIFIED)
    assert CANARY.encode() not in answer.body
    row = await transmission(gateway, message)
    assert (row["state"], row["cause"], row["payload_sha256"]) == (state, "as2-not-opened", None)
    assert await gateway.app.context.store.load(row["wire_sha256"]) == message.body
    if state == "HELD":
        assert await gateway.held(row["id"])
        assert (await gateway.decide(row["id"], "release")).status == 409, "nothing can go on that was never opened"
        assert (await gateway.decide(row["id"], "reject")).status == 200
    assert not await gateway.rows(Thing.TRANSACTION_SET, transmission_id=row["id"])


@pytest.mark.parametrize("missing", ["AS2_From", "AS2_To", "Message_ID"])
async def test_what_names_nobody_is_malformed(gateway: Gateway, missing: str) -> None:
    is_problem(await post(gateway, seal(), **{missing: None}), 400, "malformed-request")
    is_problem(await post(gateway, seal(), **{missing: ""}), 400, "malformed-request")


async def test_a_body_over_the_limit_is_refused_announced_or_in_chunks(gateway: Gateway) -> None:
    before = await gateway.payloads()
    message = seal()
    large = BytesIO(bytes(3_000_001))
    is_problem(await gateway.ask("POST", "/as2", data=large, headers=message.headers), 413, "body-too-large")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(31):
            yield bytes(100_000)

    is_problem(await gateway.ask("POST", "/as2", data=chunks(), headers=message.headers), 413, "body-too-large")
    assert await gateway.payloads() == before


STRANGERS: dict[str, dict[str, str | None]] = {
    "an unknown sender": {"AS2_From": "NOBODY"},
    "an unknown receiver": {"AS2_To": "ELSEWHERE"},
    "both": {"AS2_From": "NOBODY", "AS2_To": "ELSEWHERE"},
    "us as the sender": {"AS2_From": "HARBORLINE"},
    "another case": {"AS2_From": "northmart"},
}


@pytest.mark.parametrize("name", STRANGERS)
async def test_strangers_all_get_the_same_answer_and_nothing_of_theirs_is_kept(gateway: Gateway, name: str) -> None:
    before = await gateway.payloads()
    message = seal()
    for body in (message.body, b"", b"x" * 200_000):
        answer = await post(gateway, replace(message, content=Content.of(body)), **STRANGERS[name])
        assert (disposition(answer), receipt(answer).signature) == ("processed/error: authentication-failed", SignatureState.NONE)
    assert await gateway.payloads() == before
    assert not await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id)


async def test_a_stranger_is_owed_no_receipt_on_another_connection(gateway: Gateway) -> None:
    for headers in ({"Receipt_Delivery_Option": "http://127.0.0.1:9/"}, {"Disposition_Notification_To": None}):
        answer = await post(gateway, seal(), AS2_From="NOBODY", **headers)
        assert (answer.status, answer.body) == (200, b"")
    assert not await gateway.rows(Thing.DELIVERY, kind="mdn", destination="mdn:NOBODY")


async def test_the_same_message_gets_the_same_receipt_also_at_the_same_moment(gateway: Gateway) -> None:
    message = seal()
    answers = await asyncio.gather(*(post(gateway, message) for _ in range(6)))
    assert {answer.body for answer in answers} == {answers[0].body}
    assert disposition(answers[0]) == "processed"
    states = [row["state"] for row in await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id)]
    assert sorted(states) == ["DUPLICATE"] * 5 + ["OPENED"]


async def test_another_message_under_a_used_id_is_held_and_can_be_let_through(gateway: Gateway) -> None:
    first = seal(orders("AS2-FIRST"))
    assert disposition(await post(gateway, first)) == "processed"
    second = seal(orders("AS2-SECOND"), message_id=first.message_id)
    answer = await post(gateway, second)
    assert disposition(answer) == "processed/error: unexpected-processing-error"
    row = await transmission(gateway, second)
    assert (row["state"], row["cause"]) == ("HELD", "duplicate-other-bytes")
    assert await gateway.held(row["id"])
    assert (await gateway.decide(row["id"], "release")).status == 200
    await gateway.settled(row["id"])
    assert await gateway.rows(Thing.DOCUMENT, business_key="AS2-SECOND")


ADDRESSES = ["http://127.0.0.1:1/", "ftp://x", "no url", "http://169.254.169.254/latest", "http://" + "a" * 3000, "javascript:1", "http://u:p@127.0.0.1:9/as2"]  # fmt: skip


async def test_a_receipt_goes_to_no_address_that_is_not_agreed(gateway: Gateway) -> None:
    messages = [seal() for _ in ADDRESSES]
    for message, url in zip(messages, ADDRESSES, strict=True):
        answer = await post(gateway, message, Receipt_Delivery_Option=url)
        assert (answer.status, answer.body) == (200, b"")
    for message in messages:
        row = await transmission(gateway, message)

        async def decided(about: str = row["id"]) -> dict[str, Any] | None:
            [delivery] = await gateway.rows(Thing.DELIVERY, transmission_id=about, kind="mdn")
            return delivery if delivery["state"] != "QUEUED" else None

        delivery = await until(decided)
        assert (delivery["state"], delivery["cause"]) == ("HELD", "mdn-address-refused")
        assert await gateway.held(delivery["id"])


async def test_a_receipt_that_cannot_be_made_as_asked_says_so(gateway: Gateway) -> None:
    asked = "signed-receipt-protocol=required, x; signed-receipt-micalg=required, md99"
    answer = await post(gateway, seal(), Disposition_Notification_Options=asked)
    assert disposition(answer).startswith("failed/Failure: unsupported")
    for odd in ("=;=;;;,", "x" * 4000):
        assert disposition(await post(gateway, seal(), Disposition_Notification_Options=odd)) == "processed"


REPORT = (
    b"--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
    b"Original-Message-ID: %s\r\nDisposition: automatic-action/MDN-sent-automatically; processed\r\n\r\n--b--\r\n"
)
MDN_HEADERS = {"AS2-From": "NORTHMART", "AS2-To": "HARBORLINE", "Message-ID": "<mdn@n>"}
MULTIPART = "multipart/report; report-type=disposition-notification; boundary=b"
RECEIPTS: dict[str, tuple[bytes, str]] = {
    "of nothing": (REPORT % b"<nothing@x>", MULTIPART),
    "of an id of 5 KB": (REPORT % (b"\xff\xfe" + b"x" * 5000), MULTIPART),
    "of garbage": (CANARY.encode(), MULTIPART),
    "without a boundary": (REPORT % b"<other@x>", "multipart/report"),
    "bare": (b"Disposition: x\r\n", "message/disposition-notification"),
    "of nothing at all": (b"", MULTIPART),
}


@pytest.mark.parametrize("name", RECEIPTS)
async def test_a_receipt_of_nothing_is_answered_empty_and_listed_once(gateway: Gateway, name: str) -> None:
    body, content_type = RECEIPTS[name]
    before = {row["id"] for row in await gateway.rows(Thing.ACKNOWLEDGMENT, kind="MDN")}
    loops = {"Disposition-Notification-To": "x", "Receipt-Delivery-Option": "http://127.0.0.1:9/as2"}
    for more in ({}, {}, loops):
        answer = await gateway.ask("POST", "/as2", data=body, headers={**MDN_HEADERS, "Content-Type": content_type, **more})
        assert (answer.status, answer.body) == (200, b""), "no receipt of a receipt"
    [listed] = [row for row in await gateway.rows(Thing.ACKNOWLEDGMENT, kind="MDN") if row["id"] not in before]
    assert listed["state"] == "UNMATCHED"
    assert await gateway.held(listed["id"])
    assert not await gateway.rows(Thing.TRANSMISSION, message_id="<mdn@n>")
    assert (await gateway.decide(listed["id"], "release")).json["state"] == "DISMISSED"


async def test_a_name_of_a_file_is_a_label_and_a_version_that_is_none_is_1_0(gateway: Gateway) -> None:
    message = seal()
    headers = {"Content_Disposition": 'attachment; filename="../../etc/passwd"', "Subject": CANARY, "AS2_Version": "9.9"}
    assert disposition(await post(gateway, message, **headers)) == "processed"
    row = await gateway.settled((await transmission(gateway, message))["id"])
    assert (row["state"], "/" in row["file_name"]) == ("OPENED", False)
