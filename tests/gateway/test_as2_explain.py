"""`gateway as2 explain` over the store and over saved messages: what was found, said for people and for programs; nothing is changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from as2.headers import As2Headers
from gateway.errors import Cause, Refusal
from gateway.operations.as2_explain import explain
from gateway.payload import StoredPayload
from gateway.pipeline.own_keys import keys_of
from gateway.states import Thing
from gateway.store import lookup
from gateway.transports.as2 import As2Transport
from gateway.transports.as2_calls import As2Calls
from partners.identify import Unidentified, by_as2
from tests.as2.broken.cases import CASES
from tests.as2.broken.made import MESSAGES, mic_of, sent_mic
from tests.as2.broken.workspace import PARTNER, make_workspace
from tests.gateway.as2_world import As2World
from tests.gateway.command_line import Result, gateway
from tests.gateway.rows import by_state
from tests.gateway.world import an_order, ship_notice


@pytest.fixture
async def as2(tmp_path: Path) -> AsyncIterator[As2World]:
    world = await As2World.open(tmp_path)
    context = world.world.context
    sealing = As2Transport(
        calls=As2Calls(own=lambda: context.workspace.own, resolve=lambda _: "", session=None, clock=context.now),  # it only seals
        keys=lambda station: keys_of(context, station),
        mdn_url=lambda: None,
        payloads=context.store.payloads,
        clock=context.now,
    )
    world.wire.prepare = sealing.prepare  # type: ignore[method-assign]
    yield world
    await world.world.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path)


def saved(workspace: Path, name: str, *options: str | Path) -> Result:
    return gateway("-w", workspace, "as2", "explain", MESSAGES / f"{name}.http", "--partner", "northmart", *options)


# --- over the store ------------------------------------------------------------------------------------------------------------------


async def test_a_message_that_was_refused_is_explained_by_its_id_and_by_its_message_id(as2: As2World):
    message = as2.seal(an_order(), "<broken@northmart.example>")
    body = bytearray(message.body)
    body[-17] ^= 1  # a bit of the last block but one is the same bit of the padding: any other damage may make one that could be right
    await as2.post(replace(message, content=type(message.content).of(bytes(body))))
    row = await as2.world.one(Thing.TRANSMISSION)
    before = await as2.world.context.store.read(by_state)
    for named in (row["id"], "<broken@northmart.example>", "broken@northmart.example"):
        view = await explain(as2.world.context, named)
        assert (view["id"], view["state"], view["cause"], view["owner"]) == (row["id"], "HELD", "ciphertext-damaged", "partner")
        assert view["answer"].endswith("decryption-failed")
        assert view["steps"] == [
            {"name": "decrypt", "outcome": "failed", "detail": "the envelope could not be opened with any of our keys"}
        ]
    assert await as2.world.context.store.read(by_state) == before


async def test_a_message_that_opened_is_explained_with_the_mic_of_its_receipt(as2: As2World):
    message = as2.seal(an_order())
    await as2.post(message)
    await as2.post(message)
    rows = await as2.world.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION))
    assert [row["state"] for row in rows] == ["OPENED", "DUPLICATE"]
    for row in rows:
        view = await explain(as2.world.context, row["id"])
        assert (view["ok"], view["mdnMic"], view["mic"]["ours"]) == (True, str(message.mic), str(message.mic))
    view = await explain(as2.world.context, message.message_id, mic=mic_of(an_order()))
    assert (view["cause"], view["detail"]) == ("mic-other-bytes", "the part without its header fields")


async def test_other_content_under_a_known_id_is_explained_too(as2: As2World):
    for number in (1, 2):
        await as2.post(as2.seal(an_order(number=number)))
    [second] = await as2.world.context.store.read(lambda c: lookup.where(c, Thing.TRANSMISSION, state="HELD"))
    assert (await explain(as2.world.context, second["id"]))["ok"]


@pytest.mark.parametrize(
    ("digested", "cause", "detail"),
    [
        (lambda payload: payload, "mic-other-bytes", "the part without its header fields"),
        (lambda _: b"something else", "mic-unexplained", ""),
    ],
)
async def test_a_receipt_with_another_mic_is_explained_by_what_we_sealed(
    as2: As2World, digested: Callable[[bytes], bytes], cause: str, detail: str
):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    delivery = await as2.world.one(Thing.DELIVERY)
    transmission = await as2.world.context.store.read(lambda c: lookup.by_id(c, delivery["transmission_id"]))
    payload = await as2.world.context.store.load(transmission["payload_sha256"])
    await as2.answer(as2.wire.sent[0], payload=digested(payload))
    for named in (delivery["id"], delivery["reference"], delivery["transmission_id"], delivery["document_id"]):
        view = await explain(as2.world.context, named)
        assert (view["id"], view["state"], view["cause"]) == (delivery["id"], "MIC_MISMATCH", cause)
        assert detail in view["detail"]


async def test_a_delivery_without_a_receipt_yet_says_so(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    view = await explain(as2.world.context, (await as2.world.one(Thing.DELIVERY))["id"])
    assert (view["cause"], view["state"]) == ("receipt-missing", "AWAITING_MDN")


@pytest.mark.parametrize(
    ("url", "cause", "line"),
    [
        ("http://127.0.0.1:9/mdn", "address-private", "tolerance: {mdn_private_address: true}"),
        ("http://elsewhere.example/mdn", "address-not-agreed", 'mdn_urls: ["http://elsewhere.example/mdn"]'),
    ],
)
async def test_A33_a_receipt_of_ours_that_may_not_be_sent_is_explained(as2: As2World, url: str, cause: str, line: str):
    await as2.post(as2.seal(an_order(), mdn_url=url))
    delivery = await as2.world.one(Thing.DELIVERY)
    view = await explain(as2.world.context, delivery["id"])
    assert (view["cause"], view["detail"], view["switch"]["line"]) == (cause, url, line)


async def test_a_receipt_of_ours_to_an_agreed_address_is_explained_by_its_message(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    message = as2.seal(an_order(), mdn_url="http://127.0.0.1:9/mdn")
    await as2.post(message)
    delivery = await as2.world.one(Thing.DELIVERY)

    async def in_public(*_: object) -> None:
        """As if the loopback were a public network."""

    monkeypatch.setattr("gateway.operations.as2_explain.check_mdn_url", in_public)
    view = await explain(as2.world.context, delivery["id"])
    assert (view["direction"], view["messageId"], view["ok"]) == ("inbound", message.message_id, True)


async def test_a_receipt_that_matches_nothing_is_explained(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    sent = as2.wire.sent[0]
    await as2.answer(replace(sent, headers={**sent.headers, "Message-ID": "<of-nobody@x>"}))
    [row] = await as2.world.context.store.read(lambda c: lookup.where(c, Thing.ACKNOWLEDGMENT, kind="MDN"))
    view = await explain(as2.world.context, row["id"])
    assert (view["subject"], view["cause"]) == ("stray receipt", "receipt-of-another")
    assert view["detail"].startswith("it names <of-nobody@x>")


async def test_a_receipt_that_could_not_be_read_is_explained(as2: As2World):
    fields = {
        "AS2-From": "NORTHMART",
        "AS2-To": "HARBORLINE",
        "Message-ID": "<9@northmart.example>",
        "Content-Type": "multipart/report; boundary=r",
    }
    found = by_as2(as2.world.context.workspace, "NORTHMART", "HARBORLINE")
    assert not isinstance(found, Unidentified)
    await as2.inbound.take(As2Headers.parse(fields.items()), StoredPayload.of(b"--r\r\n\r\nno report\r\n--r--\r\n"), *found)
    [row] = await as2.world.context.store.read(lambda c: lookup.where(c, Thing.ACKNOWLEDGMENT, kind="MDN"))
    view = await explain(as2.world.context, row["id"])
    assert (view["subject"], view["cause"]) == ("stray receipt", "receipt-unreadable")
    assert "no disposition notification" in view["detail"]


async def test_a_delivery_that_could_not_be_sealed_is_explained(as2: As2World):
    as2.world.clock.pass_time(days=4000)  # the certificates have expired
    await as2.world.submit(ship_notice(), partner="northmart")
    delivery = await as2.world.one(Thing.DELIVERY)
    view = await explain(as2.world.context, delivery["id"])
    assert (view["state"], view["cause"], view["switch"]["line"]) == ("HELD", "cannot-be-sealed", "tolerance: {expired_send: true}")
    assert "expired" in view["detail"]


async def test_what_is_no_as2_message_is_said(as2: As2World):
    await as2.world.receive(an_order())
    [row] = await as2.world.context.store.read(lambda c: lookup.where(c, Thing.TRANSMISSION, direction="inbound"))
    for named, words in ((row["id"], "did not come by AS2"), ("<nobody@x>", "no message"), ("dlv_1", "no message"), ("<>", "no message")):
        with pytest.raises(Refusal, match=words) as refusal:
            await explain(as2.world.context, named)
        assert refusal.value.cause is Cause.NOT_FOUND
    with pytest.raises(Refusal) as refusal:
        await explain(as2.world.context, row["id"], mic="no digest")
    assert refusal.value.cause is Cause.MALFORMED_REQUEST


async def test_the_command_asks_the_store(as2: As2World):
    root = as2.world.context.root
    message = as2.seal(an_order())
    await as2.post(message)
    await as2.world.close()
    done = await asyncio.to_thread(gateway, "-w", root, "as2", "explain", message.message_id)
    assert done.code == 0, done.err
    assert f"message {message.message_id} · northmart: nothing wrong" in done.out
    assert "in our MDN" in done.out
    assert (await asyncio.to_thread(gateway, "-w", root, "as2", "explain", "<nobody@x>")).code == 3


# --- over saved messages -------------------------------------------------------------------------------------------------------------


def test_a_saved_message_is_explained_for_people(workspace: Path):
    done = saved(workspace, "sha1")
    assert done.code == 1
    for words in (
        "message <4711@northmart.example> · northmart: digest not allowed",
        "done     decrypt    aes256_cbc",
        "(ours, current, until 2046-12-31)",
        "helps    legacy: [sha1]",
        "It is signed with SHA-1, which the profile does not allow.",
        "partners/northmart/partner.yaml, below transports.as2:",
        "(partner) Ask the partner for SHA-256",
    ):
        assert words in done.out, done.out
    assert saved(workspace, "nothing-wrong").code == 0


def test_the_line_that_is_printed_is_the_one_to_write(workspace: Path):
    line = saved(workspace, "sha1", "--json").json["switch"]["line"]
    profile = workspace / "partners" / "northmart" / "partner.yaml"
    profile.write_text(PARTNER.replace("certs:", f"{line}, certs:"))
    assert saved(workspace, "sha1").code == 0


def test_a_certificate_of_ours_that_is_not_in_use_is_named_by_its_file(workspace: Path):
    done = saved(workspace, "encrypted-for-a-former-certificate", "--json")
    assert done.json["cause"] == "encrypted-for-former-key"
    assert done.json["detail"].startswith("certs/own-former.pem, ")


def test_the_digest_that_a_partner_computed_is_compared(workspace: Path):
    [case] = [case for case in CASES if case.name == "mic-of-the-decompressed"]
    assert case.their_mic is not None
    done = saved(workspace, case.name, "--mic", case.their_mic())
    assert done.code == 1
    assert "the decompressed entity with its header fields" in done.out
    assert saved(workspace, case.name, "--mic", "no digest").code == 2


def test_a_saved_receipt_is_judged_with_the_message_that_it_is_for(workspace: Path):
    options = ("--sent", MESSAGES / "sent-not-encrypted.http", "--mic", sent_mic("not-encrypted"))
    done = saved(workspace, "receipt-with-another-mic", *options)
    assert done.code == 1
    assert "receipt for <7@harborline.example> · northmart: mic unexplained" in done.out
    assert saved(workspace, "receipt-fits", "--sent", MESSAGES / "sent-usual.http", "--mic", sent_mic("usual")).code == 0
    assert saved(workspace, "receipt-fits", "--sent", MESSAGES / "sent-usual.http").code == 2


def test_what_cannot_be_explained_is_said(workspace: Path):
    path = MESSAGES / "sha1.http"
    assert "--partner" in gateway("-w", workspace, "as2", "explain", path).err
    assert gateway("-w", workspace, "as2", "explain", path, "--partner", "nobody").code == 3
    (workspace / "odd.http").write_bytes(b"no head")
    assert "no HTTP message" in gateway("-w", workspace, "as2", "explain", workspace / "odd.http", "--partner", "northmart").err
    (workspace / "own.key").unlink()
    assert "file:own.key" in saved(workspace, "sha1").err
