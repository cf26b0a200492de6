"""What can be agreed about what was there before: by control number, by bytes, by group and set, by business number."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from partners.block import Options
from partners.scalars import ShortForm

__all__ = ["ByteDuplicates", "DuplicateSettings", "InterchangeDuplicates", "NumberDuplicates"]

Days = Annotated[int, Field(ge=1, le=3650)]
_OFF: Final = {"const": "off"}


def _said(said: Any) -> Any:
    return None if said == "off" else said


class InterchangeDuplicates(Options):
    """A control number that this partner has used before."""

    days: Days = 30
    """How long numbers are remembered."""
    same_bytes: Literal["reack", "drop", "ignore", "hold", "process", "reject"] = "reack"
    """The very same bytes again: the same answer again and nothing else (`reack`), nothing at all (`drop`, or `ignore`), a person decides,
    they are worked on as if they were new, or they are refused by a TA1 or CONTRL."""
    other_bytes: Literal["hold", "process", "reject", "drop"] = "hold"
    """Other bytes under a used number: somebody must ask which one counts."""


class ByteDuplicates(Options):
    """The same bytes of this partner, by whatever way and under whatever name, where no control number tells them apart."""

    days: Days = 30
    """How long digests are remembered."""
    action: Literal["reack", "drop", "hold", "process"] = "reack"
    """The same answer again and nothing else, nothing at all, a person decides, or they are worked on as if they were new."""


class NumberDuplicates(Options):
    """A control number of a group or a set that this partner has used before, in whatever interchange."""

    days: Days = 30
    """How long numbers are remembered."""
    action: Literal["hold", "drop", "notice"] = "hold"
    """The interchange is held, the sets in question are left out, or it is only told."""


class DuplicateSettings(Options):
    """What to do with what was there before."""

    interchange: Annotated[InterchangeDuplicates | None, ShortForm(_OFF, _said)] = InterchangeDuplicates()
    """By control number of the interchange; `off` (None here) for partners that restart at 1."""
    bytes: Annotated[ByteDuplicates | None, ShortForm(_OFF, _said)] = ByteDuplicates()
    """By the bytes, where there is no control number or nobody looks at it."""
    group: Annotated[NumberDuplicates | None, ShortForm(_OFF, _said)] = None
    """By control number of a group and its kind (GS06, UNG 0048); off, since many partners restart at 1."""
    set: Annotated[NumberDuplicates | None, ShortForm(_OFF, _said)] = None
    """By control number of a set and its kind (ST02, UNH 0062); off, likewise."""
    business_key: Literal["hold", "warn", "off"] = "hold"
    """By business number, such as a purchase order number, of an original document with other content."""
    same_content: Literal["drop", "hold", "process"] = "drop"
    """The same business number with the same content: not delivered again, a person decides, or delivered again."""
    business_days: Days | None = None
    """How long business numbers are remembered; absent: for ever."""
