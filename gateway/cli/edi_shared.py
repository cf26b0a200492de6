"""What the commands of `gateway edi` share: their arguments, the rules to judge by, and the report on a file as JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import CliError, workspace_of, write_stdout

if TYPE_CHECKING:
    from edi.validate import ValidatedInterchange
    from gateway.cli.reading import ReadFile, Rules

__all__ = ["FileArgument", "FilesArgument", "OutputOption", "PartnerOption", "deliver", "owners_of", "report", "rules_for"]

PartnerOption = Annotated[
    str | None, typer.Option("--partner", metavar="ID", help="Judge by this partner's agreements instead of the bare standard.")
]
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="`-` reads standard input.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="`-` reads standard input.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, not to standard output.")]


def rules_for(context: typer.Context, partner: str | None) -> "Rules":
    """The standard's, or what was agreed with a partner."""
    from gateway.cli.reading import STRICT

    if partner is None:
        return STRICT
    from gateway.cli.agreed import rules_of

    return rules_of(workspace_of(context), partner)[1]


def deliver(data: bytes, output: Path | None) -> None:
    """Bytes to a file, or to standard output."""
    if output is None:
        write_stdout(data)
        return
    try:
        output.write_bytes(data)
    except OSError as fault:
        raise CliError(f"{output}: {(fault.strerror or type(fault).__name__).lower()}", "Name a file that can be written.") from None


def report(read: "ReadFile") -> dict[str, Any]:
    """A file, its sets with their verdicts, and every finding, as JSON. A set that is `ok` is not `accepted` when its envelope is not."""
    from edi.acks import judge_interchange
    from gateway.cli.findings import finding_json

    sets: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for interchange in read.interchanges:
        owners = owners_of(interchange)
        for group, verdict in zip(interchange.groups, judge_interchange(interchange).groups, strict=True):
            sets += [
                {
                    "standard": validation.transaction_set.standard,
                    "release": validation.transaction_set.release,
                    "setId": validation.transaction_set.set_id,
                    "controlNumber": validation.transaction_set.control_number,
                    "group": group.group.control_number,
                    "interchange": interchange.interchange.control_number,
                    "ok": not validation.has_errors,
                    "accepted": status.is_accepted,
                }
                for validation, status in zip(group.validations, verdict.sets, strict=True)
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


def owners_of(interchange: "ValidatedInterchange") -> dict[int, dict[str, str]]:
    """Which group or set a finding is about, by its identity."""
    owners: dict[int, dict[str, str]] = {}
    for group in interchange.groups:
        owners |= {id(finding): {"group": group.group.control_number} for finding in group.group.findings}
        for validation in group.validations:
            place = {"group": group.group.control_number, "set": validation.transaction_set.control_number}
            owners |= {id(finding): place for finding in validation.findings}
    return owners
