"""Commands that ask a gateway: one that runs, over its socket, and one that stands still, by its store. The answers are the same."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.gateway.command_line import ROOT, Result, gateway
from tests.gateway.papers import orders_850
from tests.support.waiting import until

GATEWAY_YAML = """
own:
  name: Harborline Foods
  org: harborline
  environment: test
  stations: [{id: main, x12: {qualifier: ZZ, id: HARBORLINE}}]
listen: {host: 127.0.0.1, port: 0}
sinks: {hub: {kind: folder, path: hub}}
api_keys: [{id: erp, role: hub, secret: "file:hub.key"}]
timing: {worker_poll: 0.1, retries: [0, 1], folder_every: 1}
slo: {Order: off, ShipNotice: off}
log: {level: warning}
"""
PARTNER_YAML = """
partner: northmart
name: Northmart Stores
status: testing
zone: America/Chicago
identities: {x12: [{qualifier: ZZ, id: NORTHMART}]}
transports: {folder: {drop: {folder: outbox}}}
api: {keys: "file:northmart.key"}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    (root / "partners" / "northmart").mkdir(parents=True)
    (root / "gateway.yaml").write_text(GATEWAY_YAML)
    (root / "partners" / "northmart" / "partner.yaml").write_text(PARTNER_YAML)
    (root / "northmart.key").write_text("key-1")
    (root / "hub.key").write_text("hub-1")
    return root


