"""The AsyncAPI document: every event name, references that lead somewhere, and payloads that real events fit."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from canonical.envelope import CloudEvent, Verb, event_type
from canonical.registry import DOCUMENTS, parse
from canonical.schemas import FILES, published
from tests.canonical.support import ORDER, SHIP_NOTICE

DOCUMENT: dict[str, Any] = json.loads((files("canonical.schemas") / "asyncapi.json").read_text(encoding="utf-8"))
PUBLISHED = published()
SCHEMAS = Registry().with_resources(
    (name, Resource.from_contents(content, default_specification=DRAFT202012)) for name, content in PUBLISHED.items() if name in FILES
)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def event(document: dict[str, Any], verb: Verb) -> dict[str, Any]:
    data = parse(document)
    made = CloudEvent(
        id="0197c3a2-5f0e-5b1c-9d0a-3c1f6d2b7e11",
        source="urn:gw:harborline:prod",
        type=event_type("harborline", data.document_type, verb),
        time=datetime(2026, 11, 18, 15, 15, 7, tzinfo=UTC),
        usage="live",
        data=data.to_json(),
    )
    return made.to_json()


def payload(key: str) -> Draft202012Validator:
    return Draft202012Validator(DOCUMENT["components"]["messages"][key]["payload"], registry=SCHEMAS)


def keywords(schema: Any) -> set[str]:
    """The keywords of a schema; under properties and $defs stand names."""
    if isinstance(schema, list):
        return {key for one in schema for key in keywords(one)}
    if not isinstance(schema, dict):
        return set()
    inner = [value for key, value in schema.items() if key not in {"properties", "$defs", "enum", "const", "default"}]
    named = [value for key in ("properties", "$defs") for value in schema.get(key, {}).values()]
    return set(schema) | {key for value in (*inner, *named) for key in keywords(value)}


def test_the_schemas_say_nothing_that_asyncapi_does_not_know() -> None:
    """AsyncAPI takes schemas of draft 7; of later drafts ours have $defs alone, to which references lead."""
    later = {"$anchor", "$dynamicRef", "$dynamicAnchor", "prefixItems", "dependentSchemas", "dependentRequired", "unevaluatedProperties"}
    later |= {"unevaluatedItems", "minContains", "maxContains", "$vocabulary", "$recursiveRef"}
    assert not {key for name in FILES for key in keywords(PUBLISHED[name])} & later


def test_there_is_a_channel_for_every_event_name() -> None:
    addresses = {channel["address"].replace("{organization}", "harborline") for channel in DOCUMENT["channels"].values()}
    assert addresses == {event_type("harborline", name, verb) for name in DOCUMENTS for verb in Verb}
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert DOCUMENT["channels"].keys() == DOCUMENT["operations"].keys() == DOCUMENT["components"]["messages"].keys()


def test_the_hub_asks_and_the_gateway_tells() -> None:
    actions = {(key.rpartition(".")[2], operation["action"]) for key, operation in DOCUMENT["operations"].items()}
    assert actions == {(verb, "receive" if verb is Verb.REQUESTED else "send") for verb in Verb}


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        if not reference.startswith("#/"):
            assert reference in FILES
            continue
        target: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert target


@pytest.mark.parametrize(("key", "document"), [("order", ORDER), ("ship-notice", SHIP_NOTICE)])
@pytest.mark.parametrize("verb", [Verb.RECEIVED, Verb.REQUESTED])
def test_events_fit_their_message_and_no_other(key: str, document: dict[str, Any], verb: Verb) -> None:
    made = event(document, verb)
    payload(f"{key}.{verb}").validate(made)
    assert not payload(f"{key}.cancelled").is_valid(made)  # another verb in its type
    assert not payload(f"invoice.{verb}").is_valid(made | {"type": event_type("harborline", "Invoice", verb)})  # other data
    assert not payload(f"{key}.{verb}").is_valid(made | {"data": made["data"] | {"colour": "red"}})
    assert not payload(f"{key}.{verb}").is_valid({name: value for name, value in made.items() if name != "id"})
