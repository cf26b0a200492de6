"""`gateway edi convert`: a file as JSON, XML or EDI for people, and JSON as EDI again."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.edi_shared import FileArgument, OutputOption, deliver
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, read_bytes

if TYPE_CHECKING:
    from edi.plain import Plain

__all__ = ["convert"]


class Form(StrEnum):
    """What a file can be converted to."""

    JSON = "json"
    XML = "xml"
    PRETTY = "pretty"
    EDI = "edi"


def convert(
    file: FileArgument,
    to: Annotated[Form, typer.Option("--to", help="json, xml, pretty (a segment a line, still EDI), or edi.")],
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a file in another form. JSON loses nothing: `--to edi` of it gives the same interchange.

    Example: gateway edi convert orders.edi --to json | jq '.interchanges[0].groups[0].sets[0]'

    The file may be wrong: what is in it is written as it is. With --json, which tells what was written, it must go to --output.
    Exit code 2: the file holds no interchange, or cannot be written.
    """
    if as_json and output is None:
        raise CliError("--json needs --output: standard output cannot hold both.", "Name a file with --output.")
    data = read_bytes(file)
    is_json = data.lstrip()[:1] == b"{"
    made = _of_json(data, to, file) if is_json else _of_edi(data, to, file)
    deliver(made, output)
    if as_json:
        print_json({"file": str(file), "to": to.value, "output": str(output), "bytes": len(made)})


def _of_edi(data: bytes, to: Form, file: Path) -> bytes:
    from edi.convert import to_edi, to_json, to_pretty, to_xml
    from edi.errors import WriteError
    from edi.finding import FindingCode
    from gateway.cli.reading import entire, judge

    interchanges = entire(judge(file, data=data, by_others=False), segments=True).interchanges
    if any(finding.code is FindingCode.DATA_OUTSIDE_ENVELOPE for one in interchanges for finding in one.interchange.findings):
        typer.echo(f"{file}: what stands in no set or group is not converted", err=True)
    if to is Form.JSON:
        return (json.dumps(to_json(interchanges), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    if to is Form.XML:
        return "".join(to_xml(interchanges)).encode("utf-8", "replace")
    try:
        return to_pretty(interchanges) if to is Form.PRETTY else to_edi(interchanges)
    except WriteError as fault:
        raise _refused(file, fault) from None


def _of_json(data: bytes, to: Form, file: Path) -> bytes:
    from edi.convert import from_json, to_edi, to_pretty
    from edi.errors import NoInterchangeError, WriteError
    from edi.read import read

    try:
        interchanges: tuple[Plain, ...] = from_json(data)
        made = to_pretty(interchanges) if to is Form.PRETTY else to_edi(interchanges)
        read(made)
    except (WriteError, NoInterchangeError) as fault:
        raise _refused(file, fault) from None
    return made if to in {Form.EDI, Form.PRETTY} else _of_edi(made, to, file)


def _refused(file: Path, fault: Exception) -> CliError:
    return CliError(f"{file}: {fault}", "Give a file with an interchange, or the JSON that `--to json` made.", code=ExitCode.CANNOT)
