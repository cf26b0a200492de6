"""What stands in the headers that the writer makes: ISA and GS, UNB, UNG and UNH. What their reader would fault is a WriteError."""

import re
from typing import Final

from edi.errors import WriteError
from edi.outgoing import GroupTime, OutgoingGroup, OutgoingInterchange
from edi.render import Renderer
from edi.values import ElementValue
from edi.x12 import ISA_WIDTHS

__all__ = ["Numbers", "digits", "gs", "isa", "kind", "length", "unb", "ung"]

_X12_USAGE: Final = {"live": "P", "test": "T", "information": "I"}
_X12_VERSION: Final = re.compile(r"00[2-8]\d\d")
_LONG_DATES: Final = "004"  #: from this release of X12 the date of a group has a century
_DIRECTORY: Final = re.compile(r"([A-Z]|\d(?=\d(?:\d\d)?$)|\d\d(?=\d$))(\w{1,3})")


def digits(text: str, most: int, name: str) -> str:
    """A number of so many digits at most."""
    if not (text.isascii() and text.isdecimal() and len(text) <= most):
        raise WriteError(f"The {name} is not a number of one to {most} digits.")
    return text


def length(text: str, least: int, most: int, name: str) -> str:
    """A text of such a length."""
    if not least <= len(text) <= most or text != text.strip():
        raise WriteError(f"The {name} is not of {least} to {most} characters, without blanks around.")
    return text


# -- X12


def isa(out: OutgoingInterchange, renderer: Renderer, control_number: str) -> str:
    """The ISA: every element of its fixed length (X12.5)."""
    delimiters = renderer.delimiters
    if not _X12_VERSION.fullmatch(out.version):
        raise WriteError("The interchange version is none of X12's.")
    if out.usage not in _X12_USAGE:
        raise WriteError("The usage is one of live, test and information.")
    if not out.sender.id.strip() or not out.receiver.id.strip():
        raise WriteError("The interchange names a sender and a receiver.")
    texts = (
        *(*out.authorization, *out.security, *out.sender, *out.receiver),
        *(f"{out.prepared:%y%m%d}", f"{out.prepared:%H%M}"),
        *(delimiters.repetition or "U", out.version, control_number, "1" if out.ack_requested else "0", _X12_USAGE[out.usage]),
    )
    elements = []
    for position, (text, width) in enumerate(zip(texts, ISA_WIDTHS[:15], strict=True), 1):
        if position != 11:
            renderer.text(text, "ISA", position)
        if not text.isascii() or len(text) > width or (width == 2 and len(text) != width):
            raise WriteError(f"ISA{position:02} is not of its length.")
        elements.append(text.ljust(width))
    return delimiters.element.join(("ISA", *elements, delimiters.component)) + renderer.end


def gs(out: OutgoingInterchange, group: OutgoingGroup, number: str, time: GroupTime) -> tuple[str, ...]:
    """GS01 to GS08."""
    length(group.functional_id, 2, 2, "functional identifier")
    length(group.sender, 1, 15, "group sender")
    length(group.receiver, 1, 15, "group receiver")
    length(group.release, 1, 12, "group release")
    prepared = out.prepared
    date = f"{prepared:%Y%m%d}" if group.release >= _LONG_DATES else f"{prepared:%y%m%d}"
    clock = f"{prepared:%H%M%S}{prepared.microsecond // 10_000:02}"[: len(time)]
    agency = group.agency or "X"
    if agency not in ("X", "T"):
        raise WriteError("The agency of a group is X or T.")
    return group.functional_id, group.sender, group.receiver, date, clock, number, agency, group.release


# -- EDIFACT


def unb(out: OutgoingInterchange, syntax: str) -> tuple[ElementValue, ...]:
    """S001 to 0035 of ISO 9735; what is not used is empty."""
    if out.usage not in ("live", "test"):
        raise WriteError("The usage is live or test.")
    for identity, route in ((out.sender, out.sender_route), (out.receiver, out.receiver_route)):
        length(identity.id, 1, 35, "interchange sender or recipient")
        length(identity.qualifier, 0, 4, "interchange qualifier")
        length(route, 0, 35 if out.version >= "4" else 14, "address behind the sender or recipient")
    length(out.password.id, 0, 14, "recipient's reference or password")
    length(out.password.qualifier, 0, 2, "qualifier of the recipient's reference or password")
    length(out.application, 0, 14, "application reference")
    length(out.priority, 0, 1, "processing priority code")
    length(out.agreement, 0, 35, "interchange agreement identifier")
    if out.password.qualifier and not out.password.id:
        raise WriteError("A recipient's reference or password is qualified and not given.")
    return (
        (syntax, out.version),
        (*_id_first(out.sender), out.sender_route),
        (*_id_first(out.receiver), out.receiver_route),
        _prepared(out),
        out.control_number,
        _id_first(out.password),
        out.application,
        out.priority,
        "1" if out.ack_requested else "",
        out.agreement,
        "1" if out.usage == "test" else "",
    )


def ung(out: OutgoingInterchange, group: OutgoingGroup) -> tuple[ElementValue, ...]:
    """0038 to S008: the kind of messages, whose they are, when, their number, agency and directory."""
    of = (*_directory(group.release), group.association)
    return group.functional_id, group.sender, group.receiver, _prepared(out), group.control_number, group.agency or "UN", of


def kind(set_id: str, group: OutgoingGroup) -> tuple[str, ...]:
    """S009 of a UNH: the message, its directory, who controls it, and whose subset it is."""
    return set_id, *_directory(group.release), group.agency or "UN", group.association


def _id_first(identity: tuple[str, str]) -> tuple[str, str]:
    qualifier, text = identity
    return text, qualifier


def _prepared(out: OutgoingInterchange) -> tuple[str, str]:
    date = f"{out.prepared:%Y%m%d}" if out.version >= "4" else f"{out.prepared:%y%m%d}"
    return date, f"{out.prepared:%H%M}"


def _directory(release: str) -> tuple[str, str]:
    """Version 0052 and release 0054 of a directory's name: D96A is D and 96A, 911 is 91 and 1, 41 is 4 and 1."""
    match = _DIRECTORY.fullmatch(release)
    if not match:
        raise WriteError("The release of the message names no directory.")
    return match[1], match[2]


class Numbers:
    """The control numbers that were given, each of them once. Those that count on from one to the next take no room."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._first, self._last = 0, -1
        self._others: set[str] = set()

    def take(self, number: str, name: str) -> None:
        """Raises WriteError when it was taken before."""
        if number.isascii() and number.isdecimal() and str(ordinal := int(number)).zfill(self._width) == number:
            if self._last < self._first:
                self._first, self._last = ordinal, ordinal - 1
            if ordinal == self._last + 1 and number not in self._others:
                self._last = ordinal
                return
            if not self._first <= ordinal <= self._last and number not in self._others:
                self._others.add(number)
                return
        elif number not in self._others:
            self._others.add(number)
            return
        raise WriteError(f"A {name} occurs twice.")
