"""`gateway edi`: what is in a file, whether it is right, what we would answer, and what else a person does with one."""

import typer

from gateway.cli.edi_ack import ack
from gateway.cli.edi_convert import convert
from gateway.cli.edi_diff import diff
from gateway.cli.edi_inspect import inspect
from gateway.cli.edi_obfuscate import obfuscate
from gateway.cli.edi_validate import validate

__all__ = ["app"]

app = typer.Typer(help="Look into EDI files: no workspace, store or network is needed.", no_args_is_help=True)
app.command()(inspect)
app.command()(validate)
app.command()(ack)
app.command()(diff)
app.command()(convert)
app.command()(obfuscate)
