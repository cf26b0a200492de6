"""API keys: how they look, how they are kept in the files, what each may do and when, and that its use is noted."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from gateway.api_keys import digest_of, is_mistyped, new_key
from gateway.service.auth import SCOPES, Role
from gateway.service.routes import Access
from gateway.settings import SettingsError, parse_settings
from gateway.store.key_uses import key_uses
from tests.gateway.command_line import gateway
from tests.gateway.serving import NORTHMART_YAML, Served, make_workspace, serving
from tests.gateway.test_service_api import INBOX, INTERCHANGE, problem

TODAY = datetime.now(UTC).date()
COMMENTED = """\
# What was agreed with them on the phone
partner: outdoor
name: Outdoor Direct
status: testing
identities: {gln: "0614141000012"}   # one GLN for all stores

api:            # they asked for two
  keys:
    - "file:secrets/outdoor.key"      # the old one, until spring
    - "file:secrets/outdoor-next.key"
# agreements follow when they are ready
agreements: []
"""


def test_a_key_can_be_told_from_other_texts_and_from_a_mistyped_one() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    for key in keys:
        assert len(key) == 42
        assert not is_mistyped(key)
        assert is_mistyped(key[:-1] + ("0" if key[-1] != "0" else "1"))
        assert is_mistyped(key[:10] + ("a" if key[10] != "a" else "b") + key[11:])


# -- in the files


def test_a_new_key_is_printed_once_and_everything_else_in_the_file_stays(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    file = tmp_path / "partners/outdoor/partner.yaml"
    file.write_text(COMMENTED)
    made = gateway("-w", tmp_path, "partner", "key", "new", "outdoor", "--scope", "inbox:write", "--until", "2999-01-31", "--id", "spring")
    assert made.code == 0, made.err
    key = made.out.strip()
    assert not is_mistyped(key)
    after = file.read_text()
    entry = f'    - {{id: spring, key: "{digest_of(key)}", scopes: ["inbox:write"], until: 2999-01-31}}\n'
    assert after == COMMENTED.replace('outdoor-next.key"\n', f'outdoor-next.key"\n{entry}')
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_text(errors="replace")]
    listed = gateway("-w", tmp_path, "partner", "key", "list", "outdoor", "--json").json["keys"]
    assert [(one["id"], one["scopes"], one["until"], one["opens"], one["lastUsed"]) for one in listed] == [
        ("file:secrets/outdoor.key", ["inbox:write", "status:read"], None, True, None),
        ("file:secrets/outdoor-next.key", ["inbox:write", "status:read"], None, True, None),
        ("spring", ["inbox:write"], "2999-01-31", True, None),
    ]
    assert gateway("-w", tmp_path, "partner", "key", "revoke", "outdoor", "spring").code == 0
    assert file.read_text() == COMMENTED
    assert gateway("-w", tmp_path, "partner", "key", "revoke", "outdoor", "spring").code == 3


@pytest.mark.parametrize("api", ["", "api: {keys: 'env:OLD'}\n", "api:\n  keys: env:OLD\n", "api: {}\n", "api:\n"])
def test_a_key_is_added_however_the_others_are_written(tmp_path: Path, api: str) -> None:
    make_workspace(tmp_path)
    file = tmp_path / "partners/outdoor/partner.yaml"
    file.write_text(f"partner: outdoor\nname: O\nstatus: testing\n{api}# the end\ncontacts: []")
    assert gateway("-w", tmp_path, "partner", "key", "new", "outdoor", "--id", "a").code == 0
    keys = [one if isinstance(one, str) else one["id"] for one in YAML(typ="safe").load(file.read_text())["api"]["keys"]]
    assert keys == (["env:OLD", "a"] if "OLD" in api else ["a"])
    assert "# the end\ncontacts: []" in file.read_text()
    assert gateway("-w", tmp_path, "partner", "validate", "outdoor").code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--scope", "feed:read"), "scopes"),
        (("--until", "2020-01-01"), "past"),
        (("--until", "soon"), "2027-01-31"),
        (("--id", "A b"), "id"),
        (("--from", "2998-01-02", "--until", "2998-01-01"), "before"),
    ],
)
def test_a_key_that_cannot_be_changes_nothing(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    make_workspace(tmp_path)
    before = (tmp_path / "partners/outdoor/partner.yaml").read_bytes()
    refused = gateway("-w", tmp_path, "partner", "key", "new", "outdoor", *options)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert (tmp_path / "partners/outdoor/partner.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("erp", "--scope", "admin:read"), "another role"),
        (("ops2", "--role", "boss"), "'hub' or 'admin'"),
        (("A b",), "id"),
    ],
)
def test_a_key_with_which_the_gateway_would_not_start_changes_nothing(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    make_workspace(tmp_path)
    before = (tmp_path / "gateway.yaml").read_bytes()
    refused = gateway("-w", tmp_path, "key", "new", *options)
    assert (refused.code, refused.out) == (2, "")
    assert says in refused.err
    assert (tmp_path / "gateway.yaml").read_bytes() == before


def test_keys_of_the_hub_and_of_administrators_stand_in_gateway_yaml(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    reader = gateway("-w", tmp_path, "key", "new", "bi", "--scope", "feed:read", "--id", "one")
    second = gateway("-w", tmp_path, "key", "new", "erp", "--id", "two")
    assert (reader.code, second.code) == (0, 0), reader.err + second.err
    clients = {client.id: client for client in parse_settings((tmp_path / "gateway.yaml").read_text()).api_keys}
    assert [(key.label, key.scopes) for key in clients["bi"].all] == [("one", ("feed:read",))]
    assert [key.label for key in clients["erp"].all] == ["file:secrets/hub.key", "two"]
    assert gateway("-w", tmp_path, "key", "revoke", "bi", "one").code == 0
    assert "bi" not in {client.id for client in parse_settings((tmp_path / "gateway.yaml").read_text()).api_keys}
    assert gateway("-w", tmp_path, "key", "revoke", "nobody", "one").code == 3


def test_a_scope_of_another_role_is_a_fault_in_gateway_yaml() -> None:
    key = f"{{id: a, key: 'sha256:{'0' * 64}', scopes: [admin:read]}}"
    with pytest.raises(SettingsError, match="another role"):
        parse_settings(f"api_keys: [{{id: erp, role: hub, keys: [{key}]}}]")


def test_a_file_with_faults_is_left_as_it_is(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    file = tmp_path / "partners/outdoor/partner.yaml"
    file.write_text("partner: [\n")
    refused = gateway("-w", tmp_path, "partner", "key", "new", "outdoor")
    assert (refused.code, refused.out, file.read_text()) == (2, "", "partner: [\n")
    assert gateway("-w", tmp_path, "partner", "key", "new", "nobody").code == 3


# -- at the door

FRESH, OLD, COMING, READER, INBOX_ONLY = (new_key() for _ in range(5))
ROTATED = NORTHMART_YAML.replace(
    'api: {keys: "file:secrets/northmart.key"}',
    f"""\
