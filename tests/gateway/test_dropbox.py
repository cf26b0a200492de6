"""The drop boxes that we host: taken by the OpenSSH client and by paramiko, jailed, limited; and what is put in becomes a transmission."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paramiko
import pytest

from gateway.app import App
from gateway.errors import Cause
from gateway.operations.dropbox import Accounts
from gateway.payload import StoredPayload
from gateway.settings import parse_settings
from gateway.transports.base import Outgoing
from sftp.boxes import Boxes
from sftp.pickup import Pickup
from sftp.server import Limits, SftpServer
from sftp.session import Secrets, connect
from sftp.settings import PickupSettings, SftpSettings
from tests.gateway.command_line import ROOT, gateway
from tests.support.ledger import MemoryLedger
from tests.support.sshd import make_key, needs_sshd, running_sshd

SETTINGS = "own: {name: Harborline, org: harborline, environment: live, zone: UTC, stations: [{id: main, x12: {qualifier: ZZ, id: H}}]}\n"
PARTNER = """
partner: NAME
name: Somebody
status: live
transports:
  dropbox: {public_keys: ["KEY"], password: "env:BOX_PASSWORD", max_bytes: 100000, quota: 250000, sessions: 2, drop: {}}
"""
ORDER = b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*H              *250304*1200*U*00401*000000001*0*P*>~IEA*0*000000001~"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BOX_PASSWORD", "open sesame")
    root = tmp_path / "workspace"
    for name in ("northmart", "pinewood"):
        (root / "partners" / name).mkdir(parents=True)
        key = make_key(tmp_path / name)
        (root / "partners" / name / "partner.yaml").write_text(PARTNER.replace("NAME", name).replace("KEY", key))
    (root / "gateway.yaml").write_text(SETTINGS)
    return root


@pytest.fixture
async def app(root: Path):
    now = [datetime(2026, 3, 4, 12, tzinfo=UTC)]
    opened = await App.open(root, parse_settings(SETTINGS), clock=lambda: now[0])
    opened.pass_time = lambda: now.__setitem__(0, now[0] + timedelta(seconds=11))
    Accounts(opened.context).write()
    yield opened
    await opened.close()


@pytest.fixture
def box(app: App, root: Path) -> Path:
    return root / "data" / "dropbox"


@pytest.fixture
def server(box: Path):
    with SftpServer(Boxes(box).find, limits=Limits(refusals=3)) as running:
        yield running


def sftp_command(server, key: Path, user: str, *commands: str) -> subprocess.CompletedProcess:
    options = ["-P", str(server.port), "-i", str(key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    command = ["sftp", "-q", "-b", "-", "-o", "IdentitiesOnly=yes", "-F", "/dev/null", *options, f"{user}@127.0.0.1"]
    return subprocess.run(command, input="\n".join(commands).encode(), capture_output=True, timeout=120, check=False)


def client_of(server, user: str = "northmart", password: str = "open sesame") -> paramiko.SFTPClient:
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = 60
    try:
        transport.connect(username=user, password=password)
        return paramiko.SFTPClient.from_transport(transport)
    except BaseException:
        transport.close()
        raise


async def test_what_a_partner_puts_in_becomes_one_transmission_and_what_it_gets_can_be_fetched(app, server, tmp_path):
    (tmp_path / "order.edi").write_bytes(ORDER)
    put = await asyncio.to_thread(sftp_command, server, tmp_path / "northmart", "northmart", f"put {tmp_path}/order.edi in/order.edi")
    assert put.returncode == 0, put.stderr
    for _ in range(2):
        await app.pickups.look_once()
        app.pass_time()
    taken = app.context.pickups["northmart:dropbox:northmart/in"].taken
    assert (taken, app.context.pickups["pinewood:dropbox:pinewood/in"].taken) == (1, 0)
    transport, partner = app.context.transports["dropbox"], app.context.workspace.partners["northmart"]
    outgoing = Outgoing("dlv_1", StoredPayload.of(b"ISA*answer~"), "application/edi-x12", "997", "1", is_test=False, correlation_id="c")
    left = await transport.send(transport.prepare(outgoing, partner, now=app.context.now()), partner)
    name = Path(left.reference).name
    get = await asyncio.to_thread(
        sftp_command,
        server,
        tmp_path / "northmart",
        "northmart",
        f"get out/{name} {tmp_path}/answer.edi",
        f"rm out/{name}",
        "ls in",
        "ls out",
    )
    assert (get.returncode, (tmp_path / "answer.edi").read_bytes()) == (0, b"ISA*answer~")
    assert b".edi" not in get.stdout.replace(b"sftp>", b"").split(b"ls in")[-1]


def test_a_box_is_all_that_its_partner_sees(server, box, tmp_path):
    (box / "pinewood" / "in" / "theirs.edi").write_bytes(b"secret")
    (box / "northmart" / "in" / "link").symlink_to(box / "pinewood" / "in" / "theirs.edi")
    (box / "northmart" / "out" / "way").symlink_to(box)
    (tmp_path / "x").write_bytes(b"x")
    for command in (
        "get ../pinewood/in/theirs.edi /dev/null",
        "get in/link /dev/null",
        "ls out/way",
        "get /etc/passwd /dev/null",
        f"put {tmp_path}/x x",
        f"put {tmp_path}/x out/x",
        f"put {tmp_path}/x ../x",
        "mkdir folder",
        "mkdir in/../folder",
        "rmdir in",
        "rename in out/in",
        "rename out/../in/link out/link",
        "rename in/link out/link",
        "symlink /etc/passwd in/passwd",
    ):
        done = sftp_command(server, tmp_path / "northmart", "northmart", command)
        assert done.returncode == 1, command
    listed = sftp_command(server, tmp_path / "northmart", "northmart", "ls -1a /")
    assert {line.strip().lstrip("/") for line in listed.stdout.decode().splitlines()[1:]} == {"in", "out"}
    assert sorted(path.name for path in box.rglob("*") if path.is_file() and not path.is_symlink() and ".accounts" not in path.parts) == [
        "theirs.edi"
    ]


async def test_another_gateway_fetches_from_its_box_with_the_defaults_of_its_own_pickup(app, server, box, root, tmp_path, monkeypatch):
    (box / "northmart/out/answer.edi").write_bytes(b"ISA*answer~")
    endpoint = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": "northmart",
        "password": "env:P",
        "host_keys": {"current": server.host_key},
    }
    with connect(SftpSettings.model_validate(endpoint), Secrets(password="open sesame")) as session:
        ledger = MemoryLedger()
        pickup = Pickup(PickupSettings(folder="out", looks_apart=0), ledger, ledger.take, scratch=tmp_path, clock=app.context.now)
        for _ in range(2):
            report = pickup.run(session.files())
    assert (len(report.taken), report.problems, report.alarms) == (1, [], [])
    assert [path.name[13:] for path in (box / "northmart/out/archive").rglob("*.edi")] == ["answer.edi"]


async def test_links_in_a_box_lead_nowhere(app, box):
    (box / "pinewood/in/theirs.edi").write_bytes(ORDER)
    (box / "northmart/in/.work").symlink_to(box / "pinewood/in")
    for _ in range(2):
        await app.pickups.look_once()
        app.pass_time()
    look = app.context.pickups["northmart:dropbox:northmart/in"]
    assert (look.cause, look.detail) == (Cause.DELIVERY_REFUSED, "a folder of the box is a link")
    assert app.context.pickups["pinewood:dropbox:pinewood/in"].taken == 1


async def test_files_in_a_subfolder_of_a_box_are_told_when_they_lie_there_for_a_while(root):
    now = [datetime.now(UTC)]
    opened = await App.open(root, parse_settings(SETTINGS), clock=lambda: now[0])
    try:
        below = root / "data/dropbox/northmart/in/orders/today"
        below.mkdir(parents=True)
        (below / "order.edi").write_bytes(ORDER)
        (root / "data/dropbox/northmart/in/.work").mkdir()
        (root / "data/dropbox/northmart/in/.work/notes").write_bytes(b"ours")
        look = "northmart:dropbox:northmart/in"
        await opened.pickups.look_once()
        assert opened.context.pickups[look].troubles == ()
        now[0] += timedelta(hours=2)
        await opened.pickups.look_once()
        [trouble] = opened.context.pickups[look].troubles
        assert (trouble.kind, trouble.files) == ("in-subfolder", ("orders/today/order.edi",))
    finally:
        await opened.close()


def test_files_and_boxes_have_their_limits_and_no_half_file_shows(server, box):
    client = client_of(server)
    client.putfo(_Zeros(90_000), "in/a.edi", confirm=True)
    with pytest.raises(OSError):
        client.putfo(_Zeros(100_001), "in/large.edi", confirm=True)
    client.putfo(_Zeros(90_000), "in/b.edi", confirm=True)
    with pytest.raises(OSError):
        client.putfo(_Zeros(90_000), "in/c.edi", confirm=True)
    client.remove("in/a.edi")  # room again
    client.putfo(_Zeros(90_000), "in/c.edi", confirm=True)
    for name in ("in/.upload-1", "in/a\nb", "in/" + "x" * 300):
        with pytest.raises(OSError):
            client.putfo(_Zeros(1), name, confirm=True)
    assert sorted(path.name for path in (box / "northmart/in").iterdir()) == ["b.edi", "c.edi"]
    client.get_channel().get_transport().close()


class _Zeros:
    """A file of so many zeros."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        count = min(self.left, size if size >= 0 else self.left)
        self.left -= count
        return bytes(count)


