"""`gateway status`: whether all is well, at one look."""

from typing import Any, Final

import typer

from gateway.cli.output import JsonOption, print_json, print_table, workspace_of

__all__ = ["register"]

_COLUMNS: Final = (("thing", "accounts"), ("lately", "last 24 hours"), ("waiting", "on its way"), ("held", "held"))
_ACCOUNTS: Final = {"transmission": "files and messages in", "document": "documents from the hub", "delivery": "deliveries out"}


def register(root: typer.Typer) -> None:
    """Add the command to the first level."""
    root.command()(status)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show whether the gateway runs, what waits for a person, and whether anything is missing."""
    from gateway.cli.client import ask, is_serving

    root = workspace_of(context)
    answer = {"serving": is_serving(root), **ask(root, "status"), "reconciliation": ask(root, "counts")}
    if as_json:
        print_json(answer)
        return
    _print_look(context, answer)
    _print_accounts(answer["reconciliation"])
    states = [
        {"thing": thing.replace("_", " "), "state": state, "count": count}
        for thing, counts in answer["things"].items()
        for state, count in counts.items()
        if count
    ]
    print_table(states, [("thing", "open"), ("state", ""), ("count", "")], empty="nothing is open")


def _print_look(context: typer.Context, answer: dict[str, Any]) -> None:
    from gateway.cli.words import command
    from gateway.plural import counted

    serving = "running" if answer["serving"] else f"standing still: nothing is worked on until `{command(context, 'serve')}`"
    revision = f"revision {answer['revision']}" if answer["revision"] else "the files as they stand, for nothing was applied yet"
    typer.echo(f"gateway    {serving}; {answer['environment']} traffic; {revision}")
    waiting = answer["held"] + answer["alarms"]
    waits = f"{counted(waiting, 'thing')} held, refused, overdue or found missing: `{command(context, 'held', 'list')}`"
    typer.echo(f"for you    {waits if waiting else 'nothing'}")
    if answer["oldestDueSeconds"] >= 1:
        typer.echo(f"late       the oldest work has been due for {answer['oldestDueSeconds']:.0f} s")
    if len(answer["nodes"]) > 1 or any(node["state"] == "dead" for node in answer["nodes"]):
        for node in answer["nodes"]:
            _print_node(node)
    for circuit in answer["breakers"]:
        _print_circuit(context, circuit)
    for one in answer["batches"]:
        if one.get("stopped"):
            typer.echo(f"stopped    the batch {one['name']} for {one['partnerId']}: {counted(one['documents'], 'document')} wait in it")
    for one in answer["retrying"]:
        if one["destination"] not in answer["resting"]:
            waits = f"{counted(one['deliveries'], 'delivery', 'deliveries')} tried up to {counted(one['attempts'], 'time')}"
            typer.echo(f"retrying   {one['destination']}: {waits}; {one['detail'] or one['title']}")
            typer.echo(f"           next ({one['owner']}): {one['nextAction']}")
    for reason in answer["overload"]:
        typer.echo(f"overload   {reason}: senders are told to come later")
    for served in answer["https"]:
        if served["fault"]:
            typer.echo(f"https      {served['listener']} goes on with the certificate it had: {served['fault']}")
            typer.echo(f"           next: put the certificate and its key in place; `{command(context, 'doctor')}` looks at both")
    _print_schedules(context, [folder for folder in answer["folders"] if folder["isTimed"]])
    for folder in answer["folders"]:
        _print_folder(folder)
    for source in answer["sources"]:
        if source.get("cause"):
            typer.echo(f"source     {source['source']} ({source['kind']}): {source['title']}: {source['detail']}")
            typer.echo(f"           next ({source['owner']}): {source['nextAction']}")
    for one in answer["certificates"]:
        typer.echo(f"expires    {one['sentence']}")
        typer.echo(f"           next ({one['owner']}): {one['nextAction']}")
    typer.echo()


def _print_node(node: dict[str, Any]) -> None:
    leads = ", leads" if node["leads"] else ""
    where = f"{node['role']} {node['pid']} on {node['host']}, release {node['release']}"
    typer.echo(f"node       {where}: {node['state']}{leads}, seen {node['seenAt'][:19]}Z")
    if node["state"] == "dead":
        typer.echo("           next: its work is taken up by the others; start it again, or look at its machine")


def _print_circuit(context: typer.Context, circuit: dict[str, Any]) -> None:
    """A destination that does not answer, or that catches up."""
    from gateway.cli.words import command
    from gateway.plural import counted

    waiting = counted(circuit["waiting"], "delivery waits", "deliveries wait")
    match circuit["state"]:
        case "catching-up":
            typer.echo(f"degraded   {circuit['destination']} catches up: {waiting}, {circuit['perSecond']:g} go a second")
        case "open" | "trying":
            why = f"kept away by a person: {circuit['reason']}" if "reason" in circuit else "tried again by itself"
            said = circuit.get("title", "Kept away")
            typer.echo(f"degraded   {circuit['destination']}: {said[:1].lower()}{said[1:]}; {waiting}; {why}")
            typer.echo(f"           next (operator): find out why; `{command(context, 'breaker', 'list')}` tells more")


def _print_schedules(context: typer.Context, folders: list[dict[str, Any]]) -> None:
    """Which of the folders with a schedule is looked at next."""
    from gateway.cli.words import command, is_to_come, moment
    from gateway.plural import counted

    if folders:
        first = min(folders, key=lambda folder: str(folder["nextLookAt"]))
        at = moment(first["nextLookAt"]) if is_to_come(first["nextLookAt"]) else "now"
        timed = f"{counted(len(folders), 'folder')} looked at by schedule"
        typer.echo(f"pickups    {timed}, next {first['folder']} {at}: `{command(context, 'sftp', 'list')}`")


def _print_folder(folder: dict[str, Any]) -> None:
    """A folder of a partner, when files stay in it."""
    if folder.get("cause"):
        typer.echo(f"folder     {folder['folder']}: {folder['title']}: {folder['detail']}")
        typer.echo(f"           next ({folder['owner']}): {folder['nextAction']}")
    for trouble in folder["troubles"]:
        names = ", ".join(trouble["files"])
        typer.echo(f"folder     {folder['folder']}: {trouble['count']} not taken, {trouble['kind'].replace('-', ' ')}: {names}")
        typer.echo(f"           next: {trouble['nextAction']}")


def _print_accounts(books: dict[str, Any]) -> None:
    rows = [{"thing": words, **{name: books[name][thing] for name, _ in _COLUMNS[1:]}} for thing, words in _ACCOUNTS.items()]
    print_table(rows, _COLUMNS, empty="")
    if books["lost"]:
        typer.secho(f"LOST       {', '.join(books['lost'])}", fg=typer.colors.RED)
        typer.echo('           a fault of ours, please report it; `gateway replay ID --reason "…"` takes it up again')
    else:
        typer.echo("nothing is lost: all of it is finished, on its way, or held")
    typer.echo()
