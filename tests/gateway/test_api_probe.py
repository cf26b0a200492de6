"""Every address of the service, asked by schemathesis as its OpenAPI document allows and forbids: no check of schemathesis finds anything.

The documents of the hub have large schemas, so one of them stands for all here; `python -m tests.gateway.api_probe` asks for each.
"""

from pathlib import Path

import pytest

from gateway.service.hub import SUBMISSIONS
from tests.gateway.api_probe import Found, probe

_DOCUMENTS = "|".join(SUBMISSIONS)


def check(found: Found) -> None:
    assert not found.errors
    assert not found.failures, "\n\n".join(f"{name}\n{message}" for name, message in found.failures.items())


def test_every_address_does_what_its_description_says(tmp_path: Path) -> None:
    found = probe(tmp_path, examples=1, only=rf"^/(?!api/v1/({_DOCUMENTS})$)")
    check(found)
    assert {"POST /as2", "POST /oauth2/token", "POST /api/v1/partners/{partner_id}/inbox", "GET /api/v1/feed"} <= found.operations
    assert any("/webhooks/" in name for name in found.operations)
    assert any("/admin/v1/" in name for name in found.operations)
    assert found.cases > 500


@pytest.mark.parametrize("address", ["application-advices"])
def test_documents_are_taken_or_refused_as_described(tmp_path: Path, address: str) -> None:
    found = probe(tmp_path, examples=5, phases=("examples", "fuzzing"), only=f"/{address}$")
    check(found)
    assert found.cases >= 5
