"""`gateway map`: between EDI and canonical documents, both ways, on files alone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli import map_tools
from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, read_bytes, workspace_of, write_stdout

if TYPE_CHECKING:
    from gateway.cli.decoding import DecodedSet
    from gateway.cli.reading import Rules
    from maps.finding import MapFinding
    from partners.model import Workspace

__all__ = ["app"]

app = typer.Typer(help="Convert between EDI and canonical documents: no workspace or store is needed.", no_args_is_help=True)

PartnerOption = Annotated[str | None, typer.Option("--partner", metavar="ID", help="With this partner's agreements, maps and guides.")]
ResidueOption = Annotated[
    Path | None, typer.Option("--residue", metavar="FILE", help="Where the parts stand that the document does not hold.")
]


@app.command()
def decode(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="`-` reads standard input.")],
    partner: PartnerOption = None,
    envelope: Annotated[bool, typer.Option("--envelope", help="Print CloudEvents events around the documents.")] = False,
    residue: ResidueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the canonical documents of a file, one per line. Findings go to standard error.

    Exit code 0: every set became a document. 1: at least one did not. 2: no interchange in the file, or no map for a set.
    """
    from gateway.cli.decoding import decode_file

    workspace, rules = _agreed(context, partner)
    decoded = decode_file(file, workspace, rules)
    for one in decoded:
        _say(one, as_json=as_json)
        if one.document is not None:
            typer.echo(json.dumps(one.event() if envelope else one.document.to_json(), ensure_ascii=False))
    if rules.partner is not None and not as_json:
        _teach(decoded, rules, workspace)
    if residue is not None:
        lines = [json.dumps([part.to_json() for part in one.residue], ensure_ascii=False) for one in decoded if one.document is not None]
        _write(residue, "".join(f"{line}\n" for line in lines))
    if any(one.document is None for one in decoded):
        raise typer.Exit(ExitCode.FINDINGS)


@app.command()
def encode(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="DOC.json", help="A document, or one per line; `-` reads standard input.")],
    to: Annotated[str | None, typer.Option("--to", metavar="MAP", help="x12/004010/850; where the document came from when absent.")] = None,
    partner: PartnerOption = None,
    residue: ResidueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an interchange with the documents of a file to standard output. Findings go to standard error.

    Exit code 0: written. 1: a document cannot be written, or the result breaks the standard. 2: no document in the file, or no map.
    """
    from gateway.cli.encoding import encode_documents

    workspace, rules = _agreed(context, partner)
    kept = read_bytes(residue) if residue is not None else None
    written = encode_documents(read_bytes(file), to=to, workspace=workspace, rules=rules, residue=kept)
    for finding in written.findings:
        _say_finding(finding)
    if as_json:
        print_json({"interchange": written.text})
    else:
        write_stdout(written.data)


def _agreed(context: typer.Context, partner: str | None) -> "tuple[Workspace | None, Rules]":
    from gateway.cli.reading import STRICT

    if partner is None:
        return None, STRICT
    from gateway.cli.agreed import rules_of

    return rules_of(workspace_of(context), partner)


def _say(one: "DecodedSet", *, as_json: bool) -> None:
    """Findings of a set, on standard error, so that standard output stays documents alone."""
    from gateway.cli.findings import finding_json, finding_lines

    for finding in one.faults:
        if as_json:
            typer.echo(json.dumps(finding_json(finding, one.data, one.delimiters), ensure_ascii=False), err=True)
        else:
            typer.echo("\n".join(finding_lines(finding, one.data, one.delimiters, f"{one.name}: ")), err=True)
    for found in one.findings:
        _say_finding(found)


def _teach(decoded: "list[DecodedSet]", rules: "Rules", workspace: "Workspace | None") -> None:
    """What to write into an overlay, where the partner's map does not know a code."""
    from gateway.cli.decoding import registry_of
    from gateway.cli.overlay import lessons, unknown_codes, unlisted_codes

    assert rules.partner is not None
    registry, told = registry_of(workspace), set[str]()
    unlisted = unlisted_codes(fault for one in decoded for fault in one.faults)
    for agreement in rules.partner.agreements:
        ours = [finding for one in decoded if one.name.partition(" ")[0] == agreement.set_id for finding in one.findings]
        unknown = unknown_codes({"code": finding.code.value, "hint": finding.hint, "value": finding.value} for finding in ours)
        for line in lessons(rules.partner, agreement, unknown, registry, told=told, unlisted=unlisted):
            typer.echo(f"        {line}", err=True)


def _say_finding(finding: "MapFinding") -> None:
    from gateway.cli.words import visible

    place = f" ({finding.wire})" if finding.wire else ""
    value = f" (value {visible(finding.value)})" if finding.value else ""
    typer.echo(f"{finding.severity:7} {finding.path}{place}: {finding.message}{value}  [{finding.code}, {finding.rule}]", err=True)
    if finding.hint:
        typer.echo(f"        look at: {finding.hint}", err=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise CliError(f"{path}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a file that you may write.") from None


map_tools.register(app)
