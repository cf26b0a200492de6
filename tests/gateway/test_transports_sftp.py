"""The SFTP transport: against a real OpenSSH server, and our own where passwords are needed."""

import asyncio

import pytest

from gateway.clock import system_clock
from gateway.demo.telling import until
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError
from gateway.transports import sftp_drops
from gateway.transports.base import Handover, Prepared
from gateway.transports.sftp import SftpTransport
from gateway.transports.sftp_sessions import IDLE, OLDEST, SftpSessions
from sftp import session as sftp_session
from sftp.errors import HostKeyError, LoginError, UnreachableError
from sftp.server import SftpServer
from sftp.settings import SftpSettings
from tests.gateway.a_partner import NOW, OUTGOING, a_partner
from tests.support.ledger import MemoryLedger
from tests.support.sshd import make_key, needs_sshd, running_sshd


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    with running_sshd(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def transport(request, tmp_path):
    sshd = request.getfixturevalue("sshd") if "sshd" in request.fixturenames else None
    made = SftpTransport(resolve=sshd.resolve if sshd else lambda _: "secret", scratch=tmp_path, clock=system_clock)
    yield made
    await made.close()


def partner_of(sshd, **changes):
    return a_partner(sftp=sshd.settings(**changes))


@needs_sshd
async def test_a_file_is_left_once_however_often_it_is_sent(sshd, transport):
    (sshd.folder / "in").mkdir()
    partner = partner_of(sshd, drop={"folder": "in"})
    prepared = transport.prepare(OUTGOING, partner, now=NOW)
    first, again = await transport.send(prepared, partner), await transport.send(prepared, partner)
    assert (first.detail, first.reference) == ("left on the server", f"in/{prepared.name}")
    assert again.detail == "was there"
    assert {path.name: path.read_bytes() for path in (sshd.folder / "in").iterdir()} == {prepared.name: OUTGOING.payload.read()}


@needs_sshd
async def test_files_that_wait_for_one_folder_are_left_together(sshd, transport, monkeypatch):
    (sshd.folder / "together").mkdir()
    partner, lots = partner_of(sshd, drop={"folder": "together"}), []
    honest = sftp_drops.drop_all
    monkeypatch.setattr(sftp_drops, "drop_all", lambda files, settings, some: lots.append(len(some)) or honest(files, settings, some))
    prepared = [Prepared(OUTGOING.payload, name=f"{number}.edi", reference=f"dlv_{number}") for number in range(20)]
    (sshd.folder / "together" / "7.edi").write_bytes(b"another file")
    handed = await asyncio.gather(*(transport.send(one, partner) for one in prepared), return_exceptions=True)
    assert (lots[0], sum(lots)) in {(1, 20), (20, 20)}
    assert max(lots) >= 19
    assert [type(one) for one in handed] == [Handover] * 7 + [PermanentError] + [Handover] * 12
    assert len(list((sshd.folder / "together").iterdir())) == 20


@needs_sshd
async def test_a_file_that_is_gone_when_it_is_looked_for_again_is_left_once_more(sshd, transport, monkeypatch):
    folder = sshd.folder / "verified"
    folder.mkdir()
    partner = partner_of(sshd, drop={"folder": "verified", "verify": "list", "verify_after": 0})
    prepared = transport.prepare(OUTGOING, partner, now=NOW)
    assert (await transport.send(prepared, partner)).detail == "left on the server"
    honest = sftp_drops.drop_all

    def forgetful(files, settings, some):
        outcomes = honest(files, settings, some)
        (folder / prepared.name).unlink()
        return outcomes

    monkeypatch.setattr(sftp_drops, "drop_all", forgetful)
    with pytest.raises(TransientError):
        await transport.send(prepared, partner)


@needs_sshd
async def test_a_file_is_picked_up(sshd, transport):
    (sshd.folder / "out").mkdir()
    (sshd.folder / "out" / "order.edi").write_bytes(b"UNB")
    partner = partner_of(sshd, pickup={"folder": "out", "looks_apart": 0})
    [folder] = transport.folders(partner)
    ledger = MemoryLedger()
    assert (await transport.poll(partner, folder, ledger=ledger, take=ledger.take)).waiting == 1
    assert (await transport.poll(partner, folder, ledger=ledger, take=ledger.take)).taken == ["trn_1"]
    assert ledger.taken == [("order.edi", b"UNB")]


@needs_sshd
async def test_what_cannot_work_is_held_with_its_cause(sshd, transport, tmp_path):
    prepared = transport.prepare(OUTGOING, partner_of(sshd, drop={"folder": "in"}), now=NOW)
    make_key(sshd.keys / "stranger")
    for changes, cause in (
        ({"host_keys": {"current": make_key(tmp_path / "other")}}, Cause.HOST_KEY_CHANGED),
        ({"key": "file:stranger"}, Cause.CREDENTIALS_REFUSED),
        ({"drop": {"folder": "nowhere"}}, Cause.DELIVERY_REFUSED),
    ):
        with pytest.raises(PermanentError) as held:
            await transport.send(prepared, partner_of(sshd, **{"drop": {"folder": "in"}, **changes}))
        assert held.value.cause is cause


@needs_sshd
async def test_a_changed_host_key_stops_the_endpoint_until_it_is_pinned(sshd, transport, tmp_path, monkeypatch):
    wrong = partner_of(sshd, host_keys={"current": make_key(tmp_path / "other")}, pickup={"folder": "."})
    polls = []
    for _ in range(2):
        with pytest.raises(PermanentError) as held:
            await transport.poll(wrong, transport.folders(wrong)[0], ledger=MemoryLedger(), take=None)
        polls.append(held.value.detail)
        monkeypatch.setattr("gateway.transports.sftp_sessions.connect", lambda *_: pytest.fail("it was tried again"))
    assert polls[0] == polls[1]
    assert "SHA256:" in polls[0]
    monkeypatch.undo()
    right = partner_of(sshd, pickup={"folder": "."})
    await transport.poll(right, transport.folders(right)[0], ledger=MemoryLedger(), take=None)


async def test_a_server_that_is_away_is_put_off(transport):
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB" + "A" * 42
    sftp = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "env:P", "host_keys": {"current": key}, "drop": {"folder": "in"}}
    partner = a_partner(sftp=sftp)
    with pytest.raises(TransientError) as put_off:
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert put_off.value.cause is Cause.DESTINATION_UNREACHABLE


