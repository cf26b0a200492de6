"""Commands about the workspace as a whole: make one, put it in force, serve it, see what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, operator, print_json, workspace_of

if TYPE_CHECKING:
    from gateway.cli.check import Check

__all__ = ["register"]

Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the revision.")]


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the first level."""
    for command in (init, demo, serve, doctor, plan, apply, rollback):
        root.command()(command)


def init(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A new or empty folder; the workspace when absent.")] = None,
    name: Annotated[str, typer.Option("--name", help="The company's name; the `org` of ids and events is made of it.")] = "My Company",
    own_id: Annotated[
        str, typer.Option("--id", metavar="[QUALIFIER:]ID", help="The company's address in X12, of ZZ without a qualifier, and AS2 name.")
    ] = "MYCOMPANY",
    quickstart: Annotated[bool, typer.Option("--quickstart", help="The example company, with partners that run on this machine.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: gateway.yaml, a folder for partners, keys of its own."""
    from gateway.cli.scaffold import make_workspace

    target = folder or workspace_of(context)
    made = make_workspace(target, quickstart=quickstart, name=name, own_id=own_id)
    if as_json:
        print_json({"workspace": str(target), "files": made})
        return
    for path in made:
        typer.echo(f"  {target / path}")
    typer.echo(f"next: look into {target / 'gateway.yaml'} (name, org, addresses, sinks), then `gateway -w {target} doctor`,")
    typer.echo(f"      `gateway -w {target} partner new ID --from-sample FILE`, and `gateway -w {target} serve`")


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running at the end and print the addresses.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the whole story on this machine: a hub, a retailer, a 3PL and an API partner, each step checked."""
    from gateway.demo import story

    raise typer.Exit(story.main(keep=keep, as_json=as_json))


def serve(
    context: typer.Context,
    role: Annotated[
        str, typer.Option(metavar="web|worker|poller|all", help="What this process does, where several share a PostgreSQL database.")
    ] = "all",
) -> None:
    """Run the gateway of the workspace until it is stopped (SIGTERM or Ctrl-C)."""
    from gateway.cli.serving import serve_until_stopped

    if role not in {"web", "worker", "poller", "all"}:
        raise CliError(f"no such role: {role}", "One of web, worker, poller, all.")
    serve_until_stopped(workspace_of(context), role)


def doctor(
    context: typer.Context,
    deep: Annotated[bool, typer.Option("--deep", help="Look at all that is stored too: bytes, references, work, numbers.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="With --deep: mend what can safely be mended.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the workspace and what it needs; each line that is not ok says what to do."""
    from gateway.cli.doctor import examine
    from gateway.cli.doctor_deep import deep_checks

    checks = examine(workspace_of(context))
    if deep or repair:
        checks += deep_checks(workspace_of(context), repair=repair)
    if as_json:
        print_json({"ok": not any(check.is_fault for check in checks), "checks": [check.as_json() for check in checks]})
    else:
        _print_checks(checks)
    if any(check.is_fault for check in checks):
        raise typer.Exit(ExitCode.FINDINGS)


def plan(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what `apply` would change: the files of the workspace against the revision in force.

    Exit code 1: the files have faults.
    """
    from gateway.cli.client import ask
    from gateway.cli.remarks import remarks as remarks_on
    from gateway.cli.words import command
    from gateway.pipeline.active import check_files
    from partners.load import read_files

    root = workspace_of(context)
    answer = ask(root, "plan")
    remarks = [str(remark) for remark in remarks_on(check_files(read_files(root)))] if answer["valid"] else []
    if as_json:
        print_json({**answer, "remarks": remarks})
    else:
        _print_faults(answer["faults"])
        _print_changes(answer["changes"], against=answer["revision"])
        for remark in remarks:
            typer.echo(f"remark  {remark}")
        if answer["valid"] and answer["changes"]:
            typer.echo(f"next: `{command(context, 'apply')}` puts this in force")
    if not answer["valid"]:
        raise typer.Exit(ExitCode.FINDINGS)


def apply(context: typer.Context, reason: Reason = "applied from the command line", as_json: JsonOption = False) -> None:
    """Put the files of the workspace in force, as a new revision."""
    _revise(context, "apply", as_json, reason=reason)


def rollback(
    context: typer.Context,
    to: Annotated[int | None, typer.Option("--to", min=1, help="A revision; the one before when absent.")] = None,
    reason: Reason = "rolled back from the command line",
    as_json: JsonOption = False,
) -> None:
    """Put an earlier revision in force again, as a new revision. The files of the workspace stay as they are."""
    _revise(context, "rollback", as_json, reason=reason, to=to)


def _revise(context: typer.Context, operation: str, as_json: bool, **arguments: Any) -> None:
    from gateway.cli.client import ask

    try:
        answer = ask(workspace_of(context), operation, by=operator(), **arguments)
    except CliError as fault:
        if not as_json:
            _print_faults(fault.details.get("faults", []))
        raise
    if as_json:
        print_json(answer)
        return
    for change in answer["changes"]:
        typer.echo(f"{change['change']:8} {change['file']}")
    typer.echo(
        f"revision {answer['revision']} is in force" if answer["changed"] else f"nothing to do: revision {answer['revision']} is in force"
    )


def _print_faults(faults: list[dict[str, Any]]) -> None:
    for fault in faults:
        place = f"{fault['file']}: {fault['path']}" if fault.get("path") else fault.get("file", "")
        typer.echo(f"{typer.style('fault', fg=typer.colors.RED)}   {place}: {fault['message']}")


def _print_changes(changes: list[dict[str, Any]], *, against: int) -> None:
    if not changes:
        typer.echo(f"no change against revision {against}")
    colors = {"+": typer.colors.GREEN, "-": typer.colors.RED}
    for change in changes:
        typer.echo(f"{change['change']:8} {change['file']}")
        for line in change["diff"] if change["change"] == "changed" else ():
            typer.echo(f"    {typer.style(line, fg=colors.get(line[:1]))}")


def _print_checks(checks: "list[Check]") -> None:
    colors = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "fault": typer.colors.RED}
    for check in checks:
        typer.echo(f"{typer.style(f'{check.status:8}', fg=colors[check.status])}{check.name}: {check.detail}")
        if check.next_action:
            typer.echo(f"        next: {check.next_action}")
