from pathlib import Path

import pytest

from gateway.settings import SecretError, SettingsError, load_settings, parse_settings, resolve
from gateway.sink_settings import FolderSink, WebhookSink

YAML = """
own: {name: Harborline, org: com.harborline}
data: var
listen: {host: 0.0.0.0, port: 9443}
sinks:
  hub: {kind: webhook, url: "http://127.0.0.1:9/events", secret: "env:HUB_SECRET"}
  archive: {kind: folder, path: archive}
api_keys:
  - {id: erp, role: hub, secret: "file:secrets/erp.key"}
timing: {retries: [0, 1, 2], worker_poll: 0.1}
"""
LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))


def test_a_workspace_file_becomes_settings(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_text(YAML)
    settings = load_settings(tmp_path)
    assert settings.listen.port == 9443
    assert settings.data_folder(tmp_path) == tmp_path / "var"
    assert settings.own["org"] == "com.harborline"
    assert isinstance(settings.sinks["hub"], WebhookSink)
    assert isinstance(settings.sinks["archive"], FolderSink)
    assert settings.timing.retries == (0, 1, 2)


def test_the_defaults_are_those_of_the_settings_page() -> None:
    settings = parse_settings("")
    assert (settings.timing.retries, settings.timing.partner_retries) == (None, None)  # the table by urgency holds
    assert (settings.timing.sftp_every, settings.timing.sftp_stable) == (60, 10)
    assert settings.limits.body_bytes == 50 * 1024 * 1024
    assert (settings.timing.breaker_failures, settings.timing.breaker_pause) == (5, 60)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LISTEN__PORT", "9000")
    assert (parse_settings(YAML).listen.port, parse_settings(YAML).listen.host) == (9000, "0.0.0.0")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("listen: {port: 70000}", "listen.port"),
        ("listen: {https_only: true}", "listen"),
        ("listen: {tls: {certificate: a.pem, key: plainly-written}}", "listen.tls.key"),
        ('listen: {tls: {certificate: a.pem, key: "env:K", next: {certificate: b.pem, key: "env:K"}}}', "listen.tls.next.from"),
        ("listen: {proxy: {trusted: []}}", "listen.proxy.trusted"),
        ("listen: {proxy: {trusted: [everybody]}}", "listen.proxy.trusted[0]"),
        ("listen_also: [{port: 70000}]", "listen_also[0].port"),
        ("lisen: {}", "lisen"),
        ("_env_file: x", "_env_file"),
        ("timing: {retries: [-1]}", "timing.retries[0]"),
        ("sinks: {hub: {kind: pigeon}}", "sinks.hub"),
        ("api_keys: [{id: a, role: hub, secret: plainly-written}]", "api_keys[0].secret"),
        ("- a list", ""),
        ("a: [", "line 1"),
        ("a: " + "[" * 3000, ""),
        (LAUGHS, ""),
        ("timing: {worker_poll: .nan}", "timing.worker_poll"),
        ("timing: {lease: .inf}", "timing.lease"),
        ("1: 2", ""),
    ],
)
def test_a_fault_is_named_with_its_place_and_without_its_value(text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert place in [where for where, _ in caught.value.faults]
    assert "plainly-written" not in str(caught.value)
    assert "pigeon" not in str(caught.value)


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings("listen: {port: x}\nlimits: {page: 0}")
    assert {where for where, _ in caught.value.faults} == {"listen.port", "limits.page"}


def test_no_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="gateway init"):
        load_settings(tmp_path)


def test_a_file_that_is_no_text_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "gateway.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET", "s3cret")
    (tmp_path / "key").write_text("from-file\n")
    assert resolve("env:HUB_SECRET", tmp_path) == "s3cret"
    assert resolve("file:key", tmp_path) == "from-file"
    assert resolve(f"file:{tmp_path / 'key'}", Path("/nowhere")) == "from-file"


@pytest.mark.parametrize("reference", ["env:GATEWAY_TEST_NOT_SET", "file:absent", "file:empty", "file:."])
def test_a_reference_that_leads_nowhere_is_named(reference: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(SecretError, match=reference):
        resolve(reference, tmp_path)


def test_a_secret_written_in_place_of_a_reference_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SecretError) as caught:
        resolve("hunter2", tmp_path)
    assert "hunter2" not in str(caught.value)
