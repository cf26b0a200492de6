"""An afternoon of an analyst: a partner from a sample file to the first order at the hub, and what hurts on the way, by the command line alone."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maps.registry import MapRegistry
from tests.gateway.command_line import ROOT, SAMPLES, Result, gateway
from tests.support.waiting import until

SAMPLE = SAMPLES / "northmart" / "850" / "clean.edi"
PO = "4500200001"
TIMING = "timing: {worker_poll: 0.1, folder_every: 0.3}\nslo: {Order: off, ShipNotice: off}\n"
REJECTION = (
    "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261202*1500*U*00401*000009001*0*T*>~"
    "GS*FA*NORTHMART*HARBORLINE*20261202*1500*9001*X*004010~ST*997*0001~AK1*SH*{group}~AK2*856*0001~"
    "AK3*BSN*2**8~AK4*2*396*1~AK5*R*5~AK9*R*1*1*0~SE*8*0001~GE*1*9001~IEA*1*000009001~"
)


class Analyst:
    """Types commands in a workspace, edits its files, and drops files into the folders of the partner."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def types(self, *words: str | Path, code: int = 0) -> Result:
        done = gateway("-w", self.root, *words)
        assert done.code == code, (words, done.out, done.err)
        return done

    def edits(self, file: str, *changes: tuple[str, str]) -> None:
        path = self.root / file
        text = path.read_text()
        for before, after in changes:
            assert before in text, (file, before)
            text = text.replace(before, after)
        path.write_text(text)

    def writes(self, file: str, text: str) -> None:
        (self.root / file).parent.mkdir(parents=True, exist_ok=True)
        (self.root / file).write_text(text)

    def drops(self, name: str, data: bytes) -> None:
        inbox = self.root / "inbox" / "northmart"
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / f".{name}.tmp").write_bytes(data)
        (inbox / f".{name}.tmp").rename(inbox / name)

    def gets(self, pattern: str) -> list[Path]:
        return sorted((self.root / "outbox" / "northmart").glob(pattern))


@pytest.fixture
def analyst(tmp_path: Path) -> Analyst:
    root = tmp_path / "w"
    assert gateway("init", root, "--name", "Harborline Foods").code == 0
    return Analyst(root)


