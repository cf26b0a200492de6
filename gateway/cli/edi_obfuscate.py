"""`gateway edi obfuscate`: a file that may be shown to others, with the same faults."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.edi_shared import FileArgument, OutputOption, deliver
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json

if TYPE_CHECKING:
    from gateway.cli.reading import ReadFile

__all__ = ["obfuscate"]


def obfuscate(
    file: FileArgument,
    output: OutputOption = None,
    seed: Annotated[str | None, typer.Option("--seed", metavar="TEXT", help="The same seed gives the same file; else by chance.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a file to show to others: names, addresses, ids, references, prices and texts replaced, its faults the same.

    Example: gateway edi obfuscate orders.edi --output to-show.edi

    The same value becomes the same value, so control numbers and references still match; codes, dates, quantities and counts stay.
    Look at the result before you send it away: what hides in a code or a date is not found. With --json the file must go to --output.
    Exit code 0: written, and checked to have the same faults. 1: its faults differ. 2: the file holds no interchange.
    """
    import secrets

    from edi.obfuscate import obfuscate as obfuscated
    from gateway.cli.reading import entire, judge

    if as_json and output is None:
        raise CliError("--json needs --output: standard output cannot hold both.", "Name a file with --output.")
    read = entire(judge(file, by_others=False))
    key = secrets.token_bytes(16) if seed is None else seed.encode("utf-8", "surrogateescape")
    made = obfuscated(read.data, read.interchanges, key)
    before, after = _faults(read), _faults(judge(file, data=made, by_others=False))
    deliver(made, output)
    if as_json:
        print_json({"file": str(file), "output": str(output), "bytes": len(made), "findings": len(before), "sameFindings": before == after})
    if before != after:
        words = f"{file}: the faults of what was written are not those of the file ({len(after)} findings, not {len(before)})"
        if not as_json:
            typer.echo(f"{words}\n  next: try another --seed, and please report it.", err=True)
        raise typer.Exit(ExitCode.FINDINGS)


def _faults(read: "ReadFile") -> list[tuple[Any, ...]]:
    """Code, severity and place; the tag is left out, for text in the place of a tag is replaced too."""
    found = [finding for interchange in read.interchanges for finding in interchange.findings]
    places = [(one.location.offset, one.location.element, one.location.repetition, one.location.component) for one in found]
    return [(finding.code, finding.severity, *place) for finding, place in zip(found, places, strict=True)]