api:
  keys:
    - {{id: fresh, key: "{digest_of(FRESH)}", from: {TODAY - timedelta(days=1)}}}
    - {{id: old, key: "{digest_of(OLD)}", until: {TODAY - timedelta(days=1)}}}
    - {{id: coming, key: "{digest_of(COMING)}", from: {TODAY + timedelta(days=2)}}}
    - {{id: reader, key: "{digest_of(READER)}", scopes: [status:read]}}
""",
)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, **{"partners/northmart/partner.yaml": ROTATED}) as running:
        yield running


async def test_who_mistypes_a_key_is_told_so(served: Served) -> None:
    for key, detail in ((FRESH[:-1], "the key is cut off or mistyped"), (new_key(), None), ("hub-key-9", None)):
        async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers={"X-API-Key": key}) as response:
            assert (response.status, (await response.json()).get("detail")) == (401, detail)


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [(FRESH, 202, ""), (OLD, 401, "unauthenticated"), (COMING, 401, "unauthenticated"), (READER, 403, "forbidden")],
    ids=["in its days", "ended", "not yet", "of another scope"],
)
async def test_a_key_opens_on_its_days_and_for_its_scopes(served: Served, key: str, status: int, code: str) -> None:
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers={"X-API-Key": key}) as response:
        if code:
            await problem(response, status, code)
        assert response.status == status


async def test_the_day_of_its_last_use_is_noted_once_a_day(served: Served) -> None:
    for _ in range(3):
        async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers={"X-API-Key": FRESH}) as response:
            assert response.status == 202
    writes = 0
    write = served.context.store.write

    async def counted(work):
        nonlocal writes
        writes += 1
        return await write(work)

    served.context.store.write = counted
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers={"X-API-Key": FRESH}) as response:
        assert response.status == 202
    assert writes == 1  # the payload; the day is known
    uses = await served.context.store.read(lambda connection: list(key_uses(connection)))
    assert [(one.role, one.principal, one.key, date.fromisoformat(one.last_used)) for one in uses] == [
        ("partner", "northmart", "fresh", TODAY)
    ]
    async with served.session.get(f"{served.base}/admin/v1/keys/uses", headers=served.key("admin")) as response:
        assert "fresh" in {one["key"] for one in (await response.json())["uses"]}  # and maybe the key that asks


async def test_every_address_that_needs_a_key_says_what_for(served: Served) -> None:
    guarded = [route for route in served.service.routes if route.access in {Access.PARTNER, Access.HUB, Access.ADMIN}]
    assert [route.path for route in guarded if route.scope not in SCOPES[Role(route.access.value)]] == []
    assert {route.scope for route in guarded} == {scope for scopes in SCOPES.values() for scope in scopes}