@pytest.fixture
def serving(analyst: Analyst) -> Iterator[Callable[[], str]]:
    """Starts the gateway when the story comes to it; gives its address."""
    processes: list[subprocess.Popen[bytes]] = []

    def serve() -> str:
        command = [sys.executable, "-m", "gateway", "-w", str(analyst.root), "serve"]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}))
        assert processes[0].stdout is not None
        for line in processes[0].stdout:  # what is logged may stand before it
            if line.startswith(b"serving http://"):
                return line.split()[1].decode()
        raise AssertionError("it ended at once")

    yield serve
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def ship(address: str, root: Path, order: dict[str, Any]) -> str:
    """The hub ships everything that was ordered; the id of its ship notice."""
    notice = json.loads((SAMPLES / "northmart" / "856" / "two-packs.json").read_text())
    for name in ("sourceRef", "ids"):
        notice.pop(name)
    notice |= {"shipmentNumber": "SHP-1", "shippedAt": f"{order['shipWindow']['end']}T09:00:00-06:00"}
    [pack, *_] = notice["orders"][0]["packs"]
    ordered = order["lines"][2]  # the one in inner packs
    pack["items"] = [
        {"lineNumber": ordered["lineNumber"], "item": ordered["item"], "quantityShipped": ordered["quantity"]},
    ]
    notice["orders"] = [{"purchaseOrderNumber": PO, "packs": [pack]}]
    notice["packageCount"] = 1
    request = urllib.request.Request(
        f"{address}/api/v1/ship-notices",
        data=json.dumps(notice).encode(),
        headers={
            "Authorization": f"Bearer {(root / 'secrets' / 'hub.key').read_text().strip()}",
            "Content-Type": "application/json",
            "Idempotency-Key": "SHP-1",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        return str(answer["documentId"])


def test_from_a_sample_to_the_closed_loop(analyst: Analyst, serving: Callable[[], str]) -> None:
    # a profile from the sample: it says at once what is not understood, and what to write
    drafted = analyst.types("partner", "new", "northmart", "--from-sample", SAMPLE).out
    assert "850 0001 would not go through" in drafted
    assert "PO103 at segment 34" in drafted
    assert "(value IP)" in drafted
    assert "uom: {extend: true, IP: WORD}" in drafted
    assert "ZZ:HARBORLINE, which is none of our stations" in drafted
    analyst.edits("gateway.yaml", ("MYCOMPANY", "HARBORLINE"), ("port: 8080", "port: 0"))
    analyst.writes("gateway.yaml", (analyst.root / "gateway.yaml").read_text() + TIMING)
    analyst.edits("partners/northmart/partner.yaml", ("status: draft", "status: testing"))

    # she overlooks it, and the first order is held
    assert "every file is in order" in analyst.types("partner", "validate").out
    assert "gateway -w" in analyst.types("plan").out
    assert "revision 1 is in force" in analyst.types("apply").out
    address = serving()
    analyst.drops("order.edi", SAMPLE.read_bytes())
    [held] = until(lambda: analyst.types("held", "list", "--json").json["held"])
    listed = analyst.types("held", "list").out
    assert f"850 0001, number {PO} · northmart · HELD" in listed
    assert f'gateway -w {analyst.root} replay {held["id"]} --reason "…"' in listed
    assert f"850 0001 of {PO}" in analyst.types("docs", "search", "--po", PO).out

    # why, and what mends it
    shown = analyst.types("docs", "show", held["id"]).out
    for said in ("PO103 at segment 34, in loop PO1", "PO1*3*10*IP*18.75", "value IP", "code code-unknown", "rule x12/004010/850@"):
        assert said in shown
    assert "look at: table uom" in shown
    for set_id in ("850", "856"):  # the 856 that goes back needs the row too
        lines = shown.split(f"write partners/northmart/maps/{set_id}.yaml")[1].splitlines()[1:6]
        overlay = "".join(line.removeprefix("      ") + "\n" for line in lines)
        analyst.writes(f"partners/northmart/maps/{set_id}.yaml", overlay.replace("WORD", "XIN"))
    assert "remark" not in analyst.types("plan").out
    assert "revision 2 is in force" in analyst.types("apply", "--reason", "inner packs").out
    replayed = analyst.types("replay", held["id"], "--reason", "unit IP is known now").out
    assert f"docs timeline {held['id']}" in replayed

    # the order arrives; its 997 went out once
    [event] = until(lambda: list((analyst.root / "hub").glob("*.json")))
    order = json.loads(event.read_text())["data"]
    assert (order["purchaseOrderNumber"], order["lines"][2]["quantity"]) == (PO, {"value": "10", "unit": "XIN"})
    assert len(analyst.gets("997_*")) == 1
    assert analyst.types("held", "list").out == "nothing is held\n"

    # the hub ships, and the partner refuses the 856
    notice = ship(address, analyst.root, order)
    [written] = until(lambda: analyst.gets("856_*"))
    assert b"*10*IP*" in written.read_bytes() or b"*10*IP~" in written.read_bytes()
    group = next(segment.split("*")[6] for segment in written.read_text().split("~") if segment.startswith("GS*"))
    analyst.drops("answer.edi", REJECTION.format(group=group).encode())
    [refused] = until(lambda: analyst.types("held", "list", "--json").json["held"])
    assert (refused["about"], refused["cause"]) == ("997 for ShipNotice SHP-1", "rejected-by-partner")
    assert "BSN*00*SHP-1" in analyst.types("docs", "show", refused["id"]).out
    assert analyst.types("docs", "show", notice, "--json").json["acknowledgment"] == "rejected"

    # the whole story on one page
    story = analyst.types("docs", "timeline", PO).out
    for said in (
        "interchange 000004711: Received 1354 bytes by folder",
        "850 0001: The map could not carry every value over",
        "PO103 at segment 34, in loop PO1 ($.lines[2].quantity.unit)",
        "unit IP is known now)",
        f"Order {PO}: Delivered to sink:hub.",
        "997 000000001 written",
        "856 written and validated",
        "997 for ShipNotice SHP-1: The partner's 997 rejects what we sent.",
        "next (hub): Read its codes",
        f"Order {PO}  accepted, delivery delivered, acknowledgment sent",
    ):
        assert said in story
    [answer] = re.findall(r"997 000000001 written.*\n(?: {14}.*\n)* {14}(ack_\w+)\n", story)
    assert "997" in analyst.types("docs", "show", answer).out
    assert not re.search(r"\d\dT\d\d:", story)  # moments as people read them, not as programs write them
    assert story.count("next (") == 1  # what was mended asks for nothing any more
    assert "1 thing held" in analyst.types("status").out
    analyst.types("held", "discard", refused["id"], "--reason", "called them")
    assert "for you    nothing" in analyst.types("status").out


def test_a_fault_in_a_map_is_told_where_it_stands(analyst: Analyst) -> None:
    analyst.types("partner", "new", "northmart", "--from-sample", SAMPLE)
    analyst.writes(
        "partners/northmart/maps/850.yaml",
        "map: partners/northmart/maps/850\nextends: x12/004010/850@1\nversion: 1\ntables:\n  uom: {extend: true, IP: XIN}\n",
    )
    analyst.edits("partners/northmart/partner.yaml", ('set: "850"}', 'set: "850"}\n    map: partners/northmart/maps/850'))
    told = analyst.types("partner", "validate", code=1).out
    assert "fault   partners/northmart/maps/850.yaml: extends version 1 of its base" in told
    assert "then write x12/004010/850@" in told
    assert told.endswith("1 fault\n")
    refused = analyst.types("apply", code=1)
    assert "partners/northmart/maps/850.yaml" in refused.out
    assert refused.err.startswith("gateway: The workspace has faults: 1 fault; nothing was applied")


def test_a_draft_that_does_not_fit_yet_is_there_all_the_same(analyst: Analyst) -> None:
    """We have no EDIFACT address: that is a remark, and the next partner can be drafted nevertheless."""
    sample = SAMPLES / "shoreline3pl" / "ORDERS" / "clean.edi"
    drafted = analyst.types("partner", "new", "shoreline", "--from-sample", sample, "--json").json
    assert drafted["files"] == ["partners/shoreline/partner.yaml"]
    assert any("no edifact address" in remark for remark in drafted["remarks"])
    assert any("14:0852345000012" in remark for remark in drafted["remarks"])
    analyst.types("partner", "new", "another")
    analyst.types("partner", "validate", code=1)


def test_a_good_sample_is_said_to_go_through(analyst: Analyst) -> None:
    sample = analyst.root / "sample.edi"
    sample.write_bytes(SAMPLE.read_bytes().replace(b"*IP*", b"*EA*"))
    drafted = analyst.types("partner", "new", "northmart", "--from-sample", sample, "--json").json
    assert drafted["sets"] == [{"set": "850 0001", "document": f"Order {PO}", "errors": [], "lessons": []}]
    assert [one["id"] for one in drafted["agreements"]] == [
        "northmart-850-in",
        "northmart-855-out",
        "northmart-856-out",
        "northmart-810-out",
    ]


def test_a_profile_is_shown_with_everything_that_holds(analyst: Analyst) -> None:
    analyst.types("partner", "new", "northmart", "--from-sample", SAMPLE)
    shown = analyst.types("partner", "show", "northmart").out
    assert "code_lists: warning" in shown
    assert "overdue_after: 24h" in shown
    assert "same_bytes: reack" in shown
    view = analyst.types("partner", "show", "northmart", "--json").json
    assert view["transportSettings"]["folder"]["drop"]["folder"] == "outbox/northmart"
    assert view["agreements"][0]["settings"]["deliver_to"] == ["hub"]
    assert view["agreements"][1]["settings"]["ack"] == {"expect": True, "overdue_after": "24h"}


@pytest.mark.parametrize(("option", "value"), [("--id", "a b"), ("--id", "TOO-LONG-FOR-ISA06"), ("--name", "---")])
def test_a_workspace_for_nobody_is_not_made(tmp_path: Path, option: str, value: str) -> None:
    assert gateway("init", tmp_path / "w", option, value).code == 2
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("own_id", ["HARBORLINE", "0614141000012", "NULL"])
def test_a_workspace_has_the_name_and_address_given(tmp_path: Path, own_id: str) -> None:
    root = tmp_path / "w"
    assert gateway("init", root, "--id", own_id, "--name", 'Söhne & "Co": #1').code == 0
    assert gateway("-w", root, "partner", "validate").code == 0
    text = (root / "gateway.yaml").read_text()
    assert own_id in text
    assert "org: s-hne-co-1" in text


def test_a_map_that_nothing_uses_is_remarked_on(analyst: Analyst) -> None:
    analyst.types("partner", "new", "northmart", "--from-sample", SAMPLE)
    base = f"x12/004010/850@{MapRegistry().get('x12/004010/850').version}"
    overlay = f"map: partners/northmart/maps/orders\nextends: {base}\nversion: 1\ntables:\n  uom: {{extend: true, IP: XIN}}\n"
    analyst.writes("partners/northmart/maps/orders.yaml", overlay)
    done = analyst.types("partner", "validate")
    assert "remark  partners/northmart/maps/orders.yaml: nothing uses it" in done.out
    assert [one["file"] for one in analyst.types("partner", "validate", "--json").json["remarks"]] == [
        "partners/northmart/maps/orders.yaml"
    ]
    assert any("nothing uses it" in remark for remark in analyst.types("plan", "--json").json["remarks"])
    analyst.edits("partners/northmart/partner.yaml", ('set: "850"}', 'set: "850"}\n    map: partners/northmart/maps/orders'))
    assert "remark" not in analyst.types("partner", "validate").out


def test_a_thing_is_shown_by_its_number_where_that_names_one(analyst: Analyst, serving: Callable[[], str]) -> None:
    analyst.types("partner", "new", "northmart", "--from-sample", SAMPLE)
    analyst.edits("gateway.yaml", ("MYCOMPANY", "HARBORLINE"), ("port: 8080", "port: 0"))
    analyst.writes("gateway.yaml", (analyst.root / "gateway.yaml").read_text() + TIMING)
    analyst.edits("partners/northmart/partner.yaml", ("status: draft", "status: testing"))
    serving()
    analyst.drops("first.edi", SAMPLE.read_bytes().replace(b"*IP*", b"*EA*"))
    until(lambda: analyst.types("docs", "search", "--json").json["documents"])
    assert analyst.types("docs", "show", PO, "--canonical").json["purchaseOrderNumber"] == PO
    assert analyst.types("docs", "show", PO).out.startswith(f"Order {PO} · northmart\n")
    other = SAMPLE.read_bytes().replace(b"*IP*", b"*EA*").replace(b"000004711", b"000004712").replace(b"*48*", b"*49*")
    analyst.drops("second.edi", other)
    until(lambda: len(analyst.types("docs", "search", "--json").json["documents"]) == 2)
    several = analyst.types("docs", "show", PO, code=3)
    assert "2 things have the number" in several.err
    assert several.err.count("doc_") == 2
    unknown = analyst.types("docs", "show", "4711", code=3)
    assert "docs search" in unknown.err
    assert "docs search" in analyst.types("docs", "timeline", "4711", code=3).err
