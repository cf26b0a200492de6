"""EDI as hostile and clumsy partners write it, through the inbox: each gets its acknowledgment, or is held with a cause."""

import gzip
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from gateway.states import Thing
from tests.gateway.hostile import CANARY, Gateway, orders, running
from tests.gateway.papers import orders_d96a

pytestmark = pytest.mark.asyncio(loop_scope="module")

Change = Callable[[bytes], bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("edi")) as opened:
        yield opened


def swap(*pairs: tuple[bytes, bytes]) -> Change:
    """Some bytes in the place of others, which must be there."""

    def change(order: bytes) -> bytes:
        for old, new in pairs:
            assert old in order
            order = order.replace(old, new)
        return order

    return change


def before_ctt(segments: bytes) -> Change:
    return swap((b"CTT*1~", segments + b"CTT*1~"))


def head(order: bytes) -> bytes:
    """ISA alone."""
    return order[: order.index(b"GS*")]


def number_of(order: bytes) -> bytes:
    return order[order.index(b"IEA*1*") + 6 :][:9]


def without(begin: bytes, end: bytes) -> Change:
    return lambda order: order[: order.index(begin)] + order[order.index(end) :]


#: what is done to an order, what becomes of its set, and what it is answered with
ANSWERED: dict[str, tuple[Change, list[str], list[str]]] = {
    "a set that is not agreed": (swap((b"ST*850", b"ST*940"), (b"GS*PO", b"GS*OW")), ["940 HELD no-agreement"], ["997"]),
    "a set that nobody knows": (swap((b"ST*850", b"ST*ZZZ")), ["ZZZ HELD no-agreement"], ["997"]),
    "a release that nobody knows": (swap((b"X*004010", b"X*009999")), ["850 HELD no-agreement"], ["997"]),
    "no release": (swap((b"X*004010", b"X*")), ["850 HELD no-agreement"], ["997"]),
    "a set in the wrong group": (swap((b"GS*PO", b"GS*IN")), ["850 REJECTED"], ["997"]),
    "a usage that is none": (swap((b"*0*T*", b"*0*X*")), ["850 REJECTED"], ["TA1"]),
    "NUL in data": (swap((b"NORTHMART STORES", b"NORTH\0MART")), ["850 REJECTED"], ["997"]),
    "bytes beyond the character set": (swap((b"NORTHMART STORES", b"\xff\xfe\x80")), ["850 REJECTED"], ["997"]),
    "an element of 1 MB": (swap((CANARY.encode(), b"A" * 1_000_000)), ["850 REJECTED"], ["997"]),
    "a tag of 1 MB": (swap((b"PID*", b"P" * 1_000_000 + b"*")), ["850 REJECTED"], ["997"]),
    "100 000 elements": (swap((b"CTT*1", b"CTT*1" + b"*" * 100_000)), ["850 REJECTED"], ["997"]),
    "100 000 components": (swap((b"PID*F", b"PID*F" + b">" * 100_000)), ["850 REJECTED"], ["997"]),
    "5 000 segments too many": (before_ctt(b"PID*F****X~" * 5000), ["850 REJECTED"], ["997"]),
    "5 000 segments that nobody knows": (before_ctt(b"ZZZ*F~" * 5000), ["850 REJECTED"], ["997"]),
    "counts of 5 000 digits": (swap((b"SE*11", b"SE*" + b"9" * 5000)), ["850 REJECTED"], ["997"]),
    "counts that are no numbers": (swap((b"IEA*1", b"IEA*X")), ["850 REJECTED"], ["TA1"]),
    "counts that are wrong": (swap((b"GE*1", b"GE*7"), (b"IEA*1", b"IEA*99999")), ["850 REJECTED"], ["TA1"]),
    "an order cut in half": (lambda order: order[: len(order) // 2], ["850 REJECTED"], ["TA1"]),
    "no IEA": (lambda order: order[: order.index(b"IEA")], ["850 REJECTED"], ["TA1"]),
    "no GE": (without(b"GE*", b"IEA"), ["850 REJECTED"], ["997"]),
    "no SE": (without(b"SE*", b"GE*"), ["850 REJECTED"], ["997"]),
    "a group without sets": (without(b"ST*", b"GE*"), [], ["997"]),
    "an interchange without groups": (lambda order: head(order) + b"IEA*0*" + number_of(order) + b"~", [], ["TA1"]),
    "ISA alone": (head, [], ["TA1"]),
    "ISA and binary": (lambda order: head(order) + bytes(range(256)) * 40, [], ["TA1"]),
    "two separators that are one": (swap((b"*T*>", b"*T**")), [], ["TA1"]),
    "garbage behind IEA": (lambda order: order + b"HELLO", ["850 REJECTED"], ["TA1"]),
    "an interchange inside a set": (before_ctt(orders()), ["850 REJECTED", "850 REJECTED"], ["TA1", "TA1"]),
    "a group inside a group": (
        swap((b"ST*850", b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*004010~ST*850")),
        ["850 REJECTED"],
        ["TA1"],
    ),
    "a set inside a set": (before_ctt(b"ST*850*0002~BEG*00*SA*Z**20261118~"), ["850 REJECTED", "850 REJECTED"], ["997"]),
    "SE without ST": (swap((b"GE*1", b"SE*1*1~GE*1")), ["850 REJECTED"], ["TA1"]),
    "a number too large": (swap((b"PO1*1*48", b"PO1*1*" + b"9" * 400)), ["850 REJECTED"], ["997"]),
    "an exponent": (swap((b"PO1*1*48", b"PO1*1*1E400")), ["850 REJECTED"], ["997"]),
    "NaN": (swap((b"PO1*1*48", b"PO1*1*NaN")), ["850 REJECTED"], ["997"]),
    "a date that is none": (swap((b"DTM*037*20261130", b"DTM*037*20261399")), ["850 REJECTED"], ["997"]),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_breaks_the_standard_is_acknowledged_as_broken(gateway: Gateway, name: str) -> None:
    change, sets, answers = ANSWERED[name]
    body = change(orders())
    row = await gateway.work_on(body)
    assert (row["state"], row["cause"]) == ("OPENED", None)
    assert await gateway.sets(row["id"]) == sets
    assert await gateway.answers(row["id"]) == answers
    assert not await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    assert await gateway.app.context.store.load(row["payload_sha256"]) == body


#: what arrives, and why it is held
HELD: dict[str, tuple[Callable[[], bytes], str]] = {
    "binary": (lambda: bytes(range(256)) * 40, "unreadable"),
    "text": (CANARY.encode, "unreadable"),
    "half an ISA": (lambda: orders()[:60], "unreadable"),
    "UTF-16": (lambda: orders().decode().encode("utf-16"), "unreadable"),
    "gzip": (lambda: gzip.compress(orders()), "unreadable"),
    "garbage before ISA": (lambda: b"HELLO\n" + orders(), "unreadable"),
    "UNA alone": (lambda: b"UNA:+.? '", "unreadable"),
    "another partner's interchange": (lambda: orders(sender="SOUTHMART"), "unknown-partner"),
    "another partner's EDIFACT": (lambda: orders_d96a("X", control=1), "unknown-partner"),
    "an unknown sender": (lambda: orders(sender="NOBODY"), "unknown-partner"),
    "an unknown receiver": (lambda: orders(receiver="ELSEWHERE"), "unknown-partner"),
    "live traffic": (lambda: orders().replace(b"*0*T*", b"*0*P*"), "usage-not-accepted"),
    "JSON without an agreement": (lambda: b'{"orderNo": "1"}', "unreadable"),
}


@pytest.mark.parametrize("name", HELD)
async def test_what_cannot_be_told_or_read_is_held_and_its_bytes_are_kept(gateway: Gateway, name: str) -> None:
    make, cause = HELD[name]
    body = make()
    row = await gateway.work_on(body, content_type="application/octet-stream")
    assert (row["state"], row["cause"]) == ("HELD", cause)
    held = await gateway.held(row["id"])
    assert held is not None
    assert held["cause"] == cause
    assert await gateway.app.context.store.load(row["payload_sha256"]) == body
    assert not await gateway.answers(row["id"])


@pytest.mark.parametrize("quantity", [b"0", b"-5", b"-0"])
async def test_a_quantity_without_sense_is_held_as_a_document(gateway: Gateway, quantity: bytes) -> None:
    row = await gateway.work_on(orders().replace(b"PO1*1*48", b"PO1*1*" + quantity))
    [document] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    assert (document["state"], document["cause"]) == ("HELD", "check-failed")
    held = await gateway.held(document["id"])
    assert held is not None
    assert held["owner"] == "partner"  # the hub wrote nothing of it


async def test_a_control_number_again_is_answered_again_or_held(gateway: Gateway) -> None:
    first = orders("DUP-1", control=77)
    assert (await gateway.work_on(first))["state"] == "OPENED"
    assert (await gateway.work_on(first))["state"] == "DUPLICATE"
    other = await gateway.work_on(orders("DUP-2", control=77))
    assert (other["state"], other["cause"]) == ("HELD", "duplicate-other-bytes")


async def test_a_control_number_twice_in_one_file_is_no_second_order(gateway: Gateway) -> None:
    same = orders("TWICE-1")
    row = await gateway.work_on(same + same)
    assert (row["state"], await gateway.sets(row["id"]), await gateway.answers(row["id"])) == ("OPENED", ["850 MAPPED"], ["997"])
    row = await gateway.work_on(orders("TWICE-2", control=78) + orders("TWICE-3", control=78))
    assert (row["state"], row["cause"], await gateway.sets(row["id"])) == ("HELD", "duplicate-other-bytes", ["850 MAPPED"])
    released = await gateway.decide(row["id"], "release")
    assert released.status == 200
    row = await gateway.settled(row["id"])
    assert (row["state"], sorted(await gateway.sets(row["id"]))) == ("OPENED", ["850 MAPPED", "850 MAPPED"])


@pytest.mark.parametrize("unknown_first", [True, False])
async def test_an_interchange_that_is_held_does_not_hold_up_its_neighbour_nor_take_its_place(gateway: Gateway, unknown_first: bool) -> None:
    number = f"NEIGHBOUR-{unknown_first}"
    held, good = orders(f"HELD-{unknown_first}", sender=f"NOBODY{unknown_first:d}"), orders(number)
    row = await gateway.work_on(held + good if unknown_first else good + held)
    assert (row["state"], row["cause"]) == ("HELD", "unknown-partner")
    [worked_on] = await gateway.rows(Thing.TRANSACTION_SET, transmission_id=row["id"])
    assert worked_on["set_index"] == (2 if unknown_first else 1)
    [document] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    assert document["business_key"] == number
    shown = await gateway.ask("GET", f"/admin/v1/things/{document['id']}", key="admin")
    assert shown.json["lineage"], "found again in the bytes, by the place of its set"


async def test_thousands_of_sets_are_taken_one_by_one(gateway: Gateway) -> None:
    numbers = [f"MANY-{index}" for index in range(500)]
    row = await gateway.work_on(orders(*numbers, broken=numbers[::2]))
    assert sorted(await gateway.sets(row["id"])) == ["850 MAPPED"] * 250 + ["850 REJECTED"] * 250


async def test_interchanges_of_both_families_in_one_file_are_told_apart(gateway: Gateway) -> None:
    row = await gateway.work_on(orders_d96a("BOTH-1", control=5) + orders(sender="SOUTHMART"), partner="southmart")
    assert (row["state"], await gateway.sets(row["id"])) == ("OPENED", ["ORDERS MAPPED", "850 MAPPED"])
    assert await gateway.answers(row["id"]) == ["CONTRL", "997"]


EDIFACT: dict[str, tuple[Change, list[str]]] = {
    "a UNA of one character": (lambda order: b"UNA++++++" + order, []),
    "a character set that nobody knows": (swap((b"UNOA", b"UNOX")), ["ORDERS REJECTED"]),
    "characters beyond the named set": (swap((b"NORTHMART STORES", "é\U0001f600".encode())), ["ORDERS REJECTED"]),
    "a message that is not agreed": (swap((b"ORDERS", b"QUOTES")), ["QUOTES HELD no-agreement"]),
    "UNB alone": (lambda order: order[:60], []),
}


@pytest.mark.parametrize("name", EDIFACT)
async def test_broken_edifact_is_answered_by_contrl_or_held(gateway: Gateway, name: str) -> None:
    change, sets = EDIFACT[name]
    control = 100 + list(EDIFACT).index(name)
    row = await gateway.work_on(change(orders_d96a(f"E-{control}", control=control)), partner="southmart")
    assert await gateway.sets(row["id"]) == sets
    if row["state"] == "HELD":
        assert await gateway.held(row["id"])
    else:
        assert await gateway.answers(row["id"]) == ["CONTRL"]


def functional_ack(body: bytes, **how: str) -> bytes:
    order = orders(**how).replace(b"GS*PO", b"GS*FA")
    return order[: order.index(b"ST*")] + b"ST*997*0001~" + body + b"SE*%d*0001~" % (body.count(b"~") + 2) + order[order.index(b"GE*") :]


ACKNOWLEDGMENTS: dict[str, Callable[[], bytes]] = {
    "a 997 of nothing": lambda: functional_ack(b"AK1*SH*999~AK9*A*1*1*1~"),
    "a 997 of garbage": lambda: functional_ack(b"AK9*Q*X*Y*Z~AK1~AK5~"),
    "a TA1 of nothing": lambda: head(order := orders()) + b"TA1*000000999*261118*0915*R*022~IEA*0*" + number_of(order) + b"~",
    "an empty TA1": lambda: head(order := orders()) + b"TA1~IEA*0*" + number_of(order) + b"~",
}


@pytest.mark.parametrize("name", ACKNOWLEDGMENTS)
async def test_an_acknowledgment_of_nothing_is_listed_once_and_not_acknowledged(gateway: Gateway, name: str) -> None:
    row = await gateway.work_on(ACKNOWLEDGMENTS[name]())
    assert not await gateway.answers(row["id"])
    for _ in range(2):
        [listed] = await gateway.rows(Thing.ACKNOWLEDGMENT, transmission_id=row["id"])
        assert listed["state"] == "UNMATCHED"
        assert await gateway.held(listed["id"])
        assert (await gateway.decide(row["id"], "replay")).status == 200
        await gateway.settled(row["id"])
