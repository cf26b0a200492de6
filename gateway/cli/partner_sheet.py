"""`gateway partner sheet`: our page for the partner's engineer."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import CliError, JsonOption, print_json, workspace_of

__all__ = ["sheet"]


def sheet(
    context: typer.Context,
    partner_id: Annotated[str, typer.Argument(metavar="ID", help="Name of the partner's folder.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Standard output when absent.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="html, md or txt; by the name of FILE when absent, else html.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the page that the partner's engineer needs: our names, addresses, certificates, algorithms. Holds no secret."""
    from gateway.cli.agreed import load_workspace, partner_of
    from gateway.cli.client import settings_of
    from gateway.cli.sheet import sheet_of
    from gateway.cli.sheet_pages import PAGES

    root = workspace_of(context)
    form = form or (output.suffix.removeprefix(".") if output is not None and output.suffix.removeprefix(".") in PAGES else "html")
    if form not in PAGES:
        raise CliError(f"{form!r} is no form of a page", f"One of {', '.join(PAGES)}.")
    workspace = load_workspace(root)
    settings = settings_of(root)
    made = sheet_of(
        workspace, settings, partner_of(workspace, partner_id), datetime.now(tz=UTC), lambda: _host_key(root, settings.dropbox.host_key)
    )
    if as_json:
        print_json(asdict(made))
        return
    text = PAGES[form](made)
    if output is None:
        typer.echo(text, nl=False)
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as fault:
            raise CliError(f"{output}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a file that you may write.") from None
        typer.echo(f"{output}: look at it, then send it to the partner; it holds no secret")
    for remark in made.remarks:
        typer.echo(f"remark: {remark}", err=True)


def _host_key(root: Path, reference: str) -> str | None:
    """The fingerprint of our drop box server's key; None where it has none yet."""
    from gateway.settings import SecretError, resolve
    from sftp.server import public_host_key
    from sftp.session import fingerprint

    try:
        return fingerprint(public_host_key(resolve(reference, root)))
    except (SecretError, ValueError):
        return None
