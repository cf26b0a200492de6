"""`gateway as2 evidence`: what proves an AS2 message, as a bundle that openssl alone can verify."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import JsonOption, print_json, workspace_of

__all__ = ["evidence"]


def evidence(
    context: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Of a transmission that came by AS2, of a delivery, or of a document.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The ZIP file; evidence-ID.zip when absent.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the message, its MIC, its MDN and the certificates used into a ZIP file, with the steps that verify them by openssl."""
    from gateway.cli.transfer import fetch

    target = output if output is not None else Path(f"evidence-{id_}.zip")
    fetch(workspace_of(context), id_, target, "evidence")
    if as_json:
        print_json({"id": id_, "file": str(target), "bytes": target.stat().st_size})
    else:
        typer.echo(f"{target}: unpack it, read README.txt, and run verify.sh")
