"""Commands about a workspace: made, looked at, drafted into. What needs a store is in test_cli_store."""

import socket
import stat
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.gateway.command_line import gateway
from tests.gateway.papers import orders_850
from tests.gateway.shaking import server_certificate


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    assert gateway("init", root).code == 0
    text = (root / "gateway.yaml").read_text().replace("port: 8080", "port: 0")
    (root / "gateway.yaml").write_text(text)
    return root


def checks(root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for check in gateway("-w", root, "doctor", "--json").json["checks"]:
        found.setdefault(check["status"], []).append(check["name"])
    return found


def test_a_new_workspace_is_in_order_from_the_start(workspace: Path) -> None:
    done = gateway("-w", workspace, "doctor")
    assert done.code == 0, done.out
    assert "fault" not in done.out
    assert gateway("-w", workspace, "partner", "validate").code == 0
    for secret in (workspace / "secrets").iterdir():
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "secrets/" in (workspace / ".gitignore").read_text()


def test_our_own_address_may_have_another_qualifier_than_zz(tmp_path: Path) -> None:
    assert gateway("init", tmp_path / "ours", "--id", "01:123456789").code == 0
    text = (tmp_path / "ours" / "gateway.yaml").read_text()
    assert 'x12: {qualifier: "01", id: "123456789"}' in text
    assert 'as2_name: "123456789"' in text
    assert gateway("-w", tmp_path / "ours", "partner", "validate").code == 0
    assert gateway("init", tmp_path / "other", "--id", "012:123456789").code == 2


def test_init_does_not_touch_a_folder_that_has_something_in_it(workspace: Path) -> None:
    before = sorted(workspace.rglob("*"))
    done = gateway("init", workspace)
    assert done.code == 2
    assert "nothing was changed" in done.err
    assert sorted(workspace.rglob("*")) == before
    assert gateway("init", workspace / "gateway.yaml").code == 2


def test_the_quickstart_has_partners_and_no_fault(tmp_path: Path) -> None:
    root = tmp_path / "quick"
    done = gateway("init", root, "--quickstart", "--json")
    assert "partners/northmart/partner.yaml" in done.json["files"]
    assert gateway("-w", root, "partner", "validate", "--json").json == {"valid": True, "faults": [], "remarks": []}
    assert {one["id"] for one in gateway("-w", root, "partner", "list", "--json").json["partners"]} >= {"northmart", "shopco"}


def test_a_partner_is_drafted_from_a_sample(workspace: Path, tmp_path: Path) -> None:
    sample = tmp_path / "sample.edi"
    sample.write_bytes(orders_850("A1", sender="ACME", receiver="MYCOMPANY"))
    assert gateway("-w", workspace, "partner", "new", "acme", "--from-sample", sample).code == 0
    shown = gateway("-w", workspace, "partner", "show", "acme", "--json").json
    assert shown["identities"] == ["x12 ZZ:ACME"]
    assert {(one["direction"], one["set"]) for one in shown["agreements"]} >= {("inbound", "850")}
    again = gateway("-w", workspace, "partner", "new", "acme", "--from-sample", sample)
    assert again.code == 2
    assert "nothing was changed" in again.err


def test_a_partner_is_drafted_from_all_its_samples_and_what_they_share_is_told_once(workspace: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "order.edi", tmp_path / "again.edi"
    first.write_bytes(orders_850("A1", sender="ACME", receiver="MYCOMPANY").replace(b"*CA*", b"*Q9*"))
    second.write_bytes(
        first.read_bytes().replace(b"GS*PO", b"GS*PR").replace(b"ST*850", b"ST*855").replace(b"BEG*00*SA*A1**", b"BAK*00*AC*A1*")
    )
    done = gateway("-w", workspace, "partner", "new", "acme", "--from-sample", first, "--from-sample", second)
    assert done.code == 0
    shown = gateway("-w", workspace, "partner", "show", "acme", "--json").json
    assert {one["set"] for one in shown["agreements"] if one["direction"] == "inbound"} == {"850", "855"}
    assert f"--partner acme {first}" in done.out
    assert f"--partner acme {second}" in done.out
    assert done.out.count("WORD in uom is one of") == 1
    assert done.out.count('write: {codes: {"355": [Q9]}}') == 1


def test_a_profile_shows_which_documents_an_agreement_is_for(workspace: Path) -> None:
    gateway("-w", workspace, "partner", "new", "acme")
    profile = workspace / "partners" / "acme" / "partner.yaml"
    said = YAML(typ="safe").load(profile)
    sets = [{"id": name, "direction": "outbound", "standard": {"x12": "004010", "set": name}} for name in ("855", "865")]
    sets[1]["when"] = {"changeSequence": True, "purpose": ["original", "replace"]}
    said |= {"identities": {"x12": [{"qualifier": "ZZ", "id": "ACME"}]}, "agreements": sets}
    with profile.open("w") as target:
        YAML().dump(said, target)
    assert gateway("-w", workspace, "partner", "validate").out == "every file is in order\n"
    assert "    when: {changeSequence: true, purpose: [original, replace]}\n" in gateway("-w", workspace, "partner", "show", "acme").out


def test_a_partner_is_drafted_without_a_sample(workspace: Path) -> None:
    assert gateway("-w", workspace, "partner", "new", "acme", "--json").json["files"] == ["partners/acme/partner.yaml"]
    assert gateway("-w", workspace, "partner", "validate").code == 0
    assert gateway("-w", workspace, "partner", "show", "acme").code == 0


@pytest.mark.parametrize("partner_id", ["../evil", "UPPER", "a b", "", "a/b"])
def test_an_id_that_is_no_folder_name_is_refused(workspace: Path, partner_id: str) -> None:
    assert gateway("-w", workspace, "partner", "new", partner_id).code == 2
    assert list((workspace / "partners").iterdir()) == []


def test_a_sample_that_is_no_interchange_is_refused(workspace: Path) -> None:
    done = gateway("-w", workspace, "partner", "new", "acme", "--from-sample", "-", stdin=b"Dear Sirs")
    assert done.code == 2
    assert not (workspace / "partners" / "acme").exists()


def test_faults_of_files_are_listed_with_file_and_place(workspace: Path) -> None:
    gateway("-w", workspace, "partner", "new", "acme")
    profile = workspace / "partners" / "acme" / "partner.yaml"
    profile.write_text(profile.read_text().replace("status: draft", "status: sleeping").replace("zone: UTC", "zone: Mars/Olympus"))
    done = gateway("-w", workspace, "partner", "validate", "--json")
    assert done.code == 1
    assert {(fault["file"], fault["path"]) for fault in done.json["faults"]} == {
        ("partners/acme/partner.yaml", "status"),
        ("partners/acme/partner.yaml", "zone"),
    }
    assert gateway("-w", workspace, "partner", "list").code == 2
    assert gateway("-w", workspace, "partner", "validate", "nobody").code == 3


def test_the_doctor_names_what_is_wrong_and_what_to_do(workspace: Path) -> None:
    (workspace / "secrets" / "as2.key").unlink()
    (workspace / "secrets" / "hub.key").chmod(0o644)
    (workspace / "certs" / "old.pem").write_text("no certificate")
    (workspace / "data").mkdir()
    (workspace / "data" / "gateway.db").write_bytes(b"this is no database, and longer than a header of one" * 20)
    done = gateway("-w", workspace, "doctor")
    assert done.code == 1
    found = checks(workspace)
    assert {"secret", "certificate", "database"} <= set(found["fault"])
    assert found["warning"] == ["secret"]
    lines = done.out.splitlines()
    assert all("next:" in lines[number + 1] for number, line in enumerate(lines) if line.startswith("fault"))


def test_a_database_that_is_gone_is_no_new_one(workspace: Path) -> None:
    assert gateway("-w", workspace, "apply").code == 0
    (workspace / "data" / "gateway.db").unlink()
    for command in ("doctor", "status", "serve"):
        done = gateway("-w", workspace, command)
        assert done.code != 0
        told = f"{done.out} {done.err}"
        assert "was made here before and is gone" in told
        assert "gateway restore" in told
    assert not (workspace / "data" / "gateway.db").exists()


def test_the_doctor_sees_a_port_that_is_taken_and_a_hub_that_is_away(workspace: Path) -> None:
    with socket.socket() as taken, socket.socket() as closed:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        closed.bind(("127.0.0.1", 0))
        text = (workspace / "gateway.yaml").read_text().replace("port: 0", f"port: {taken.getsockname()[1]}")
        hub = f'hub: {{kind: webhook, url: "http://127.0.0.1:{closed.getsockname()[1]}/events", secret: "file:secrets/hub.key"}}'
        (workspace / "gateway.yaml").write_text(text.replace("hub: {kind: folder, path: hub}", hub))
        found = checks(workspace)
    assert "port" in found["fault"]
    assert "sink" in found["warning"]


def test_the_doctor_sees_a_collector_that_is_away_and_a_secret_for_it_that_is_missing(workspace: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"https://127.0.0.1:{closed.getsockname()[1]}"
        with (workspace / "gateway.yaml").open("a") as file:
            file.write(f'tracing: {{exporter: otlp, endpoint: "{endpoint}", secret_headers: {{api-key: "file:secrets/nowhere"}}}}\n')
        found = checks(workspace)
    assert "tracing" in found["warning"]
    assert "secret" in found["fault"]


def test_the_doctor_looks_at_the_certificates_of_https(workspace: Path) -> None:
    good, soon, other = server_certificate(), server_certificate("localhost", 2, days=40), server_certificate("localhost", 3)
    following = 'next: {certificate: next.pem, key: "file:other.key", from: 2026-11-10}'
    https = f'tls: {{certificate: server.pem, key: "file:server.key", {following}}}'
    settings = workspace / "gateway.yaml"
    settings.write_text(settings.read_text().replace("listen: {", f"listen: {{{https}, "))
    for name, text in (
        ("server.pem", good.certificate),
        ("next.pem", soon.certificate),
        ("server.key", good.key),
        ("other.key", other.key),
    ):
        (workspace / name).write_text(text)
        (workspace / name).chmod(0o600)
    told = gateway("-w", workspace, "doctor").out
    assert "server.pem is valid until" in told
    assert "https with next.pem: the private key and the certificate do not belong together" in told
    (workspace / "other.key").write_text(soon.key)
    assert "next.pem expire" in gateway("-w", workspace, "doctor").out


def test_the_doctor_sees_that_a_change_was_not_applied(workspace: Path) -> None:
    assert "revision" not in gateway("-w", workspace, "doctor").out
    gateway("-w", workspace, "apply")
    assert "the files are revision 1, which is in force" in gateway("-w", workspace, "doctor").out
    gateway("-w", workspace, "partner", "new", "acme")
    done = gateway("-w", workspace, "doctor")
    assert done.code == 0
    assert "1 file changed since revision 1, which is in force" in done.out
    assert "`gateway apply` puts the files in force" in done.out


def test_without_settings_the_doctor_says_so(tmp_path: Path) -> None:
    done = gateway("-w", tmp_path, "doctor")
    assert done.code == 1
    assert "gateway init" in done.out


@pytest.mark.parametrize(
    "arguments", [("partner", "list"), ("docs", "search"), ("held", "list"), ("plan",), ("serve",), ("as2", "ping", "x"), ("status",)]
)
def test_a_folder_that_is_no_workspace_is_said_without_a_traceback(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = gateway("-w", tmp_path, *arguments)
    assert done.code == 2
    assert "next:" in done.err
    assert "Traceback" not in done.err


def test_wrong_usage_is_exit_code_2() -> None:
    assert gateway("edit").code == 2
    assert gateway("edi", "validate", "--colour").code == 2
    assert gateway("held", "release", "doc_1").code == 2  # a reason is needed


def test_faults_come_as_json_where_json_is_asked_for(tmp_path: Path) -> None:
    done = gateway("-w", tmp_path, "partner", "list", "--json")
    assert done.code == 2
    assert done.json["error"]["nextAction"]
