"""Asks a served gateway everything that its OpenAPI document allows, and much that it does not, with schemathesis, and gives what is wrong.

For longer than the tests do: `python -m tests.gateway.api_probe --examples 100`.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.gateway.serving import GATEWAY_YAML, KEYS, NORTHMART_YAML, Served, serving

LIMITS = (
    "limits: {body_bytes: 100000, document_bytes: 50000, stranger_rate: 100000000/minute, partner_rate: 100000000/minute, page: 50,"
    " connections: 200, source_connections: 200}"
)
SIGNING = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
OPEN = {
    "gateway.yaml": "\n".join(line if not line.startswith("limits:") else LIMITS for line in GATEWAY_YAML.splitlines()).replace(
        "long_poll: 5", "long_poll: 0.01"
    )
    + '\noauth: {keys: ["file:secrets/token.pem"]}\n',
    "partners/northmart/partner.yaml": NORTHMART_YAML.replace(
        'api: {keys: "file:secrets/northmart.key"}',
        'api: {keys: "file:secrets/northmart.key", webhooks: [{name: shop, scheme: shopify, secrets: "file:secrets/hub.key"}]}',
    ),
    "secrets/token.pem": SIGNING,
}
#: by tag; an address of a partner takes that partner's key
HEADERS = {
    "partner": {"Authorization": f"Bearer {KEYS['northmart']}"},
    "hub": {"Authorization": f"Bearer {KEYS['hub']}"},
    "admin": {"Authorization": f"Bearer {KEYS['admin']}"},
}


#: what may answer a request that fits its schema: what it names may not be there, and some rules no schema says (422)
EXPECTED = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]


#: addresses that have their own way of refusing
OWN_WAYS: list[dict[str, Any]] = [
    # AS2 says what is wrong with a message in its receipt, under 200 (RFC 4130 7)
    {"include-tag": "as2", "checks": {"negative_data_rejection": {"enabled": False}}},
    # which digests are readable, no schema says
    {"include-path": "/admin/v1/as2/explanation", "checks": {"positive_data_acceptance": {"expected-statuses": [*EXPECTED, "400"]}}},
]


@schemathesis.serializer("application/pkcs7-mime", "multipart/signed", "application/edi-x12", "application/edifact", "text/csv")
def as_bytes(_context: Any, value: Any) -> bytes:
    """Bodies that are no JSON."""
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass
class Found:
    """What a run came to."""

    cases: int = 0
    operations: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)  #: by operation and check
    errors: list[str] = field(default_factory=list)


@contextmanager
def served(root: Path) -> Iterator[tuple[Served, str]]:
    """The service on a loop of its own in a thread, for a client that blocks."""
    loop = asyncio.new_event_loop()
    started, ended, box = threading.Event(), threading.Event(), []

    async def run() -> None:
        async with serving(root, **OPEN) as running:
            box.append(running)
            stop = asyncio.Event()
            box.append(stop)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(run()), ended.set()), daemon=True)
    thread.start()
    assert started.wait(60)
    try:
        yield box[0], box[0].base
    finally:
        loop.call_soon_threadsafe(box[1].set)
        thread.join(60)
        loop.close()


def probe(
    root: Path, *, examples: int, seed: int = 1, phases: tuple[str, ...] = ("examples", "coverage", "fuzzing"), only: str = ""
) -> Found:
    """Run every check of schemathesis against every address."""
    with served(root) as (running, base):
        config = SchemathesisConfig.from_dict(
            {
                "seed": seed,
                "request-timeout": 120,
                "suppress-health-check": ["too_slow"],  # of making data for large schemas
                "generation": {"max-examples": examples, "database": "none", "deterministic": True},
                "phases": {name: {"enabled": name in phases} for name in ("examples", "coverage", "fuzzing", "stateful")},
                "checks": {"positive_data_acceptance": {"expected-statuses": EXPECTED}},
                "operations": [*({"include-tag": tag, "headers": headers} for tag, headers in HEADERS.items()), *OWN_WAYS],
            }
        )
        document = running.service.document
        paths = {path: methods for path, methods in document["paths"].items() if re.search(only, path)}
        schema = schemathesis.openapi.from_dict({**document, "paths": paths}, config=config)
        schema.config.update(base_url=base)
        found = Found()
        for event in from_schema(schema).execute():
            _note(event, found)
        return found


def _note(event: Any, found: Found) -> None:
    if isinstance(event, events.ScenarioFinished):
        found.operations.add(str(event.label))
        found.cases += len(event.recorder.cases)
        for checks in event.recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    key = f"{event.label}: {check.name}: {check.failure_info.failure.title}"
                    found.failures.setdefault(key, f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}")
    elif isinstance(event, events.NonFatalError | events.FatalError):
        found.errors.append(str(getattr(event, "exception", None) or event))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--examples", type=int, default=100)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--phases", default="examples,coverage,fuzzing")
    given = arguments.parse_args()
    before = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        result = probe(Path(folder), examples=given.examples, seed=given.seed, only=given.only, phases=tuple(given.phases.split(",")))
    for name, message in sorted(result.failures.items()):
        print(f"--- {name}\n{message}\n")
    for error in result.errors:
        print("error:", error)
    print(
        f"{len(result.operations)} operations, {result.cases} requests, {len(result.failures)} findings, {time.process_time() - before:.0f} s CPU"
    )
    sys.exit(bool(result.failures or result.errors))
