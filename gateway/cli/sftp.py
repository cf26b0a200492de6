"""`gateway sftp`: whether a partner's server does what its profile asks for, which host key it shows, and when it is looked at."""

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, print_table, workspace_of

if TYPE_CHECKING:
    from pathlib import Path

    from sftp.settings import SftpSettings

__all__ = ["app"]

app = typer.Typer(help="SFTP with a partner: try its server, pin its host key, look into its folders now.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="PARTNER")]
_COLUMNS: Final = (("folder", "folder"), ("schedule", "looked at"), ("last", "last"), ("next", "next"), ("state", ""))


@app.command("list")
def list_(
    context: typer.Context,
    partner_id: Annotated[str | None, typer.Argument(metavar="[PARTNER]", help="One partner's only.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the folders that we fetch from, on servers and here: by which schedule, when each was looked at last, and when next."""
    from gateway.cli.client import ask

    found = [one for one in ask(workspace_of(context), "status")["folders"] if partner_id in {None, one["folder"].partition(":")[0]}]
    if as_json:
        print_json({"folders": found})
        return
    print_table([_row(one) for one in found], _COLUMNS, empty="no profile names a folder to fetch from")


def _row(one: dict[str, Any]) -> dict[str, Any]:
    from gateway.cli.words import is_to_come, moment, visible

    following = one["nextLookAt"]
    return {
        "folder": visible(one["folder"]),
        "schedule": one["schedule"],
        "last": moment(one["lookedAt"]) if one["lookedAt"] else "-",
        "next": (moment(following) if is_to_come(following) else "now") if following else "-",
        "state": one.get("title") or ("files stay in it" if one["troubles"] else ""),
    }


@app.command("test")
def try_server(context: typer.Context, partner_id: Id, as_json: JsonOption = False) -> None:
    """Log in, list, write, rename and delete with files of our own, as the profile says, and tell the reason of each failure."""
    from gateway.settings import SecretError, resolve
    from sftp.session import Secrets
    from sftp.trial import try_endpoint

    root = workspace_of(context)
    settings = _endpoint(root, partner_id)
    try:
        secrets = Secrets.of(settings, lambda reference: resolve(reference, root))
    except SecretError as fault:
        raise CliError(str(fault), "Set the variable or write the file.") from None
    trial = try_endpoint(settings, secrets)
    if as_json:
        steps = [{"name": s.name, "ok": s.ok, "detail": s.detail, "nextAction": s.next_action or None} for s in trial.steps]
        print_json({"partner": partner_id, "ok": trial.ok, "steps": steps})
    else:
        for step in trial.steps:
            typer.echo(f"{'done' if step.ok else 'failed':8} {step.name}{': ' if step.detail else ''}{step.detail}")
            if step.next_action:
                typer.echo(f"{'':8} next: {step.next_action}")
        typer.echo("everything that the profile asks for can be done" if trial.ok else "not everything can be done")
    if not trial.ok:
        raise typer.Exit(ExitCode.FINDINGS)


@app.command()
def pin(
    context: typer.Context,
    server: Annotated[str, typer.Argument(metavar="PARTNER|HOST[:PORT]", help="A partner of the workspace, or a server by its name.")],
    as_json: JsonOption = False,
) -> None:
    """Show the host key of a server, to be compared with the partner by phone, and the line for the profile. Nobody logs in."""
    from sftp.errors import SftpError
    from sftp.session import fingerprint, offered_host_key

    settings, pinned = _named(workspace_of(context), server)
    try:
        key = offered_host_key(settings)
    except SftpError as error:
        raise CliError(str(error), "Check host, port and firewall.", ExitCode.FINDINGS) from None
    known = key in pinned
    if as_json:
        print_json({"server": server, "hostKey": key, "fingerprint": fingerprint(key), "pinned": known})
    else:
        typer.echo(fingerprint(key))
        if known:
            typer.echo("this key is pinned in the profile")
        else:
            typer.echo("compare it with the partner by phone; when it is the same, it belongs into transports.sftp of the profile:")
            typer.echo(f'  host_keys: {{current: "{key}"}}')
            if pinned:
                typer.echo(f"pinned so far: {', '.join(fingerprint(one) for one in pinned)}")
    if pinned and not known:
        raise typer.Exit(ExitCode.FINDINGS)


@app.command()
def poll(context: typer.Context, partner_id: Id, as_json: JsonOption = False) -> None:
    """Look into the partner's folders now, on its server and here, and tell what was found. Needs the running gateway."""
    from gateway.cli.client import ask
    from gateway.cli.words import visible

    answer = ask(workspace_of(context), "poll", partner_id)
    well = answer["complete"] and not any("cause" in folder or folder["troubles"] for folder in answer["folders"])
    if as_json:
        print_json(answer)
    else:
        for folder in answer["folders"]:
            typer.echo(f"{visible(folder['folder'])}: {folder['taken']} taken, {folder['waiting']} seen for the first time")
            if "cause" in folder:
                typer.echo(f"  {folder['title']}: {folder['detail']}\n  next: {folder['nextAction']}")
            for trouble in folder["troubles"]:
                names = ", ".join(visible(name) for name in trouble["files"])
                typer.echo(f"  {trouble['kind']}, {trouble['count']} files: {names}\n  next: {trouble['nextAction']}")
        if not answer["complete"]:
            typer.echo("not every folder answered in time; `gateway status` shows how the looks end")
    if not well:
        raise typer.Exit(ExitCode.FINDINGS)


def _unpinned(root: "Path", partner_id: str) -> str | None:
    """HOST:PORT as the file says them: a profile is not whole before its host key is pinned, and who pins it asks for it here."""
    from gateway.cli.cert_book import read_book

    sftp = (read_book(root, f"partner:{partner_id}").data.get("transports") or {}).get("sftp")
    host = sftp.get("host") if isinstance(sftp, dict) else None
    return f"{host}:{sftp.get('port', 22)}" if isinstance(host, str) and isinstance(sftp, dict) else None


def _endpoint(root: "Path", partner_id: str) -> "SftpSettings":
    from gateway.cli.agreed import load_workspace, partner_of

    settings = partner_of(load_workspace(root), partner_id).transports.sftp
    if settings is None:
        raise CliError(f"{partner_id} has no SFTP server", "Add transports.sftp to its profile.", ExitCode.NOT_FOUND)
    return settings


def _named(root: "Path", server: str) -> tuple["SftpSettings", tuple[str, ...]]:
    """How to reach it, and what is pinned. A server that is no partner's yet needs no workspace."""
    from partners.scalars import ID
    from sftp.settings import HostKeys, SftpSettings, Timeouts

    if ID.fullmatch(server) and (root / "partners" / server).is_dir():
        try:
            settings = _endpoint(root, server)
        except CliError as fault:
            if fault.code is ExitCode.NOT_FOUND or (unpinned_server := _unpinned(root, server)) is None:
                raise
            server = unpinned_server
        else:
            return settings, settings.host_keys.accepted
    try:
        place = urlsplit(f"//{server}")
        host, port = place.hostname or "", place.port or 22
    except ValueError:
        host, port = "", 0
    if not host:
        raise CliError(f"{server!r} is no partner of this workspace, and no server", "Name the server as HOST or HOST:PORT.")
    unpinned = HostKeys.model_construct(current="", next=None)
    settings = SftpSettings.model_construct(
        host=host, port=port, user="", host_keys=unpinned, legacy=frozenset(), timeouts=Timeouts(connect=10, banner=10)
    )
    return settings, ()
