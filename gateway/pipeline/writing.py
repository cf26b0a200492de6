"""How we write to a partner: separators and line ends from the agreement, and whose control numbers are counted together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.edifact import REPETITION
from edi.edifact import REPETITION_FROM as EDIFACT_REPETITION_FROM
from edi.values import Identity
from edi.write import OutgoingInterchange, WriteOptions
from edi.x12 import REPETITION_FROM as X12_REPETITION_FROM
from partners.model import Agreement, comparable
from partners.options import HeaderSecret

__all__ = ["decimal_mark", "number_scope", "with_header_fields", "write_options"]

_NEWLINES: Final[dict[str, Literal["", "\n", "\r\n"]]] = {"none": "", "lf": "\n", "crlf": "\r\n"}
_FOR_SEPARATORS: Final = {"error": None, "space": " ", "drop": ""}


def number_scope(own: Identity, partner: Identity) -> str:
    """Everything from one of our identities to one of theirs is numbered in one sequence, acknowledgments included."""
    return f"{comparable(own)}>{comparable(partner)}"


def decimal_mark(agreement: Agreement) -> str:
    """What stands for the decimal point in what we write: in X12 always the point."""
    return agreement.write.decimal if agreement.standard == "edifact" else "."


def write_options(agreement: Agreement, *, charset: bool = True) -> WriteOptions:
    """What the writer is told. Separators that the agreement does not name are the standard's."""
    said = agreement.write
    edifact = agreement.standard == "edifact"
    encoding = said.charset if edifact else said.encoding
    return WriteOptions(
        delimiters=_delimiters(agreement),
        newline=_NEWLINES[said.newline],
        width=said.width or 0,
        una="always" if said.una == "always" else "auto",
        charset=encoding if charset else "",
        for_separators=_FOR_SEPARATORS[said.separators_in_data],
        for_characters={"error": None, "replace": said.replacement, "drop": ""}[said.characters],
        group_time=said.group_time,
    )


def _delimiters(agreement: Agreement) -> Delimiters | None:
    """None where nothing is agreed but what the standard has."""
    said = agreement.write
    named = {name: value for name in ("element", "component", "segment", "repetition") if (value := getattr(said, name)) is not None}
    if decimal_mark(agreement) != ".":
        named["decimal"] = decimal_mark(agreement)
    if not named:
        return None
    version = agreement.interchange_version
    if agreement.standard == "x12":
        standard = replace(X12_DEFAULT, repetition="^" if version >= X12_REPETITION_FROM else None)
    else:
        standard = replace(EDIFACT_DEFAULT, repetition=REPETITION if version >= EDIFACT_REPETITION_FROM else None)
    return replace(standard, **named)


def with_header_fields(out: OutgoingInterchange, agreement: Agreement, secret: Callable[[str], str]) -> OutgoingInterchange:
    """With the fields of ISA and UNB that only some partners ask for. `secret` reads what a reference names, and may raise."""
    said = agreement.write

    def identity(field: HeaderSecret | None, absent: Identity) -> Identity:
        return absent if field is None else Identity(field.qualifier, secret(field.value))

    if agreement.standard == "x12":
        return replace(
            out,
            authorization=identity(said.authorization, out.authorization),
            security=identity(said.security, out.security),
        )
    return replace(
        out,
        password=identity(said.password, out.password),
        application=said.application or "",
        priority=said.priority or "",
        agreement=said.agreement or "",
    )
