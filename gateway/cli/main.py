"""The entry point of `gateway`: the commands, the options that all of them share, and the end of every run."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import (
    acks,
    as2,
    backup,
    batch,
    breaker,
    cert,
    checks,
    control,
    docs,
    dropbox,
    edi,
    feed,
    held,
    keys,
    migrate,
    partner,
    reconcile,
    replay,
    retention,
    sftp,
    slo,
    status,
    transfer,
    workspace,
    xref,
)
from gateway.cli import map as mapping
from gateway.cli.output import CliError, fail

__all__ = ["app", "main"]

app = typer.Typer(
    name="gateway",
    help="An EDI and B2B partner gateway: X12 and EDIFACT over AS2, SFTP, HTTP and folders.",
    epilog="Exit codes: 0 ok · 1 findings, or it failed · 2 cannot: usage, unreadable, no interchange · 3 not found, or held",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(edi.app, name="edi")
app.add_typer(mapping.app, name="map")
app.add_typer(partner.app, name="partner")
app.add_typer(keys.app, name="key")
app.add_typer(as2.app, name="as2")
app.add_typer(cert.app, name="cert")
app.add_typer(sftp.app, name="sftp")
app.add_typer(dropbox.app, name="dropbox")
app.add_typer(acks.app, name="acks")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(docs.app, name="docs")
app.add_typer(held.app, name="held")
app.add_typer(control.app, name="control")
app.add_typer(replay.app, name="replay")
app.add_typer(feed.app, name="feed")
app.add_typer(breaker.app, name="breaker")
app.add_typer(retention.app, name="retention")
app.add_typer(batch.app, name="batch")
app.add_typer(xref.app, name="xref")
app.command()(checks.checks)
app.command()(slo.slo)
app.command()(transfer.send)
workspace.register(app)
held.register(app)
status.register(app)
migrate.register(app)
backup.register(app)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"partner-gateway {version('partner-gateway')}")
        except PackageNotFoundError:
            typer.echo("partner-gateway, from a checkout that is not installed")
        raise typer.Exit


@app.callback()
def shared(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Option("--workspace", "-w", envvar="GATEWAY_WORKSPACE", help="The folder with gateway.yaml and partners/.")
    ] = Path(),
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")] = False,
) -> None:
    """Take the options that stand before the command."""
    context.obj = folder


def main(arguments: list[str] | None = None) -> None:
    """Run one command. Whatever happens, the end is an exit code and a sentence, never a traceback."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        app(arguments, prog_name="gateway")
    except CliError as fault:
        fail(fault, as_json=as_json)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:  # a fault of ours: its class helps a report, its text could quote data
        place = _innermost(fault)
        fail(CliError(f"fault in the gateway ({type(fault).__name__} at {place})", "Please report it with this line."), as_json=as_json)


def _innermost(fault: BaseException) -> str:
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else "unknown"


if __name__ == "__main__":
    main()