@dataclass
class Running:
    root: Path
    process: "subprocess.Popen[bytes]"
    address: str

    def run(self, *arguments: str) -> Result:
        return gateway("-w", self.root, *arguments)

    def post(self, payload: bytes) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self.address}/api/v1/partners/northmart/inbox",
            data=payload,
            headers={"Authorization": "Bearer key-1", "Content-Type": "application/edi-x12"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
            return answer

    def get(self, path: str) -> Any:
        request = urllib.request.Request(f"{self.address}{path}", headers={"Authorization": "Bearer hub-1"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def running(workspace: Path) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "-w", str(workspace), "serve"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    try:
        assert line.startswith("serving http://"), line
        yield Running(workspace, process, line.split()[1])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


# -- without a running gateway


def test_plan_apply_and_rollback(workspace: Path) -> None:
    planned = gateway("-w", workspace, "plan", "--json")
    assert planned.code == 0, planned.err
    assert {change["file"] for change in planned.json["changes"]} == {"gateway.yaml", "partners/northmart/partner.yaml"}
    assert "revision 1 is in force" in gateway("-w", workspace, "apply").out
    assert "nothing to do" in gateway("-w", workspace, "apply").out
    profile = workspace / "partners" / "northmart" / "partner.yaml"
    profile.write_text(PARTNER_YAML.replace("status: testing", "status: live"))
    out = gateway("-w", workspace, "plan").out
    assert "-status: testing" in out
    assert "+status: live" in out
    assert gateway("-w", workspace, "apply", "--json", "--reason", "certified").json["revision"] == 2
    assert gateway("-w", workspace, "rollback", "--json").json["revision"] == 3
    assert "+status: live" in gateway("-w", workspace, "plan").out
    assert gateway("-w", workspace, "rollback", "--to", "99").code == 3


@pytest.mark.parametrize("applied_before", [True, False])
def test_faults_are_listed_and_nothing_is_applied(workspace: Path, applied_before: bool) -> None:
    if applied_before:
        assert gateway("-w", workspace, "apply").code == 0
    (workspace / "partners" / "northmart" / "partner.yaml").write_text(PARTNER_YAML.replace("zone: America/Chicago", "zone: Nowhere"))
    planned = gateway("-w", workspace, "plan", "--json")
    assert planned.code == 1
    assert [(fault["file"], fault["path"]) for fault in planned.json["faults"]] == [("partners/northmart/partner.yaml", "zone")]
    refused = gateway("-w", workspace, "apply")
    assert refused.code in {1, 2}
    assert "Nowhere" not in refused.err
    assert gateway("-w", workspace, "serve").code == 2 if not applied_before else True


def test_an_empty_store_answers(workspace: Path) -> None:
    assert gateway("-w", workspace, "docs", "search").out == "no documents\n"
    assert gateway("-w", workspace, "held", "list").out == "nothing is held\n"
    assert gateway("-w", workspace, "status", "--json").json["reconciliation"]["lost"] == []
    for arguments in (("docs", "show", "doc_1"), ("docs", "timeline", "4711"), ("docs", "show", "trn_1", "--raw")):
        assert gateway("-w", workspace, *arguments).code == 3
    assert gateway("-w", workspace, "held", "release", "doc_1", "--reason", "why not").code == 3
    assert gateway("-w", workspace, "replay", "doc_1", "--reason", "again", "--mode", "sideways").code == 2


# -- with a running gateway


def test_an_order_can_be_followed_from_its_bytes_to_the_hub(running: Running) -> None:
    payload = orders_850("4500123981", "4500123982")
    taken = running.post(payload)
    found = until(lambda: [d for d in running.run("docs", "search", "--json").json["documents"] if d["delivery"] == "delivered"])
    assert {document["businessKey"] for document in found} <= {"4500123981", "4500123982"}
    [document] = running.run("docs", "search", "--po", "4500123981", "--json").json["documents"]
    assert (document["documentType"], document["partnerId"], document["validation"]) == ("Order", "northmart", "accepted")
    assert running.run("docs", "show", document["id"], "--canonical").json["purchaseOrderNumber"] == "4500123981"
    assert running.run("docs", "show", taken["transmissionId"], "--raw").data == payload
    assert "4500123981" in running.run("docs", "search").out
    assert document["id"] in running.run("docs", "show", document["id"]).out
    story = running.run("docs", "timeline", "4500123981", "--json").json["events"]
    assert story[0]["action"] == "transmission.received"
    assert running.run("docs", "timeline", "4500123981").code == 0
    assert running.run("docs", "timeline", "no-such-order").code == 3
    assert running.run("docs", "show", "../../admin").code == 3


def test_the_feed_gives_each_event_once_in_order_and_as_described(running: Running) -> None:
    running.post(orders_850("4500123981", "4500123982", "4500123983"))
    until(lambda: len(running.get("/api/v1/feed")["events"]) == 3)
    first = running.get("/api/v1/feed?limit=2")
    rest = running.get(f"/api/v1/feed?after={first['next']}")
    numbers = [event["data"]["purchaseOrderNumber"] for event in (*first["events"], *rest["events"])]
    assert numbers == ["4500123981", "4500123982", "4500123983"]
    assert running.get(f"/api/v1/feed?after={rest['next']}") == {"events": [], "next": rest["next"]}
    document = running.get("/openapi.json")
    schema = document["paths"]["/api/v1/feed"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(first)


def test_what_is_held_is_listed_and_decided_on(running: Running) -> None:
    id_ = running.post(b"Dear Harborline, please send crackers.")["transmissionId"]
    [held] = until(lambda: running.run("held", "list", "--json").json["held"])
    assert (held["id"], held["cause"]) == (id_, "unreadable")
    listed = running.run("held", "list").out
    assert f"{held['title']} ({held['cause']}): " in listed
    assert held["nextAction"] in listed
    assert "crackers" not in listed
    assert running.run("held", "discard", id_, "--reason", "a letter").code == 0
    assert running.run("held", "list", "--json").json["held"] == []
    refused = running.run("held", "discard", id_, "--reason", "again")
    assert refused.code == 1
    assert "next:" in refused.err


def test_what_was_sent_is_sent_again_on_purpose(running: Running) -> None:
    running.post(orders_850("4500123981"))
    [document] = until(lambda: [d for d in running.run("docs", "search", "--json").json["documents"] if d["delivery"] == "delivered"])
    assert running.run("resend", document["id"], "--reason", "the hub lost it").code == 0
    assert running.run("replay", document["id"], "--reason", "as new", "--mode", "duplicate").code == 0
    until(lambda: len(running.run("docs", "search", "--json").json["documents"]) == 2)
    looked = running.run("replay", "delivery", "--type", "Order").out
    assert "nothing was done" in looked
    done = running.run("replay", "delivery", document["id"], "--reason", "the hub lost it again", "--yes").out
    assert "1 queued" in done
    assert running.run("replay", "diff", document["id"]).code == 0  # nothing would change
    assert running.run("replay", "duplicate", "--type", "Order", "--yes").code == 2  # no reason
    assert "the hub lost it again" in running.run("replay", "list").out
    actors = {event.get("actor") for event in running.run("docs", "timeline", "4500123981", "--json").json["events"]}
    assert len(actors) > 1  # the gateway, and whoever runs the tests


def test_apply_changes_a_gateway_that_runs(running: Running) -> None:
    second = running.root / "partners" / "outdoor"
    second.mkdir()
    (second / "partner.yaml").write_text("partner: outdoor\nname: Outdoor\nstatus: draft\n")
    assert running.run("apply", "--json").json["revision"] == 2
    assert running.run("status", "--json").json["revision"] == 2


def test_one_gateway_per_data_folder_and_an_orderly_end(running: Running) -> None:
    running.post(orders_850("4500123981"))
    before = until(lambda: [d for d in running.run("docs", "search", "--json").json["documents"] if d["delivery"] == "delivered"])
    second = running.run("serve")
    assert second.code == 1
    assert "next:" in second.err
    assert "port" in [check["name"] for check in running.run("doctor", "--json").json["checks"] if check["status"] == "ok"]
    assert running.stop() == 0
    assert [d["id"] for d in running.run("docs", "search", "--json").json["documents"]] == [d["id"] for d in before]
    assert running.run("status", "--json").json["reconciliation"]["lost"] == []


def test_control_numbers_are_shown_and_set_with_a_reason(workspace: Path):
    said = ("-w", workspace, "control")
    assert gateway(*said, "show").out.strip() == "no control number was given out or received yet"
    assert gateway(*said, "set-seen", "northmart", "--interchange", "41", "--reason", "moved here").code == 0
    done = gateway(*said, "set-next", "northmart", "--interchange", "500", "--reason", "moved here")
    assert (done.code, done.out.strip()) == (0, "northmart: the next interchange number is 500")
    back = gateway(*said, "set-next", "northmart", "--interchange", "7", "--reason", "a mistake")
    assert back.code != 0
    assert "were given out" in back.err
    shown = gateway(*said, "show", "--partner", "northmart")
    assert "last 499, next 500" in shown.out
    assert "last 41" in shown.out
    assert gateway(*said, "show", "--json").json["ours"][0]["next"] == 500
    assert gateway(*said, "set-next", "northmart", "--reason", "which one").code == 2


def test_batches_are_listed_and_decided_on(workspace: Path):
    said = ("-w", workspace, "batch")
    assert gateway(*said, "list").out.strip() == "nothing has waited in a batch yet"
    released = gateway(*said, "release", "northmart", "--reason", "they ask for it")
    assert released.code != 0
    assert "nothing waits in such a batch" in released.err
