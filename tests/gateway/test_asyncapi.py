"""The AsyncAPI document that a gateway publishes: its structure, its brokers as configured, and schemas that can be read."""

import json
import re
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from canonical.registry import DOCUMENTS
from canonical.schemas.bound import bound_asyncapi
from gateway.service.asyncapi import endpoints_of
from tests.gateway.serving import serving
from tests.gateway.world import GATEWAY_YAML, World

SOURCES = """sources:
  erp: {kind: rabbitmq, url: 'amqps://broker/b2b', queue: requests, document_type: ShipNotice}
  wms: {kind: nats, servers: ['nats://a:4222', 'nats://b:4223'], stream: WMS, subject: wms.requests}
  tms: {kind: kafka, brokers: ['k:9093'], tls: {}, topics: [requests, urgent]}
  box: {kind: folder, path: from-erp}
"""
SINKS = """  bus: {kind: rabbitmq, url: 'amqp://broker', exchange: events, routing_key: 'b2b.{document}.{usage}'}
  stream: {kind: nats, servers: ['nats://a:4222']}
  log: {kind: kafka, brokers: ['k:9092']}
  web: {kind: webhook, url: 'https://hub.example/events', secret: 'env:HUB'}
"""


@pytest.fixture
async def document(tmp_path):
    text = GATEWAY_YAML.replace("sinks:\n", f"sinks:\n{SINKS}") + SOURCES
    world = await World.open(tmp_path, gateway=text)
    yield bound_asyncapi(DOCUMENTS, world.context.workspace.own.org, endpoints_of(world.context), schemas="/schemas/")
    await world.close()


def test_channels_are_the_brokers_as_configured(document):
    channels, servers = document["channels"], document["servers"]
    assert {name: (one["host"], one["protocol"]) for name, one in servers.items()} == {
        "bus": ("broker:5672", "amqp"),
        "stream": ("a:4222", "nats"),
        "log": ("k:9092", "kafka"),
        "web": ("hub.example:443", "https"),
        "erp": ("broker:5671", "amqps"),
        "wms": ("a:4222", "nats"),
        "wms-1": ("b:4223", "nats"),
        "tms": ("k:9093", "kafka-secure"),
    }
    assert (channels["sink.bus"]["address"], servers["bus"]["pathname"], servers["erp"]["pathname"]) == (
        "b2b.{document}.{usage}",
        "/",
        "b2b",
    )
    assert set(channels["sink.bus"]["parameters"]) == {"document", "usage"}
    assert channels["sink.bus"]["bindings"]["amqp"]["exchange"]["name"] == "events"
    assert set(channels["source.erp"]["messages"]) == {"ship-notice.requested"}
    assert len(channels["source.wms"]["messages"]) == len(DOCUMENTS)
    assert (channels["source.tms"]["address"], channels["source.tms.1"]["address"]) == ("requests", "urgent")
    assert {document["operations"][f"{kind}"]["action"] for kind in ("sink.bus", "sink.web")} == {"send"}
    assert document["operations"]["source.erp"]["action"] == "receive"
    assert {name.rpartition(".")[2] for name in channels["sink.web"]["messages"]} == {"received", "cancelled"}
    assert set(channels) == set(document["operations"])  # a channel without a server would be one of all servers
    assert all(name.split(".")[0] in {"sink", "source"} for name in channels)
    assert "wms.requests.dead" in channels["source.wms"]["description"]
    assert not any("hub.box" in name or name.endswith(".box") for name in channels)


def test_the_structure_is_that_of_asyncapi_3(document):
    assert document["asyncapi"] == "3.0.0"
    for name in (*document["channels"], *document["operations"], *document["servers"], *document["components"]["messages"]):
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
    for one in document["servers"].values():
        assert {"host", "protocol"} <= set(one)
    for channel in document["channels"].values():
        assert isinstance(channel["address"], str)
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel.get("parameters", ()))
    for operation in document["operations"].values():
        assert operation["action"] in {"send", "receive"}
    assert _dangling(document, document) == []


def _dangling(value, root):
    """References inside the document that lead nowhere; those to schemas must name one that is served."""
    if isinstance(value, list):
        return [one for inner in value for one in _dangling(inner, root)]
    if not isinstance(value, dict):
        return []
    found = []
    for key, inner in value.items():
        if key == "$ref":
            target = root
            if inner.startswith("#/"):
                for part in inner[2:].split("/"):
                    target = target.get(part) if isinstance(target, dict) else None
            elif not (files("canonical.schemas") / inner.removeprefix("/schemas/")).is_file() or not inner.startswith("/schemas/"):
                target = None
            found += [] if target is not None else [inner]
        else:
            found += _dangling(inner, root)
    return found


async def test_it_is_served_to_the_hub_and_its_schemas_to_everyone(tmp_path):
    async with serving(tmp_path) as served:
        async with served.session.get(f"{served.base}/asyncapi.json", headers=served.key("hub")) as response:
            published = json.loads(await response.text())
        assert published["channels"] == {}  # neither sinks nor sources: the feed and the API stand in /openapi.json
        async with served.session.get(f"{served.base}/asyncapi.json") as response:
            assert response.status == 401
        reference = published["components"]["messages"]["order.received"]["payload"]["allOf"][1]["properties"]["data"]["$ref"]
        async with served.session.get(f"{served.base}{reference}") as response:
            assert response.content_type == "application/schema+json"
            Draft202012Validator.check_schema(json.loads(await response.text()))
        async with served.session.get(f"{served.base}/schemas", headers=served.key("hub")) as response:
            schemas = (await response.json())["schemas"]
        assert (len(schemas), schemas["urn:gw:harborline:schema:Order:1.0"]) == (len(DOCUMENTS), reference)
        async with served.session.get(f"{served.base}/schemas/none.json") as response:
            assert response.status == 404
