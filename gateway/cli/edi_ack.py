"""`gateway edi ack`: what we would answer to a file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gateway.cli.edi_shared import FileArgument, PartnerOption, rules_for
from gateway.cli.output import JsonOption, print_json, write_stdout

if TYPE_CHECKING:
    from edi.acks import AckOptions
    from edi.validate import ValidatedInterchange
    from gateway.cli.reading import Rules

__all__ = ["ack"]

Version = Literal["997", "999"]


def ack(
    context: typer.Context,
    file: FileArgument,
    partner: PartnerOption = None,
    number: Annotated[int, typer.Option("--number", min=1, max=999_999_999, help="Control number of the answer.")] = 1,
    version: Annotated[Version | None, typer.Option("--version", help="What answers a group of X12, whatever is agreed.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the acknowledgment of a file to standard output: 997 or 999, TA1 or CONTRL, as standard and agreement ask for it."""
    from edi.acks import AckNumbers, AckOptions, answer
    from gateway.cli.reading import judge
    from gateway.cli.streaming import is_large

    now = datetime.now(tz=UTC)
    if partner is None and is_large(file):
        _stream(file, number, now, AckOptions(version=version), as_json=as_json)
        return
    rules = rules_for(context, partner)
    read = judge(file, rules)
    answers = []
    for index, interchange in enumerate(read.interchanges):
        of_one = number + index
        numbers = AckNumbers(interchange=str(of_one), group=str(of_one), set="0001")
        options = _ack_options(rules, interchange)
        if version is not None:
            options = replace(options, functional=True, version=version)
        answers.append(answer(interchange, numbers=numbers, now=now, options=options))
    written = [one for one in answers if one is not None]
    if as_json:
        print_json({"file": str(file), "acknowledgments": [one.decode("latin-1") for one in written]})
        return
    if not written:
        typer.echo(f"{file}: nothing to answer; acknowledgments are not acknowledged", err=True)
    for one in written:
        write_stdout(one)


def _stream(file: Path, number: int, now: datetime, options: "AckOptions", *, as_json: bool) -> None:
    """Of a large file, while it is read."""
    from gateway.cli.streaming import answers

    pieces = answers(file, number=number, now=now, options=options)
    if as_json:
        print_json({"file": str(file), "acknowledgments": [b"".join(pieces).decode("latin-1")]})
        return
    for piece in pieces:
        write_stdout(piece)


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
        partial=agreement.ack.partial,
        ta1=agreement.ack.ta1,
        ak2_for_accepted=agreement.ack.ak2_for_accepted,
        functional=agreement.functional_ack is not None,
        version="999" if agreement.functional_ack == "999" else None,
        write=write_options(agreement, charset=False),
    )
