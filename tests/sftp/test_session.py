"""Sessions with a real OpenSSH server: who we are, who it is, what we agree on."""

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import paramiko
import pytest

from sftp.errors import AlgorithmError, BusyError, HostKeyError, LoginError, NoSuchFolderError, SecretError, UnreachableError
from sftp.session import Secrets, connect, fingerprint
from tests.sftp.conftest import session_of, settings_of
from tests.support.sshd import make_key, needs_sshd, running_sshd

pytestmark = needs_sshd


def test_a_key_logs_in(sshd):
    with session_of(sshd) as session:
        assert session.is_alive
        assert list(session.files().names(b"")) == []
    assert not session.is_alive


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_other_kinds_of_keys(sshd, kind):
    line = make_key(sshd.keys / f"user_{kind}", kind)
    with (sshd.keys / "authorized_keys").open("a") as authorized:
        authorized.write(line + "\n")
    with session_of(sshd, key=f"file:user_{kind}") as session:
        assert session.is_alive


def test_a_key_with_a_passphrase(sshd):
    path = sshd.keys / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "open sesame", "-f", path], check=True)
    with (sshd.keys / "authorized_keys").open("a") as authorized:
        authorized.write((sshd.keys / "locked.pub").read_text())
    settings = settings_of(sshd, key="file:locked", key_passphrase="env:PASSPHRASE")
    connect(settings, Secrets(key=path.read_text(), key_passphrase="open sesame")).close()
    for wrong in ("close sesame", None):
        with pytest.raises(SecretError):
            connect(settings, Secrets(key=path.read_text(), key_passphrase=wrong))


def test_a_key_that_is_no_key_or_too_short_is_refused_before_connecting(sshd, tmp_path):
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", tmp_path / "short", "1024"], check=True, capture_output=True)
    settings = settings_of(sshd, host="unreachable.invalid")
    for text in ("no key", (tmp_path / "short").read_text()):
        with pytest.raises(SecretError):
            connect(settings, Secrets(key=text))