async def test_without_settings_there_is_no_transport(transport):
    with pytest.raises(PermanentError) as held:
        transport.prepare(OUTGOING, a_partner(), now=NOW)
    assert held.value.cause is Cause.NO_TRANSPORT
    assert transport.folders(a_partner()) == ()


async def test_a_secret_that_is_missing_is_named(tmp_path):
    def unknown(reference):
        raise SecretError(reference, "the environment variable is not set")

    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB" + "A" * 42
    sftp = {"host": "127.0.0.1", "port": 1, "user": "u", "password": "env:P", "host_keys": {"current": key}, "drop": {"folder": "in"}}
    transport = SftpTransport(resolve=unknown, scratch=tmp_path, clock=system_clock)
    with pytest.raises(PermanentError) as held:
        await transport.send(transport.prepare(OUTGOING, a_partner(sftp=sftp), now=NOW), a_partner(sftp=sftp))
    assert held.value.detail == "env:P: the environment variable is not set"


# sessions


@pytest.fixture
def server(tmp_path):
    (tmp_path / "root").mkdir()
    with SftpServer.of_one(tmp_path / "root", user="us", password="secret") as running:
        yield running


@pytest.fixture
def connects(monkeypatch):
    """Counts how often a connection was tried."""
    tried = []

    def counted(settings, secrets):
        tried.append(settings.host)
        return sftp_session.connect(settings, secrets)

    monkeypatch.setattr("gateway.transports.sftp_sessions.connect", counted)
    return tried


class Passwords:
    def __init__(self, password="secret"):
        self.password = password

    def __call__(self, _reference):
        return self.password


def settings_of(server, **changes):
    basis = {"host": "127.0.0.1", "port": server.port, "user": "us", "password": "env:P", "host_keys": {"current": server.host_key}}
    return SftpSettings.model_validate({**basis, **changes})


def use(sessions, settings):
    with sessions.files(settings) as files:
        return list(files.names(b""))


def test_a_session_is_used_again_for_every_folder_of_an_endpoint(server, connects):
    sessions = SftpSessions(Passwords())
    for folder in ("one", "two"):
        use(sessions, settings_of(server, pickup={"folder": folder}))
    assert len(connects) == 1
    sessions.close()
    use(sessions, settings_of(server))
    assert len(connects) == 2
    sessions.close()


@pytest.mark.parametrize(("wait", "again"), [(IDLE - 1, 1), (IDLE + 1, 2), (OLDEST + 1, 2)])
def test_a_session_that_is_idle_or_old_is_replaced(server, connects, wait, again):
    now = [0.0]
    sessions = SftpSessions(Passwords(), monotonic=lambda: now[0])
    use(sessions, settings_of(server))
    now[0] += wait
    use(sessions, settings_of(server))
    assert len(connects) == again
    sessions.close()


def test_a_session_that_broke_is_replaced(server, connects):
    sessions = SftpSessions(Passwords())

    def break_off():
        with sessions.files(settings_of(server)) as files:
            files._wire._channel.get_transport().close()
            list(files.names(b""))

    with pytest.raises(UnreachableError):
        break_off()
    use(sessions, settings_of(server))
    assert len(connects) == 2
    sessions.close()


def test_logins_stop_after_two_refusals_until_the_password_changes(server, connects):
    passwords = Passwords("wrong")
    sessions = SftpSessions(passwords)
    for _ in range(4):
        with pytest.raises(LoginError):
            use(sessions, settings_of(server))
    assert len(connects) == 2
    passwords.password = "secret"
    use(sessions, settings_of(server))
    sessions.close()


def test_a_person_lets_a_stopped_endpoint_go_on(server, connects, tmp_path):
    sessions = SftpSessions(Passwords())
    wrong = settings_of(server, host_keys={"current": make_key(tmp_path / "other")})
    for _ in range(2):
        with pytest.raises(HostKeyError):
            use(sessions, wrong)
    assert len(connects) == 1
    sessions.resume()
    with pytest.raises(HostKeyError):
        use(sessions, wrong)
    assert len(connects) == 2


async def test_servers_that_keep_silent_hold_up_nothing_but_themselves(transport, tmp_path):
    """However many there are: what is not about them goes on."""
    connections = []
    silent = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "password": "env:P",
        "host_keys": {"current": make_key(tmp_path / "k")},
        "pickup": {"folder": "x"},
    }
    folders = [a_partner(sftp={**settings, "user": f"u{number}", "timeouts": {"banner": 120}}) for number in range(40)]
    looks = [
        asyncio.create_task(transport.poll(partner, transport.folders(partner)[0], ledger=MemoryLedger(), take=None)) for partner in folders
    ]
    assert await until(lambda: len(connections) == 40)
    async with asyncio.timeout(60):
        assert await asyncio.to_thread(lambda: "done") == "done"
    for writer in connections:
        writer.close()
    assert all(isinstance(outcome, TransientError) for outcome in await asyncio.gather(*looks, return_exceptions=True))
    silent.close()
