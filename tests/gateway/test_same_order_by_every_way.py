"""The same order by AS2 in X12, by SFTP in EDIFACT and by the API in JSON: the hub gets one document three times (R02)."""

import json
from pathlib import Path
from typing import Any

from gateway.states import Thing
from sftp.server import SftpServer
from tests.gateway.hostile import SOUTHMART_YAML, Gateway, running, seal, until

ORDER = Path(__file__).parents[2] / "samples/same-order"
#: whose it is (ids are made of the partner, too) and where it came from; all else is the order
OF_ITS_WAY = ("sourceRef", "map", "ids")


def x12() -> bytes:
    return (ORDER / "order.850.edi").read_bytes().replace(b"*0*P*>", b"*0*T*>")


def edifact() -> bytes:
    """From the partner and to the station of this test."""
    written = (ORDER / "order.orders.edi").read_bytes()
    head = b"+0614141000012:14+0852345000012:14+261118:0915+4713'"
    assert head in written
    return written.replace(head, b"+0852345999990:14+0852345000012:14+261118:0915+4713++++++1'")


def without_its_way(order: dict[str, Any]) -> dict[str, Any]:
    lines = [{name: value for name, value in line.items() if name != "lineId"} for line in order["lines"]]
    return {name: value for name, value in order.items() if name not in OF_ITS_WAY} | {"lines": lines}


async def at_the_hub(gateway: Gateway) -> dict[str, dict[str, Any]]:
    """The event of each partner, once there are three."""
    events = [json.loads(path.read_text()) for path in (gateway.root / "hub").glob("*.json")]
    found = {event["partnerid"]: event for event in events}
    return found if len(found) == 3 else {}


async def test_one_document_whatever_the_way(tmp_path: Path) -> None:
    mailbox = tmp_path / "server"
    (mailbox / "out").mkdir(parents=True)
    with SftpServer.of_one(mailbox, user="us", password="the-password-of-sftp") as server:
        login = (
            f'host: 127.0.0.1, port: {server.port}, user: us, password: "file:secrets/sftp", host_keys: {{current: "{server.host_key}"}}'
        )
        pickup = "pickup: {folder: out, looks_apart: 0.1, every: 0.2}"
        southmart = SOUTHMART_YAML.replace("transports: {", f"send_by: folder\ntransports: {{sftp: {{{login}, {pickup}}}, ")
        files = {"partners/southmart/partner.yaml": southmart, "secrets/sftp": "the-password-of-sftp"}
        async with running(tmp_path / "workspace", **files) as gateway:
            message = seal(x12())
            sent = await gateway.ask("POST", "/as2", data=message.body, headers=dict(message.headers))
            assert (sent.status, b"processed" in sent.body) == (200, True)
            (mailbox / "out" / "order.edi").write_bytes(edifact())
            posted = await gateway.inbox((ORDER / "order.json").read_bytes(), partner="shopco", content_type="application/json")
            assert posted.status == 202

            events = await until(lambda: at_the_hub(gateway), 30)
            ways = {name: event["data"]["sourceRef"]["syntax"] for name, event in events.items()}
            assert ways == {"northmart": "x12", "southmart": "edifact", "shopco": "json"}
            wanted = json.loads((ORDER / "order.canonical.json").read_text())
            for event in events.values():
                assert without_its_way(event["data"]) == without_its_way(wanted)
            assert len({(event["type"], event["dataschema"]) for event in events.values()}) == 1
            came = await gateway.rows(Thing.TRANSMISSION, direction="inbound")
            assert {row["transport"] for row in came} == {"as2", "sftp", "http"}