def test_empty_files_and_folders_count_and_what_a_killed_server_left_does_not(server, box):
    left = box / "northmart/in/.upload-1-1"
    left.write_bytes(b"x" * 240_000)
    os.utime(left, (0, 0))
    client = client_of(server)
    client.mkdir("in/folder")
    for number in range(250_000 // 4096 - 3):  # beside the three folders
        client.open(f"in/{number}", "w").close()
    with pytest.raises(OSError, match="Failure"):
        client.open("in/one-more", "w")
    with pytest.raises(OSError, match="Failure"):
        client.mkdir("in/another")
    client.close()
    assert not left.exists()


def test_sessions_and_refused_logins_are_counted(server):
    clients = [client_of(server) for _ in range(2)]
    with pytest.raises((paramiko.SSHException, EOFError)):
        client_of(server)
    other = client_of(server, "pinewood")
    for client in [*clients, other]:
        client.get_channel().get_transport().close()
    for user, password in [("northmart", "wrong"), ("nobody", "open sesame")]:
        with pytest.raises(paramiko.AuthenticationException):
            client_of(server, user, password)
    with pytest.raises((paramiko.AuthenticationException, paramiko.SSHException, EOFError)):
        client_of(server, "root", "root")
    with pytest.raises((paramiko.SSHException, EOFError, OSError)):  # not even with the right one, for a while
        client_of(server)


def test_who_does_not_log_in_is_not_waited_for(box):
    with SftpServer(Boxes(box).find, limits=Limits(login_seconds=2)) as server:
        transport = paramiko.Transport(("127.0.0.1", server.port))
        with contextlib.suppress(paramiko.SSHException, EOFError):  # on a machine that stalls its time is over before it has begun
            transport.start_client(timeout=60)
        transport.join(60)
        assert not transport.is_active()


async def test_an_account_follows_the_profile_without_a_restart(app, root, server):
    client_of(server).get_channel().get_transport().close()
    profile = root / "partners/northmart/partner.yaml"
    profile.write_text(profile.read_text().replace("status: live", "status: suspended"))
    from gateway import operations
    from partners.load import read_files

    await operations.apply(app.context, read_files(root), by="test", reason="suspended")
    Accounts(app.context).write()
    with pytest.raises(paramiko.AuthenticationException):
        await asyncio.to_thread(client_of, server)
    assert not (root / "data/dropbox/.accounts/northmart.keys").exists()
    written = (root / "data/dropbox/.accounts/accounts.json").read_text()
    assert "sesame" not in written
    assert [one["user"] for one in json.loads(written)] == ["pinewood"]


def test_a_box_that_cannot_be_made_keeps_no_other_account_from_being_written(app, box):
    shutil.rmtree(box)
    box.mkdir()
    (box / "northmart").write_bytes(b"in the way")
    assert Accounts(app.context).write() == 2
    assert (box / "pinewood/in").is_dir()
    assert (box / ".accounts/pinewood.keys").exists()


def test_the_command_serves_as_a_process_of_its_own_with_nothing_but_the_boxes(app, box, root, tmp_path):
    shown = gateway("-w", root, "dropbox", "key", "--json").json
    assert shown["made"]
    key = root / "secrets/dropbox_host_key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert gateway("-w", root, "dropbox", "key").out.splitlines()[0] == shown["hostKey"]
    command = [sys.executable, "-m", "gateway", "dropbox", "serve", "--box", box, "--host-key", key, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        words = process.stdout.readline().decode()
        assert shown["fingerprint"] in words

        class Running:
            port = int(words.split(",")[0].rpartition(":")[2])

        done = sftp_command(Running, tmp_path / "pinewood", "pinewood", "ls")
        assert done.returncode == 0, done.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
    assert process.wait(60) == 0


@needs_sshd
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may lock an OpenSSH session into a folder (chroot)")
def test_openssh_serves_the_same_boxes_with_the_settings_that_we_print(app, root, tmp_path):
    printed = gateway("-w", root, "dropbox", "sshd").out
    assert "useradd --system --no-create-home --shell /usr/sbin/nologin --gid dropbox northmart" in printed
    settings = printed[printed.index("Match Group dropbox") :]
    jail = Path(tempfile.mkdtemp(dir="/var/lib"))  # every folder above a chroot belongs to root, and /tmp is everybody's
    try:
        jail.chmod(0o755)
        shutil.copytree(root / "data/dropbox", jail, dirs_exist_ok=True)
        for path in (jail / ".accounts", *(jail / ".accounts").iterdir()):
            os.chown(path, 65533, 65533)  # the gateway is not root
        settings = settings.replace("Match Group dropbox", "Match User root").replace(str(root.resolve() / "data/dropbox"), str(jail))
        settings = settings.replace("%u", "northmart")
        with running_sshd(tmp_path, config="StrictModes yes", after=settings) as sshd:
            (tmp_path / "order.edi").write_bytes(ORDER)
            put = sftp_command(sshd, tmp_path / "northmart", sshd.user, f"put {tmp_path}/order.edi in/order.edi", "ls /")
            assert put.returncode == 0, put.stderr
            assert (jail / "northmart/in/order.edi").read_bytes() == ORDER
            for command in ("ls /etc", "get /../pinewood/in /dev/null", "symlink /in in/way", "ln in/order.edi in/twice.edi"):
                assert sftp_command(sshd, tmp_path / "northmart", sshd.user, command).returncode == 1
            assert sftp_command(sshd, tmp_path / "pinewood", sshd.user, "ls").returncode == 255
    finally:
        shutil.rmtree(jail)
