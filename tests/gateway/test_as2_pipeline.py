"""AS2 in two commits, repeated, cut in between; MDNs that come and go later."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from as2.disposition import Disposition
from as2.send import VerdictState
from gateway import operations
from gateway.errors import Cause, Refusal, TransientError
from gateway.pipeline import as2_inbound
from gateway.protection import Protection
from gateway.states import Thing
from gateway.store.as2_messages import MessageKey
from gateway.store.errors import StoreUnavailableError
from gateway.store.evidence import protection_of, protects
from gateway.store.jobs import free_all
from gateway.transports.base import Handover, Prepared
from tests.gateway.as2_world import As2World
from tests.gateway.world import an_order, ship_notice

REFUSED = Disposition("automatic-action/MDN-sent-automatically", "processed", "error", "decryption-failed")


@pytest.fixture
async def as2(tmp_path) -> AsyncIterator[As2World]:
    opened = await As2World.open(tmp_path)
    yield opened
    await opened.world.close()


async def test_the_receipt_is_true_before_it_is_given(as2: As2World):
    message = as2.seal(an_order())
    answer = await as2.post(message)
    assert as2.verdict(message, dict(answer.headers), answer.body).state is VerdictState.RECEIPTED
    steps = as2.world.steps
    assert steps == ["as2.keep", "as2.kept", "as2.opened", "as2.accepted"]
    assert await as2.world.states(Thing.TRANSMISSION) == ["OPENED"]
    await as2.world.work()
    assert as2.world.hub.orders == ["4500000001"]
    assert len(as2.wire.sent) == 1  # the 997


async def test_the_same_message_again_gets_the_same_receipt_and_nothing_else(as2: As2World):
    message = as2.seal(an_order())
    first, second = await as2.post(message), await as2.post(message)
    assert (first.body, first.headers) == (second.body, dict(second.headers))
    assert sorted(await as2.world.states(Thing.TRANSMISSION)) == ["DUPLICATE", "OPENED"]
    await as2.world.work()
    assert as2.world.hub.calls == 1


async def test_sealed_anew_it_is_still_the_same_message_by_its_digest(as2: As2World):
    first = await as2.post(as2.seal(an_order()))
    sealed_anew = as2.seal(an_order())
    second = await as2.post(sealed_anew)
    assert second.body == first.body
    assert sorted(await as2.world.states(Thing.TRANSMISSION)) == ["DUPLICATE", "OPENED"]
    await as2.world.work()
    assert as2.world.hub.calls == 1


async def test_other_content_under_the_same_id_is_refused_and_held(as2: As2World):
    await as2.post(as2.seal(an_order("1")))
    other = as2.seal(an_order("2", number=2))
    answer = await as2.post(other)
    assert as2.verdict(other, dict(answer.headers), answer.body).state is VerdictState.REFUSED
    assert await as2.world.held() == [("transmission", "duplicate-other-bytes")]
    await as2.world.work()
    assert as2.world.hub.orders == ["1"]


async def test_two_at_once_are_opened_once(as2: As2World):
    message = as2.seal(an_order())
    first, second = await asyncio.gather(as2.post(message), as2.post(message))
    assert first.body == second.body
    await as2.world.work()
    assert as2.world.hub.calls == 1


class Killed(BaseException):
    """Stands for the end of the process at a step."""


async def _post_and_die_at(as2: As2World, message, step: str) -> None:
    def die(name: str) -> None:
        if name == step:
            raise Killed

    as2.world.context.on_step = die
    with pytest.raises(Killed):
        await as2.post(message)
    as2.world.context.on_step = as2.world.steps.append


async def test_cut_between_the_commits_the_partners_repetition_goes_on_where_it_stopped(as2: As2World):
    message = as2.seal(an_order())
    await _post_and_die_at(as2, message, "as2.opened")
    assert await as2.world.states(Thing.TRANSMISSION) == ["RECEIVED"]
    answer = await as2.post(message)
    assert as2.verdict(message, dict(answer.headers), answer.body).state is VerdictState.RECEIPTED
    await as2.world.work()
    assert as2.world.hub.calls == 1
    assert await as2.world.states(Thing.TRANSMISSION, direction="inbound") == ["OPENED"]


async def test_cut_between_the_commits_and_never_repeated_it_is_worked_on_all_the_same(as2: As2World):
    message = as2.seal(an_order())
    await _post_and_die_at(as2, message, "as2.kept")
    assert await as2.world.work() == 0
    as2.world.clock.pass_time(seconds=61)
    await as2.world.work()
    assert as2.world.hub.orders == ["4500000001"]
    answer = await as2.post(message)  # and when it is repeated after all, its receipt is there
    assert as2.verdict(message, dict(answer.headers), answer.body).state is VerdictState.RECEIPTED
    await as2.world.work()
    assert as2.world.hub.calls == 1


async def test_what_takes_long_to_open_is_not_held_by_the_job_that_opens_it_after_a_crash(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(as2_inbound, "_WAIT_FOR_FIRST", 0.01)
    message = as2.seal(an_order())
    await _post_and_die_at(as2, message, "as2.kept")
    opening, key = as2.world.context.as2_opening, MessageKey("NORTHMART", "HARBORLINE", message.message_id)
    opening[key] = asyncio.Event()
    as2.world.clock.pass_time(seconds=61)
    await as2.world.work()
    assert await as2.world.states(Thing.TRANSMISSION) == ["RECEIVED"]
    opening.pop(key).set()
    as2.world.clock.pass_time(seconds=61)
    await as2.world.work()
    assert as2.world.hub.orders == ["4500000001"]


async def test_large_messages_leave_the_threads_of_all_else_free(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    go_on, opened = threading.Event(), as2_inbound.open_and_answer

    def slowly(*message: Any, **circumstances: Any) -> Any:
        go_on.wait(120)
        return opened(*message, **circumstances)

    monkeypatch.setattr(as2_inbound, "open_and_answer", slowly)
    many = (os.cpu_count() or 1) + 4  # as many threads as asyncio has for everything
    sealed = [as2.seal(an_order(str(i), number=i) + b"\n" * (300 << 10), f"<{i}@northmart.example>") for i in range(1, many + 1)]
    posting = [asyncio.create_task(as2.post(message)) for message in sealed]
    try:
        while as2.world.steps.count("as2.kept") < many:  # noqa: ASYNC110 - steps are told to nobody who could wait
            await asyncio.sleep(0.01)
        await asyncio.wait_for(asyncio.to_thread(int), 60)
    finally:
        go_on.set()
    await asyncio.gather(*posting)
    assert await as2.world.states(Thing.TRANSMISSION) == ["OPENED"] * many


async def test_a_disk_that_is_full_while_a_message_is_opened_is_no_fault_of_the_message(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    message = as2.seal(an_order() + b"\n" * (2 << 20))
    with monkeypatch.context() as full:
        full.setattr(as2.world.context.store.payloads, "scratch_file", lambda: open("/dev/full", "r+b"))  # noqa: SIM115, PTH123
        with pytest.raises(StoreUnavailableError):
            await as2.post(message)
    assert await as2.world.states(Thing.TRANSMISSION) == ["RECEIVED"]
    answer = await as2.post(message)
    assert as2.verdict(message, dict(answer.headers), answer.body).state is VerdictState.RECEIPTED


async def test_a_key_of_ours_that_cannot_be_read_is_no_fault_of_the_message(as2: As2World):
    message, key = as2.seal(an_order()), as2.world.context.root / "own.key"
    text = key.read_text()
    key.unlink()
    with pytest.raises(Refusal) as later:
        await as2.post(message)
    assert (later.value.cause, later.value.detail, later.value.retry_after) == (Cause.OWN_KEY_UNUSABLE, "", 300)
    as2.world.clock.pass_time(minutes=2)
    await as2.world.work()  # the job that opens it meets the same
    assert await as2.world.states(Thing.TRANSMISSION) == ["RECEIVED"]
    key.write_text(text)
    answer = await as2.post(message)
    assert as2.verdict(message, dict(answer.headers), answer.body).state is VerdictState.RECEIPTED


async def test_a_disk_that_is_full_while_a_message_is_sealed_is_waited_for(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> Prepared:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as sealing:
        sealing.setattr(as2.wire, "prepare", full)
        await as2.world.submit(ship_notice(), partner="northmart")
    assert await as2.world.held() == []
    as2.world.clock.pass_time(minutes=1)
    await as2.world.work()
    assert len(as2.wire.sent) == 1


async def test_an_asynchronous_receipt_is_sent_by_a_job_and_retried_with_the_same_bytes(as2: As2World):
    message = as2.seal(an_order(), mdn_url="https://northmart.example/mdn")
    answer = await as2.post(message)
    assert answer.body == b""
    as2.wire.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await as2.world.work()
    as2.world.clock.pass_time(minutes=1)
    await as2.world.work()
    [(url, receipt)] = as2.wire.receipts
    assert url == "https://northmart.example/mdn"
    assert as2.verdict(message, dict(receipt.headers), receipt.body.read()).state is VerdictState.RECEIPTED
    assert await as2.world.states(Thing.DELIVERY, kind="mdn") == ["DELIVERED"]


async def test_our_message_is_receipted_by_an_mdn_that_comes_later(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    assert await as2.world.states(Thing.DELIVERY) == ["AWAITING_MDN"]
    assert await as2.world.states(Thing.DOCUMENT) == ["WRITTEN"]
    await as2.answer(as2.wire.sent[0])
    assert await as2.world.states(Thing.DELIVERY) == ["RECEIPTED"]
    assert await as2.world.states(Thing.DOCUMENT) == ["SENT"]
    await as2.answer(as2.wire.sent[0])  # a second one changes nothing
    assert await as2.world.states(Thing.DELIVERY) == ["RECEIPTED"]
    assert "receipt.repeated" in await as2.world.actions("SHP-1")
    delivery = await as2.world.one(Thing.DELIVERY)
    assert await as2.world.context.store.load(delivery["receipt_sha256"])


async def test_an_mdn_may_be_quicker_than_the_answer_to_its_message(as2: As2World, monkeypatch: pytest.MonkeyPatch):
    as2.wire.awaits_receipt, send = True, as2.wire.send

    async def answered_first(prepared: Prepared, *where: object) -> Handover:
        handover = await send(prepared, *where)
        await as2.answer(prepared)
        return handover

    monkeypatch.setattr(as2.wire, "send", answered_first)
    await as2.world.submit(ship_notice(), partner="northmart")
    assert await as2.world.states(Thing.DELIVERY) == ["RECEIPTED"]
    assert [action for action in await as2.world.actions("SHP-1") if action.startswith("delivery.")] == [
        "delivery.receipted",
        "delivery.answered",
    ]
    as2.world.clock.pass_time(days=2)
    await as2.world.work()
    assert (len(as2.wire.sent), await as2.world.held()) == (1, [])


async def test_who_signed_a_second_mdn_is_no_evidence_of_the_first(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    delivery, store, now = await as2.world.one(Thing.DELIVERY), as2.world.context.store, as2.world.clock()
    await store.write(lambda connection: protects(connection, delivery["id"], "northmart", Protection(), now))
    await as2.answer(as2.wire.sent[0], signed=False)
    await as2.answer(as2.wire.sent[0])
    assert await as2.world.states(Thing.DELIVERY) == ["MDN_UNVERIFIED"]
    protection = await store.read(lambda connection: protection_of(connection, delivery["id"]))
    assert protection is not None
    assert protection.receipt_signed_by is None


@pytest.mark.parametrize(
    ("how", "state", "cause", "detail"),
    [
        ({"payload": b"other bytes"}, "MIC_MISMATCH", "mic-mismatch", "the receipt is about other bytes than we sent"),
        ({"disposition": REFUSED}, "REFUSED", "mdn-refused", "the partner could not process the message: decryption-failed"),
    ],
)
async def test_an_mdn_that_is_not_as_it_should_be_is_held_and_never_resent(as2: As2World, how, state, cause, detail):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    await as2.answer(as2.wire.sent[0], **how)
    assert await as2.world.states(Thing.DELIVERY) == [state]
    assert await as2.world.held() == [("delivery", cause)]
    assert (await as2.world.one(Thing.DELIVERY))["detail"] == detail
    as2.world.clock.pass_time(days=1)
    await as2.world.work()
    assert len(as2.wire.sent) == 1


async def test_an_mdn_that_does_not_come_is_asked_for_twice_and_then_overdue(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    for _ in range(3):
        as2.world.clock.pass_time(hours=1)
        await as2.world.work()
    assert len(as2.wire.sent) == 3
    assert len({message.reference for message in as2.wire.sent}) == 1
    assert len({message.body.sha256 for message in as2.wire.sent}) == 1
    assert await as2.world.held() == [("delivery", "mdn-overdue")]
    await as2.answer(as2.wire.sent[0])  # better late than never
    assert await as2.world.held() == []


async def test_A49_attempts_that_found_nobody_are_no_resends(as2: As2World):
    as2.wire.awaits_receipt = True
    as2.wire.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")] * 3
    await as2.world.submit(ship_notice(), partner="northmart")
    for _ in range(3):
        as2.world.clock.pass_time(minutes=16)
        await as2.world.work()
    assert len(as2.wire.sent) == 1
    for _ in range(3):
        as2.world.clock.pass_time(hours=1)
        await as2.world.work()
    assert len(as2.wire.sent) == 3
    assert await as2.world.held() == [("delivery", "mdn-overdue")]


async def test_an_mdn_about_nothing_of_ours_is_noted(as2: As2World):
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    [message] = as2.wire.sent
    other = type(message)(message.body, {**message.headers, "Message-ID": "<unknown@harborline.example>"})
    answer = await as2.answer(other)
    assert answer.status == 200
    assert await as2.world.states(Thing.DELIVERY) == ["AWAITING_MDN"]


async def test_what_a_dead_process_had_claimed_is_sent_again_under_the_same_id(as2: As2World):
    await as2.world.submit(ship_notice(), partner="northmart", work=False)
    await as2.world.app.worker.drain()
    [delivery] = await as2.world.rows(Thing.DELIVERY)
    await operations.resend(as2.world.context, delivery["id"], "to be sure")
    await as2.world.context.store.write(free_all)
    await as2.world.work()
    assert len(as2.wire.sent) == 2
    assert as2.wire.sent[0] == as2.wire.sent[1]


async def test_A47_A49_a_refusal_for_a_fault_of_the_partner_is_sent_once_more_and_no_other_is(as2: As2World) -> None:
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    await as2.answer(
        as2.wire.sent[0], Disposition.parse("automatic-action/MDN-sent-automatically; processed/error: unexpected-processing-error")
    )
    as2.world.clock.pass_time(minutes=16)
    await as2.world.work()
    assert len(as2.wire.sent) == 2
    assert as2.wire.sent[0] == as2.wire.sent[1]
    await as2.answer(
        as2.wire.sent[1], Disposition.parse("automatic-action/MDN-sent-automatically; processed/error: unexpected-processing-error")
    )
    as2.world.clock.pass_time(days=2)
    await as2.world.work()
    assert len(as2.wire.sent) == 2
    assert await as2.world.held() == [("delivery", "mdn-refused")]
