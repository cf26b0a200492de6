"""Cross references with the store and the pipeline: what waits, what goes on when somebody says what it is, and that it does so once."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from sqlalchemy import select

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.states import Thing
from gateway.store import crossref
from gateway.store.schema import CrossReferenceChange, WaitingDocument
from maps.crossref import Direction, Kind, Row
from partners.load import read_files
from tests.gateway.command_line import gateway
from tests.gateway.serving import serving
from tests.gateway.world import PARTNER_YAML, World, an_order, interchange, purchase_order, ship_notice

HOLD = PARTNER_YAML + "xref: {item: hold, unit: hold}\n"
SHEET = """partner,kind,theirs,ours,factor,item
northmart,item,004410001,HB-1200,,
northmart,unit,XCS,EA,12,HB-1200
"""


@pytest.fixture
async def strict(tmp_path) -> AsyncIterator[World]:
    world = await World.open(tmp_path, partner=HOLD)
    yield world
    await world.close()


async def unknown(world: World, **which) -> list[tuple[str, str, str, int, int]]:
    rows = (await operations.xref_unknown(world.context, **which))["unknown"]
    return [(row["kind"], row["direction"], row["value"], row["documents"], row["waiting"]) for row in rows]


async def take(world: World, sheet: str, **how):
    return await operations.xref_import(world.context, sheet, **how)


async def test_without_rows_and_policy_nothing_is_looked_up(world: World):
    await world.receive(an_order())
    assert world.hub.orders == ["4500000001"]
    assert await unknown(world) == []
    assert (await world.one(Thing.DOCUMENT, direction="inbound"))["findings"] is None


async def test_an_order_waits_for_an_item_and_goes_on_by_itself_once(strict: World):
    await strict.receive(an_order())
    assert strict.hub.orders == []
    assert await strict.held() == [("document", "value-unknown")]
    assert strict.partner.sets() == ["997"]  # the syntax was in order, and the partner was told so
    assert await unknown(strict) == [("item", "in", "004410001", 1, 1), ("unit", "in", "XCS", 1, 1)]
    answer = await take(strict, SHEET)
    assert answer == {"added": 2, "changed": 0, "removed": 0, "dryRun": False, "lookedAtAgain": 1}
    await strict.work()
    assert strict.hub.orders == ["4500000001"]
    assert await strict.held() == []
    assert await unknown(strict) == []
    [event] = strict.hub.events.values()
    line = event["data"]["lines"][0]
    assert (line["item"]["buyerItemId"], line["item"]["ours"]) == ("004410001", "HB-1200")
    assert line["quantity"] == {"value": "10", "unit": "XCS", "ours": {"value": "120", "unit": "EA"}}
    await take(strict, SHEET.replace(",12,", ",24,"))
    await strict.work()
    assert strict.hub.calls == 1
    assert len(await strict.rows(Thing.DELIVERY, kind="sink")) == 1
    assert await strict.context.store.read(lambda c: c.execute(select(WaitingDocument.table())).all()) == []


async def test_half_an_answer_still_waits(strict: World):
    await strict.receive(an_order())
    await operations.xref_set(strict.context, {"partner": "northmart", "kind": "item", "theirs": "004410001", "ours": "HB-1200"})
    await strict.work()
    assert await strict.held() == [("document", "value-unknown")]
    assert await unknown(strict) == [("unit", "in", "XCS", 1, 1)]
    await operations.xref_set(strict.context, {"partner": "*", "kind": "unit", "theirs": "XCS", "ours": "EA", "factor": "12"})
    await strict.work()
    assert strict.hub.orders == ["4500000001"]


async def test_another_number_of_the_same_item_will_do(strict: World):
    await strict.receive(an_order())
    sheet = "partner,kind,theirs,ours,scheme\nnorthmart,item,085234500106,HB-1200,gtin\nnorthmart,unit,XCS,EA,\n"
    await take(strict, sheet)
    await strict.work()
    assert strict.hub.orders == ["4500000001"]
    assert await unknown(strict) == []


async def test_all_that_waited_goes_on_and_only_that(strict: World):
    await strict.receive(interchange(purchase_order("1"), purchase_order("2", control="0002"), number=1))
    await strict.receive(interchange(purchase_order("3").replace("004410001", "OTHER"), number=2))
    assert await unknown(strict) == [("unit", "in", "XCS", 3, 3), ("item", "in", "004410001", 2, 2), ("item", "in", "OTHER", 1, 1)]
    await take(strict, SHEET.replace(",HB-1200\n", ",\n"))
    await strict.work()
    assert sorted(strict.hub.orders) == ["1", "2"]
    assert await unknown(strict) == [("item", "in", "OTHER", 1, 1)]


async def test_policy_error_is_the_senders_to_correct_and_replay_looks_again(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML + "xref: {item: error}\n")
    received = await world.receive(an_order())
    assert await world.held() == [("document", "check-failed")]
    assert await unknown(world) == [("item", "in", "004410001", 1, 0)]
    await operations.xref_set(world.context, {"partner": "northmart", "kind": "item", "theirs": "004410001", "ours": "HB-1200"})
    await world.work()
    assert world.hub.orders == []  # it does not wait for us, so nothing happens by itself
    await operations.replay(world.context, received.transmission_id, "it was ours after all", "restart")
    await world.work()
    assert world.hub.orders == ["4500000001"]
    await operations.replay(world.context, received.transmission_id, "once more", "restart")
    await world.work()
    assert world.hub.calls == 1
    await world.close()


async def test_pass_through_goes_on_with_a_warning_and_stands_on_the_list(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML + "xref: {item: passThrough}\n")
    await world.receive(an_order())
    assert world.hub.orders == ["4500000001"]
    assert await unknown(world) == [("item", "in", "004410001", 1, 0)]
    document = await world.one(Thing.DOCUMENT, direction="inbound")
    assert [(f["code"], f["severity"], f["path"]) for f in document["findings"]] == [
        ("cross-reference-unknown", "warning", "$.lines[0].item")
    ]
    await world.receive(an_order("2", number=2))
    assert await unknown(world) == [("item", "in", "004410001", 2, 0)]
    await world.close()


async def test_a_person_may_let_it_go_as_it_is(strict: World):
    await strict.receive(an_order())
    held = await strict.one(Thing.DOCUMENT, direction="inbound")
    await operations.release(strict.context, held["id"], "they want it today")
    await strict.work()
    assert strict.hub.orders == ["4500000001"]
    await take(strict, SHEET)
    await strict.work()
    assert strict.hub.calls == 1


async def test_what_a_check_says_comes_out_when_the_value_is_known(tmp_path):
    world = await World.open(tmp_path, partner=HOLD)
    await world.receive(
        interchange(
            purchase_order("1")
            .replace("N1*ST*NORTHMART DC*UL*0614141001170", "N1*SU*NOBODY")
            .replace("DTM*002*20261208~\n", "DTM*002*20261208~\n")
        )
    )
    assert await world.held() == [("document", "value-unknown")]
    await take(world, SHEET)
    await world.work()
    assert await world.held() == [("document", "check-failed")]
    assert world.hub.orders == []
    await world.close()


async def test_a_row_that_comes_while_the_order_is_read_is_not_missed(strict: World):
    """Between the look and the commit: the held order would wait for a row that is there already."""
    original = strict.context.store.submit

    def late(work):
        strict.context.store.submit = original
        original(
            lambda connection: crossref.store(connection, crossref.changes_of(connection, ROWS), by="t", reason="", now=strict.clock())
        )
        return original(work)

    strict.context.store.submit = late
    await strict.receive(an_order())
    assert strict.hub.orders == ["4500000001"]
    assert await strict.held() == []


ROWS = [
    Row(partner="northmart", kind=Kind.ITEM, theirs="004410001", ours="HB-1200"),
    Row(partner="northmart", kind=Kind.UNIT, theirs="XCS", ours="EA", factor=Decimal(12)),
]


# -- what goes out


def in_our_words(shipment: str = "SHP-1", quantity: str = "120"):
    notice = ship_notice(shipment=shipment)
    [item] = notice["orders"][0]["packs"][0]["items"]
    item |= {"item": {"ours": "HB-1200"}, "quantityShipped": {"value": quantity, "unit": "EA"}}
    return notice


async def test_the_partner_gets_its_own_numbers_and_units(strict: World):
    await take(strict, SHEET)
    await strict.receive(an_order())
    answer = await strict.submit(in_our_words())
    notice = strict.partner.received[-1]
    assert b"LIN*1*IN*004410001~" in notice
    assert b"SN1**10*CA~" in notice
    stored = await strict.one(Thing.DOCUMENT, id=answer["documentId"])
    assert json.loads(stored["body"])["orders"][0]["packs"][0]["items"][0]["quantityShipped"] == {
        "value": "10",
        "unit": "XCS",
        "ours": {"value": "120", "unit": "EA"},
    }


async def test_the_unit_of_the_order_is_said_back(strict: World):
    """Two units of theirs are one of ours, and the other one is preferred."""
    await take(strict, SHEET)
    await take(strict, "partner,kind,theirs,ours,item,preferred\nnorthmart,unit,EA,EA,HB-1200,yes\n")
    await strict.submit(in_our_words("SHP-0"), "without its order", partner="northmart")
    assert b"SN1**120*EA~" in strict.partner.received[-1]
    await strict.receive(an_order())
    await strict.submit(in_our_words())
    assert b"SN1**10*CA~" in strict.partner.received[-1]


async def test_a_notice_waits_and_goes_out_by_itself_once(strict: World):
    await strict.receive(an_order())
    await strict.submit(in_our_words(), partner="northmart")
    assert sorted(await strict.held()) == [("document", "value-unknown"), ("document", "value-unknown")]
    assert ("item", "out", "HB-1200", 1, 1) in await unknown(strict)
    await take(strict, SHEET)
    await strict.work()
    assert strict.partner.sets() == ["997", "856"]
    assert await strict.held() == []
    await take(strict, SHEET, replace=True)
    await strict.work()
    assert strict.partner.sets() == ["997", "856"]


async def test_a_quantity_that_is_no_whole_case_is_the_warehouses(strict: World):
    await take(strict, SHEET)
    await strict.receive(an_order())
    answer = await strict.submit(in_our_words(quantity="50"))
    shown = await operations.show(strict.context, answer["documentId"])
    assert (shown["cause"], shown["owner"]) == ("check-failed", "warehouse")
    assert [finding["code"] for finding in shown["findings"]][:1] == ["quantity-not-whole"]
    assert strict.partner.sets() == ["997"]


async def test_a_row_that_changes_while_the_notice_is_written_is_taken(strict: World):
    await take(strict, SHEET)
    await strict.receive(an_order())
    changed = asyncio.Event()

    def watch(step: str) -> None:
        if step == "outbound.encode" and not changed.is_set():
            changed.set()
            change = [Row(partner="northmart", kind=Kind.ITEM, theirs="NEWER", ours="HB-1200", direction=Direction.OUT, preferred=True)]
            strict.context.store.write_now(
                lambda connection: crossref.store(
                    connection, crossref.changes_of(connection, change), by="t", reason="", now=strict.clock()
                )
            )

    strict.context.on_step = watch
    notice = in_our_words()
    await strict.submit(notice)
    assert changed.is_set()
    assert await strict.held() == []
    assert b"IN*004410001" in strict.partner.received[-1]  # what the order said; the newer row is known, and the order comes first


# -- sheets


async def test_a_sheet_with_a_fault_changes_nothing(strict: World):
    with pytest.raises(Refusal) as refused:
        await take(strict, SHEET + "northmart,colour,a,b,,\nsouthmart,item,a,b,,\nnorthmart,unit,XCS,EA,13,\n,item,a,b,,\n")
    assert refused.value.cause is Cause.CROSS_REFERENCES_INVALID
    assert [(fault["line"], fault["column"]) for fault in refused.value.faults] == [(4, "kind"), (7, "partner")]
    with pytest.raises(Refusal) as refused:
        await take(strict, SHEET + "southmart,item,a,b,,\n")
    assert [(fault["line"], fault["column"]) for fault in refused.value.faults] == [(4, "partner")]
    assert (await operations.xref_export(strict.context))["rows"] == 0


async def test_what_contradicts_a_stored_row_is_refused_with_its_line(strict: World):
    await take(strict, SHEET)
    with pytest.raises(Refusal) as refused:
        await take(strict, "partner,kind,theirs,ours,direction\nnorthmart,item,004410009,HB-9,both\nnorthmart,item,004410001,HB-7,in\n")
    assert [(fault["line"], fault["column"]) for fault in refused.value.faults] == [(3, "preferred")]
    assert (await operations.xref_export(strict.context))["rows"] == 2


async def test_counts_dry_run_and_replace(strict: World):
    assert (await take(strict, SHEET, dry_run=True))["added"] == 2
    assert (await operations.xref_export(strict.context))["rows"] == 0
    await take(strict, SHEET)
    same = await take(strict, SHEET)
    assert (same["added"], same["changed"], same["removed"]) == (0, 0, 0)
    other = "partner,kind,theirs,ours\nnorthmart,item,004410002,HB-2\n"
    assert (await take(strict, other, dry_run=True, replace=True)) | {"lookedAtAgain": 0} == {
        "added": 1,
        "changed": 0,
        "removed": 1,
        "dryRun": True,
        "lookedAtAgain": 0,
    }
    answer = await take(strict, SHEET.replace("HB-1200,,\n", "HB-1201,,\n"), by="anna", reason="renamed")
    assert (answer["added"], answer["changed"], answer["removed"]) == (0, 1, 0)
    exported = (await operations.xref_export(strict.context, partner="northmart"))["sheet"]
    assert "northmart,item,004410001,HB-1201,both" in exported
    assert (await take(strict, exported))["changed"] == 0
    changes = await strict.context.store.read(lambda c: c.execute(select(CrossReferenceChange.table())).mappings().all())
    assert [(row["by"], row["reason"], row["added"], row["changed"]) for row in changes] == [
        ("operator", "", 2, 0),
        ("anna", "renamed", 0, 1),
    ]
    removed = await operations.xref_set(
        strict.context, {"partner": "northmart", "kind": "item", "theirs": "004410001", "ours": "HB-1201"}, remove=True
    )
    assert removed["removed"] == 1


async def test_a_check_can_be_switched_by_the_profile(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML + "checks: {sscc-check-digit: warn}\n")
    await world.receive(an_order())
    await world.submit(ship_notice(sscc="008523450000012016"))
    assert world.partner.sets() == ["997", "856"]
    document = await world.one(Thing.DOCUMENT, direction="outbound")
    assert [(f["code"], f["severity"], f["owner"]) for f in document["findings"]][:1] == [("sscc-check-digit", "warning", "warehouse")]
    await world.close()


# -- the command line, on a gateway that stands still


@pytest.fixture
def workspace(tmp_path):
    async def make() -> None:
        world = await World.open(tmp_path, partner=HOLD)
        await world.receive(an_order())
        await world.close()

    asyncio.run(make())
    return tmp_path


def test_the_commands(workspace):
    listed = gateway("-w", workspace, "xref", "unknown")
    assert "item 004410001 · northmart, in · 1 document, 1 waiting" in listed.out
    assert "xref set northmart item 004410001 <what we call it>" in listed.out
    sheet = workspace / "items.csv"
    sheet.write_text("theirs,ours,factor\n004410001,HB-1200,2\n")
    wrong = gateway("-w", workspace, "xref", "import", sheet, "--partner", "northmart", "--kind", "item")
    assert wrong.code == 1
    assert "line 2, factor: only units have one" in wrong.err
    sheet.write_text(SHEET)
    assert gateway("-w", workspace, "xref", "import", sheet, "--dry-run").out.startswith(
        "2 added, 0 changed, 0 removed; nothing was written"
    )
    taken = gateway("-w", workspace, "xref", "import", sheet, "--json")
    assert taken.json == {"added": 2, "changed": 0, "removed": 0, "dryRun": False, "lookedAtAgain": 1}
    exported = gateway("-w", workspace, "xref", "export")
    assert "northmart,unit,XCS,EA,both,,,,12,HB-1200\n" in exported.out
    one = gateway("-w", workspace, "xref", "set", "northmart", "unit", "XPX", "EA", "--factor", "480", "--direction", "in", "--json")
    assert one.json["added"] == 1
    assert gateway("-w", workspace, "xref", "set", "northmart", "unit", "CASE", "EA").code == 1
    assert gateway("-w", workspace, "xref", "unknown", "--solved", "--json").json["unknown"][0]["solvedAt"]
    assert gateway("-w", workspace, "xref", "unknown").out == "nothing is unknown\n"


def test_the_checks_are_listed_and_switches_are_known(workspace):
    listed = gateway("-w", workspace, "checks", "--json").json["checks"]
    assert {"check": "sscc-reused", "does": "error", "owner": "warehouse"}.items() <= next(
        o for o in listed if o["check"] == "sscc-reused"
    ).items()
    profile = workspace / "partners/northmart/partner.yaml"
    profile.write_text(HOLD + "checks: {sscc-reused: off, no-such-check: off}\n")
    faults = gateway("-w", workspace, "partner", "validate", "--json").json["faults"]
    assert [(fault["path"], fault["message"]) for fault in faults] == [
        ("checks.no-such-check", "there is no such check; `gateway checks` lists them")
    ]
    profile.write_text(HOLD + "checks: {sscc-reused: off}\n")
    listed = gateway("-w", workspace, "checks", "--partner", "northmart", "--json").json["checks"]
    assert next(one for one in listed if one.get("switched"))["does"] == "off"


async def test_where_our_value_comes_from_is_told(strict: World):
    await take(strict, SHEET)
    await strict.receive(an_order())
    document = await strict.one(Thing.DOCUMENT, direction="inbound")
    lineage = (await operations.show(strict.context, document["id"]))["lineage"]
    assert [(line["path"], line["raw"], line["rule"]) for line in lineage if line["kind"] == "xref"] == [
        ("$.lines[0].quantity.ours", "XCS", "xref unit"),
        ("$.lines[0].item.ours", "004410001", "xref item"),
    ]
    assert any(line["path"] == "$.lines[0].item.buyerItemId" and line["kind"] != "xref" for line in lineage)


async def test_what_a_person_put_aside_waits_no_longer(strict: World):
    await strict.receive(an_order())
    held = await strict.one(Thing.DOCUMENT, direction="inbound")
    await operations.reject(strict.context, held["id"], "sent by mistake")
    assert await unknown(strict) == [("item", "in", "004410001", 1, 0), ("unit", "in", "XCS", 1, 0)]
    await take(strict, SHEET)
    await strict.work()
    assert strict.hub.calls == 0


async def test_over_http_with_a_key_of_an_administrator(tmp_path):
    """A sheet larger than what other operations take; faults come as problem+json with their lines."""
    async with serving(tmp_path) as served:
        url, key = f"{served.base}/admin/v1/cross-references", served.key("admin")
        sheet = "partner,kind,theirs,ours\n" + "".join(f"northmart,item,T{n},O{n}\n" for n in range(5000))
        async with served.session.post(f"{url}/import", json={"sheet": sheet}, headers=key) as response:
            assert (response.status, (await response.json())["added"]) == (200, 5000)
        async with served.session.post(f"{url}/import", json={"sheet": "partner,kind,theirs,ours\nx,item,a,b\n"}, headers=key) as response:
            problem = await response.json()
            assert (response.status, problem["code"], problem["faults"][0]["line"]) == (422, "cross-references-invalid", 2)
        row = {"partner": "northmart", "kind": "item", "theirs": "T1", "ours": "CHANGED"}
        async with served.session.post(url, json={"row": row, "reason": "renamed"}, headers=key) as response:
            assert (await response.json())["changed"] == 1
        async with served.session.post(url, json={"row": row | {"colour": "red"}}, headers=key) as response:
            assert response.status == 400
        async with served.session.get(f"{url}/export", params={"kind": "item"}, headers=key) as response:
            assert "northmart,item,T1,CHANGED,both" in (await response.json())["sheet"]
        async with served.session.get(f"{url}/unknown", headers=key) as response:
            assert await response.json() == {"unknown": []}
        async with served.session.get(f"{url}/unknown", headers=served.key("hub")) as response:
            assert response.status == 403
        paths = {"/import", "/export", "/unknown", ""}
        assert {f"/admin/v1/cross-references{path}" for path in paths} <= set(served.service.document["paths"])


async def test_what_was_replaced_while_it_waited_is_not_delivered_beside_its_successor(strict: World):
    received = await strict.receive(an_order())
    files = read_files(strict.context.root)
    base = strict.context.active.maps.get("x12/004010/850").version
    files["partners/northmart/maps/850.yaml"] = f"map: partners/northmart/maps/850\nversion: 1\nextends: x12/004010/850@{base}\n".encode()
    await operations.apply(strict.context, files, by="maria", reason="a better map")
    await operations.replay(strict.context, received.transmission_id, "with the better map", "restart")
    await strict.work()
    assert await strict.held() == [("document", "value-unknown")]
    assert await unknown(strict) == [("item", "in", "004410001", 2, 1), ("unit", "in", "XCS", 2, 1)]
    await take(strict, SHEET)
    await strict.work()
    assert strict.hub.calls == 1
    assert sorted(await strict.states(Thing.DOCUMENT, direction="inbound")) == ["DELIVERED", "REJECTED"]


async def test_a_kinder_policy_lets_go_what_waited_when_it_is_looked_at_again(strict: World):
    received = await strict.receive(an_order())
    files = read_files(strict.context.root) | {"partners/northmart/partner.yaml": PARTNER_YAML.encode()}
    await operations.apply(strict.context, files, by="maria", reason="they have no numbers of ours")
    await operations.replay(strict.context, received.transmission_id, "nobody has to know them", "restart")
    await strict.work()
    assert strict.hub.orders == ["4500000001"]
    assert await strict.held() == []
