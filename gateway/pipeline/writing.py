"""How we write to a partner: separators and line ends from the agreement, and whose control numbers are counted together."""

from dataclasses import replace
from typing import Final, Literal

from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.values import Identity
from edi.write import WriteOptions
from partners.model import Agreement, comparable

__all__ = ["number_scope", "write_options"]

_NEWLINES: Final[dict[str, Literal["", "\n", "\r\n"]]] = {"none": "", "lf": "\n", "crlf": "\r\n"}


def number_scope(own: Identity, partner: Identity) -> str:
    """Everything from one of our identities to one of theirs is numbered in one sequence, acknowledgments included."""
    return f"{comparable(own)}>{comparable(partner)}"


def write_options(agreement: Agreement, *, charset: bool = True) -> WriteOptions:
    """What the writer is told. Separators that the agreement does not name are the standard's."""
    said = agreement.write
    named = {name: value for name in ("element", "component", "segment", "repetition") if (value := getattr(said, name)) is not None}
    delimiters: Delimiters | None = None
    if named:
        delimiters = replace(X12_DEFAULT if agreement.standard == "x12" else EDIFACT_DEFAULT, **named)
    return WriteOptions(
        delimiters=delimiters,
        newline=_NEWLINES[said.newline],
        una="always" if said.una == "always" else "auto",
        charset=said.charset if charset and agreement.standard == "edifact" else "",
        for_separators=" " if said.separators_in_data == "space" else None,
    )
