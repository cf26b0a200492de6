"""`gateway dropbox`: the server of the drop boxes that we host, as a process of its own, and the settings for OpenSSH in its place."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.output import CliError, JsonOption, print_json, workspace_of

if TYPE_CHECKING:
    from sftp.box_settings import BoxServer

__all__ = ["app"]

app = typer.Typer(help="Drop boxes that we host for partners who push files.", no_args_is_help=True)

_SSHD: Final = """\
# Accounts are the partners' ids; keys come from their profiles by way of {accounts}, which the gateway writes: sshd itself
# would read files of root and of the user only. It locks nobody into a folder unless all folders above it are root's alone, so
# gateway.yaml has to say where: `dropbox: {{folder: /srv/...}}`.
# Once, as root:
# groupadd {group}; install -d -o root -g root -m 755 {box}; install -d -o root -g {owner} -m 2775 {accounts}
{users}
Match Group {group}
    AuthorizedKeysFile none
    AuthorizedKeysCommand /bin/cat {accounts}/%u.keys
    AuthorizedKeysCommandUser nobody
    ChrootDirectory {box}/%u
    ForceCommand internal-sftp -d / -P symlink,hardlink
    AuthenticationMethods publickey
    AllowTcpForwarding no
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    PermitTunnel no
    X11Forwarding no
    PermitTTY no
    PermitUserRC no
    MaxSessions 10
    ClientAliveInterval 60
    ClientAliveCountMax 3
"""
_USER: Final = """\
# useradd --system --no-create-home --shell /usr/sbin/nologin --gid {group} {user}
# install -d -o root -g root -m 755 {box}/{user}; install -d -o {user} -g {owner} -m 2770 {box}/{user}/in {box}/{user}/out"""


@app.command()
def serve(
    context: typer.Context,
    box: Annotated[Path | None, typer.Option("--box", help="The folder of the boxes; as gateway.yaml says when absent.")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Where to listen.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="0 is a free one.")] = None,
    host_key: Annotated[Path | None, typer.Option("--host-key", help="File of the private host key.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve until stopped. With `--box` and `--host-key` it reads nothing else: run it as a user who can read nothing else.

    The accounts are those that the gateway writes beside the boxes; a change counts at the next login.
    """
    import signal
    import threading

    from sftp.boxes import Boxes
    from sftp.server import SftpServer
    from sftp.session import fingerprint

    said = _said(workspace_of(context)) if box is None or host_key is None else None
    folder = box if box is not None else _box(workspace_of(context))
    text = _read_key(host_key) if host_key is not None else _own_key(workspace_of(context), said)
    listen = (host or (said.host if said else "127.0.0.1"), port if port is not None else (said.port if said else 2222))
    try:
        server = SftpServer(Boxes(folder).find, host_key=text, host=listen[0], port=listen[1])
        server.start()
    except OSError as fault:
        raise CliError(f"cannot listen at {listen[0]}:{listen[1]} ({fault.strerror})", "Choose another port with --port.") from None
    except ValueError as fault:
        raise CliError("the host key is no Ed25519 key", "`gateway dropbox key` makes one.") from fault
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if as_json:
        print_json({"host": listen[0], "port": server.port, "hostKey": server.host_key, "fingerprint": fingerprint(server.host_key)})
    else:
        typer.echo(f"serving at {listen[0]}:{server.port}, host key {fingerprint(server.host_key)}")
    ended.wait()
    server.stop()


@app.command()
def key(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show the public host key, for partners to pin; make one where there is none."""
    from sftp.server import new_host_key, public_host_key
    from sftp.session import fingerprint

    root = workspace_of(context)
    kind, _, name = _said(root).host_key.partition(":")
    made = kind == "file" and not (root / name).exists()
    if made:
        (root / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (root / name).touch(mode=0o600)
        (root / name).write_text(new_host_key(), encoding="ascii")
    public = public_host_key(_own_key(root, _said(root)))
    if as_json:
        print_json({"hostKey": public, "fingerprint": fingerprint(public), "made": made})
    else:
        typer.echo(f"{public}\n{fingerprint(public)}{' (new)' if made else ''}")


@app.command()
def sshd(
    context: typer.Context,
    group: Annotated[str, typer.Option("--group", help="The group of the accounts.")] = "dropbox",
    owner: Annotated[str, typer.Option("--owner", help="The group that the gateway runs as.")] = "gateway",
    as_json: JsonOption = False,
) -> None:
    """Print what OpenSSH needs to serve the boxes: chroot, no shell, keys from the profiles. For anything on the Internet."""
    from gateway.cli.agreed import load_workspace
    from gateway.operations.dropbox import ACCOUNTS

    root = workspace_of(context)
    box = _box(root)
    users = sorted(one.id for one in load_workspace(root).partners.values() if one.transports.dropbox is not None)
    lines = "\n".join(_USER.format(user=user, group=group, owner=owner, box=box) for user in users) or "# no partner has a drop box yet"
    text = _SSHD.format(accounts=box / ACCOUNTS, users=lines, group=group, owner=owner, box=box)
    if as_json:
        print_json({"config": text, "users": users, "box": str(box)})
    else:
        typer.echo(text, nl=False)


def _said(root: Path) -> "BoxServer":
    from gateway.cli.agreed import load_workspace
    from gateway.settings import load_settings

    load_workspace(root)  # tells the faults of gateway.yaml
    return load_settings(root).dropbox


def _box(root: Path) -> Path:
    from gateway.operations.dropbox import box_folder
    from gateway.settings import load_settings

    return box_folder(load_settings(root), root.resolve())


def _own_key(root: Path, said: "BoxServer | None") -> str:
    from gateway.settings import SecretError, resolve

    assert said is not None
    try:
        return resolve(said.host_key, root)
    except SecretError as fault:
        raise CliError(str(fault), "`gateway dropbox key` makes one.") from None


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise CliError(f"{path} cannot be read", "Give the file of an Ed25519 key, as ssh-keygen makes it.") from None
