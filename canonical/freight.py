"""What goods travel in."""

from pydantic import Field

from canonical.base import Model, none_said
from canonical.scalars import Str8, Str20, Str30, Str35

__all__ = ["Equipment"]


class Equipment(Model):
    """What the goods travel in."""

    type: Str35 | None = None
    """Kind of equipment, as the code list of the wire has it: TL trailer."""
    initial: Str8 | None = None
    """Letters of the owner in front of the number, where the wire keeps them apart."""
    trailer_number: Str30 | None = None
    """Number of the trailer or container."""
    owner: Str8 | None = None
    """SCAC of who owns it."""
    length: Str8 | None = None
    """Length as the wire has it: feet and inches, 05300."""
    size_type: Str20 | None = None
    """Size and type as one code: 45G1."""
    seal_numbers: tuple[Str35, ...] = Field(default=(), exclude_if=none_said)
    """Numbers of its seals."""
    seal_status: Str35 | None = None
    """In which state they were found, as the code list of the wire has it."""