def test_an_openssh_user_certificate(tmp_path):
    with running_sshd(tmp_path, config=f"TrustedUserCAKeys {tmp_path}/ca.pub\nAuthorizedKeysFile none") as sshd:
        make_key(tmp_path / "ca")
        sign = ["ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "us", "-n", sshd.user, sshd.keys / "user_key.pub"]
        subprocess.run(sign, check=True)
        session_of(sshd, certificate=(sshd.keys / "user_key-cert.pub").read_text()).close()
        with pytest.raises(LoginError):
            session_of(sshd)


def test_a_key_that_the_server_does_not_know_is_refused(sshd):
    make_key(sshd.keys / "stranger")
    with pytest.raises(LoginError) as refused:
        session_of(sshd, key="file:stranger")
    assert refused.value.action == "stop"


def test_an_unpinned_host_key_stops_before_anything_is_sent(sshd, tmp_path):
    other = make_key(tmp_path / "other")
    with pytest.raises(HostKeyError) as refused:
        session_of(sshd, host_keys={"current": other})
    assert refused.value.action == "stop"
    assert refused.value.seen == fingerprint(sshd.host_key)
    assert refused.value.pinned == (fingerprint(other),)


def test_a_host_key_of_another_kind_than_the_pinned_one_is_named(sshd, tmp_path):
    other = make_key(tmp_path / "other", "rsa")
    with pytest.raises(HostKeyError) as refused:
        session_of(sshd, host_keys={"current": other})
    assert refused.value.seen == fingerprint(sshd.host_key)


def test_the_next_host_key_is_taken_too(sshd, tmp_path):
    session_of(sshd, host_keys={"current": make_key(tmp_path / "other"), "next": sshd.host_key}).close()


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_host_keys_of_other_kinds(tmp_path, kind):
    with running_sshd(tmp_path, host_kind=kind) as sshd:
        session_of(sshd).close()


def test_the_fingerprint_is_what_ssh_keygen_shows(tmp_path):
    line = make_key(tmp_path / "key")
    shown = subprocess.run(["ssh-keygen", "-lf", tmp_path / "key.pub"], capture_output=True, text=True, check=True).stdout
    assert fingerprint(line).split(" ")[1] == shown.split()[1]


OLD = {
    "ciphers": ("Ciphers aes256-cbc\nMACs hmac-sha1", ["aes-cbc", "hmac-sha1"]),
    "3des": ("Ciphers 3des-cbc", ["3des-cbc"]),
    "key exchange": ("KexAlgorithms diffie-hellman-group14-sha1", ["dh-group14-sha1"]),
    "host key": ("HostKeyAlgorithms ssh-rsa", ["ssh-rsa-sha1"]),
}


@pytest.mark.parametrize(("config", "switches"), OLD.values(), ids=OLD)
def test_old_algorithms_only_by_the_switches_that_the_refusal_names(tmp_path, config, switches):
    with running_sshd(tmp_path, config=config, host_kind="rsa" if "ssh-rsa-sha1" in switches else "ed25519") as sshd:
        with pytest.raises(AlgorithmError) as refused:
            session_of(sshd)
        assert f"`legacy: [{', '.join(switches)}]` would help" in str(refused.value)
        for missing in switches:
            if len(switches) > 1:
                with pytest.raises(AlgorithmError):
                    session_of(sshd, legacy=[switch for switch in switches if switch != missing])
        with session_of(sshd, legacy=switches) as session:
            session.files().write(b"a", b"over it", exclusive=True)
            assert (sshd.folder / "a").read_bytes() == b"over it"


def test_where_no_switch_helps_the_refusal_says_so(tmp_path):
    with running_sshd(tmp_path, config="Ciphers chacha20-poly1305@openssh.com") as sshd:
        with pytest.raises(AlgorithmError) as refused:
            session_of(sshd)
        assert "no common cipher; no `legacy` switch helps" in str(refused.value)


@pytest.mark.parametrize("switch", ["rsa-sha2-256", "ssh-rsa-sha1"])
def test_rsa_signatures_for_servers_that_know_no_better(tmp_path, switch):
    with running_sshd(tmp_path, config=f"PubkeyAcceptedAlgorithms {switch.removesuffix('-sha1')}") as sshd:
        line = make_key(sshd.keys / "user_rsa", "rsa")
        (sshd.keys / "authorized_keys").write_text(line + "\n")
        session_of(sshd, key="file:user_rsa", legacy=[switch]).close()


class Doorman(paramiko.ServerInterface):
    """A server that asks for what its test says, in that order."""

    def __init__(self, steps):
        self._steps = list(steps)

    def get_allowed_auths(self, _user):
        return self._steps[0]

    def _passed(self, step):
        if self._steps[0] != step:
            return paramiko.AUTH_FAILED
        if len(self._steps) == 1:
            return paramiko.AUTH_SUCCESSFUL
        self._steps.pop(0)
        return paramiko.AUTH_PARTIALLY_SUCCESSFUL

    def check_auth_publickey(self, _user, _key):
        return self._passed("publickey")

    def check_auth_password(self, _user, password):
        return self._passed("password") if password == "right" else paramiko.AUTH_FAILED

    def check_auth_interactive(self, _user, _methods):
        return (
            paramiko.InteractiveQuery("", "", ("Password: ", False)) if self._steps[0] == "keyboard-interactive" else paramiko.AUTH_FAILED
        )

    def check_auth_interactive_response(self, answers):
        return self._passed("keyboard-interactive") if answers == ["right"] else paramiko.AUTH_FAILED


@contextmanager
def doorman(*steps):
    """What a profile says of it."""
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with suppress(OSError, EOFError, paramiko.SSHException):
                while True:
                    transport = paramiko.Transport(listener.accept()[0])
                    transport.add_server_key(key)
                    transport.start_server(server=Doorman(steps))

        threading.Thread(target=serve, daemon=True).start()
        yield _settings(listener.getsockname()[1], host_keys={"current": f"{key.get_name()} {key.get_base64()}"}, key="env:KEY")


@pytest.mark.parametrize(
    "steps",
    [("password",), ("keyboard-interactive",), ("publickey", "password"), ("publickey", "keyboard-interactive")],
    ids="+".join,
)
def test_key_and_password_and_questions_at_a_keyboard(tmp_path, steps):
    make_key(tmp_path / "key")
    key = (tmp_path / "key").read_text() if "publickey" in steps else None
    with doorman(*steps) as settings:
        connect(settings, Secrets(password="right", key=key)).close()
        for secrets in (Secrets(password="wrong", key=key), *([Secrets(key=key)] if key else [])):
            with pytest.raises(LoginError):
                connect(settings, secrets)


def test_too_many_channels_is_busy(tmp_path):
    with running_sshd(tmp_path, config="MaxSessions 2") as sshd, session_of(sshd) as session:
        kept = [session.files(), session.files()]
        with pytest.raises(BusyError):
            session.files()
        assert all(files.stat(b"a") is None for files in kept)


def test_nobody_listens():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError):
            connect(_settings(closed.getsockname()[1]), Secrets(password="p"))


def test_an_unknown_name():
    with pytest.raises(UnreachableError):
        connect(_settings(22, host="no-such-host.invalid"), Secrets(password="p"))


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = _settings(silent.getsockname()[1], timeouts={"connect": 0.1, "banner": 0.2})
        with pytest.raises(UnreachableError):
            connect(settings, Secrets(password="p"))


def test_a_server_that_speaks_something_else():
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(UnreachableError):
            connect(_settings(other.getsockname()[1]), Secrets(password="p"))
        thread.join()


def test_secrets_do_not_show():
    assert "hush" not in repr(Secrets(password="hush", key="hush", key_passphrase="hush"))


def test_a_connection_that_breaks_is_unreachable(sshd):
    session = session_of(sshd)
    files = session.files()
    session.close()
    for use in (lambda: files.stat(b"a"), lambda: list(files.names(b"")), lambda: files.write(b"a", b"", exclusive=True)):
        with pytest.raises(UnreachableError):
            use()
    with pytest.raises(UnreachableError):
        session.files()


def test_a_missing_folder(files):
    with pytest.raises(NoSuchFolderError):
        list(files.names(b"nowhere"))


def test_the_settings_do_not_load_the_network():
    code = "import sys, sftp.settings; sys.exit(any(name in sys.modules for name in ('paramiko', 'cryptography', 'asyncio')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _settings(port, **changes):
    from sftp.settings import SftpSettings

    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB" + "A" * 42
    return SftpSettings.model_validate(
        {"host": "127.0.0.1", "port": port, "user": "u", "password": "env:P", "host_keys": {"current": key}, **changes}
    )
