"""`gateway edi`: what is in a file, whether it is right, and what we would answer."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import CliError, ExitCode, JsonOption, print_json, workspace_of, write_stdout

if TYPE_CHECKING:
    from edi.acks import AckOptions
    from edi.finding import Finding
    from edi.validate import ValidatedInterchange
    from gateway.cli.reading import ReadFile, Rules

__all__ = ["app"]

app = typer.Typer(help="Look into EDI files: no workspace, store or network is needed.", no_args_is_help=True)

PartnerOption = Annotated[
    str | None, typer.Option("--partner", metavar="ID", help="Judge by this partner's agreements instead of the bare standard.")
]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="`-` reads standard input.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="`-` reads standard input.")]


@app.command()
def validate(context: typer.Context, files: Files, partner: PartnerOption = None, as_json: JsonOption = False) -> None:
    """Check files against the standard, or against what was agreed with a partner.

    Exit code 0: no finding is an error. 1: at least one is. 2: a file holds no interchange.
    """
    from gateway.cli.reading import judge

    rules = _rules(context, partner)
    code = ExitCode.OK
    reports: list[dict[str, Any]] = []
    for path in files:
        try:
            read = judge(path, rules)
        except CliError as fault:
            code = ExitCode.CANNOT
            reports.append({"file": str(path), "ok": False, "error": fault.message, "nextAction": fault.next_action})
            if not as_json:
                typer.echo(f"{fault.message}\n  next: {fault.next_action}", err=True)
            continue
        code = max(code, ExitCode.FINDINGS if read.has_errors else ExitCode.OK)
        reports.append(_report(read))
        if not as_json:
            _print_report(read)
    if as_json:
        print_json({"ok": code is ExitCode.OK, "files": reports})
    raise typer.Exit(code)


@app.command()
def inspect(context: typer.Context, file: File, partner: PartnerOption = None, as_json: JsonOption = False) -> None:
    """Show what is in a file in plain words: envelopes, sets, segments with their names, and what is wrong."""
    from edi.describe import outline
    from gateway.cli.outline import print_outline
    from gateway.cli.reading import judge

    read = judge(file, _rules(context, partner))
    outlines = [outline(interchange) for interchange in read.interchanges]
    if as_json:
        print_json({**_report(read), "interchanges": outlines})
        return
    for one in outlines:
        print_outline(one)
    _print_report(read)


@app.command()
def ack(
    context: typer.Context,
    file: File,
    partner: PartnerOption = None,
    number: Annotated[int, typer.Option("--number", min=1, max=999_999_999, help="Control number of the answer.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Write the acknowledgment of a file to standard output: 997, TA1 or CONTRL, as the standard asks for it."""
    from edi.acks import AckNumbers, answer
    from gateway.cli.reading import judge

    rules = _rules(context, partner)
    read = judge(file, rules)
    now = datetime.now(tz=UTC)
    answers = []
    for index, interchange in enumerate(read.interchanges):
        of_one = number + index
        numbers = AckNumbers(interchange=str(of_one), group=str(of_one), set="0001")
        answers.append(answer(interchange, numbers=numbers, now=now, options=_ack_options(rules, interchange)))
    written = [one for one in answers if one is not None]
    if as_json:
        print_json({"file": str(file), "acknowledgments": [one.decode("latin-1") for one in written]})
        return
    if not written:
        typer.echo(f"{file}: nothing to answer; acknowledgments are not acknowledged", err=True)
    for one in written:
        write_stdout(one)


def _ack_options(rules: "Rules", interchange: "ValidatedInterchange") -> "AckOptions":
    """As the agreement of the first set that has one wants to be answered."""
    from edi.acks import AckOptions

    agreements = (rules.agreement_of(validation.transaction_set) for validation in interchange.validations)
    agreement = next((one for one in agreements if one is not None), None)
    if agreement is None:
        return AckOptions()
    from gateway.pipeline.writing import write_options

    return AckOptions(
        accept_with_errors=agreement.accept_with_errors,
        ta1=agreement.ack.ta1,
        ak2_for_accepted=agreement.ack.ak2_for_accepted,
        functional=agreement.functional_ack is not None,
        write=write_options(agreement, charset=False),
    )


def _rules(context: typer.Context, partner: str | None) -> "Rules":
    from gateway.cli.reading import STRICT

    if partner is None:
        return STRICT
    from gateway.cli.agreed import rules_of

    return rules_of(workspace_of(context), partner)[1]


def _report(read: "ReadFile") -> dict[str, Any]:
    from gateway.cli.findings import finding_json

    sets: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for interchange in read.interchanges:
        owners = _owners(interchange)
        for group in interchange.groups:
            sets += [
                {
                    "standard": validation.transaction_set.standard,
                    "release": validation.transaction_set.release,
                    "setId": validation.transaction_set.set_id,
                    "controlNumber": validation.transaction_set.control_number,
                    "group": group.group.control_number,
                    "interchange": interchange.interchange.control_number,
                    "ok": not validation.has_errors,
                }
                for validation in group.validations
            ]
        findings += [
            {
                "interchange": interchange.interchange.control_number,
                **owners.get(id(finding), {}),
                **finding_json(finding, read.data, interchange.interchange.delimiters),
            }
            for finding in interchange.findings
        ]
    return {"file": str(read.path), "ok": not read.has_errors, "sets": sets, "findings": findings}


def _owners(interchange: "ValidatedInterchange") -> dict[int, dict[str, str]]:
    """Which group or set a finding is about."""
    owners: dict[int, dict[str, str]] = {}
    for group in interchange.groups:
        owners |= {id(finding): {"group": group.group.control_number} for finding in group.group.findings}
        for validation in group.validations:
            place = {"group": group.group.control_number, "set": validation.transaction_set.control_number}
            owners |= {id(finding): place for finding in validation.findings}
    return owners


def _print_report(read: "ReadFile") -> None:
    from gateway.cli.findings import finding_lines, tally

    every: list[Finding] = []
    for interchange in read.interchanges:
        envelope = interchange.interchange
        typer.echo(f"{read.path}: interchange {envelope.control_number} from {envelope.sender} to {envelope.receiver}, {envelope.usage}")
        owners = _owners(interchange)
        for finding in (finding for finding in interchange.findings if "set" not in owners.get(id(finding), {})):
            typer.echo("\n".join(finding_lines(finding, read.data, envelope.delimiters, "  ")))
        for group in interchange.groups:
            for validation in group.validations:
                one = validation.transaction_set
                verdict = "rejected" if validation.has_errors else "accepted"
                typer.echo(f"  {one.set_id} {one.control_number} ({one.release}): {verdict}, {tally(validation.findings)}")
                for finding in validation.findings:
                    typer.echo("\n".join(finding_lines(finding, read.data, envelope.delimiters, "    ")))
        every += interchange.findings
    typer.echo(f"{read.path}: {tally(every)}")
    if read.has_errors:
        typer.echo(f"  next: the sender corrects what is marked; `gateway edi ack {read.path}` writes the acknowledgment that says so.")
