"""Where in an interchange something is. Made by the lexer and the structure pass, by nobody else."""

from dataclasses import dataclass

__all__ = ["Location"]

_LONGEST_TAG = 3  # of X12 (X12.5) and EDIFACT (ISO 9735-1)


@dataclass(frozen=True, slots=True)
class Location:
    """A place in received or written data. What is not known is `None`, never -1 and never 0."""

    offset: int  #: byte offset of the first byte, from 0
    line: int  #: physical line, from 1
    column: int  #: byte in that line, from 1
    segment_position: int | None = None  #: counted in the transaction set, ST/UNH is 1 (AK302)
    segment_tag: str | None = None
    loop: tuple[str, ...] = ()  #: loop ids from the outside in
    element: int | None = None  #: from 1 (AK401-1)
    repetition: int | None = None  #: from 1 (AK401-3)
    component: int | None = None  #: from 1 (AK401-2)

    def __str__(self) -> str:
        """The one rendering: "PO103 at segment 14, in loop PO1". What is longer than any tag is data in a tag's place, and is not said."""
        tag = self.segment_tag if self.segment_tag is not None and len(self.segment_tag) <= _LONGEST_TAG else ""
        name = tag or ("element " if self.element is not None else "")
        if self.element is not None:
            name += f"{self.element:02}"
            if self.component is not None:
                name += f"-{self.component}"
            if self.repetition is not None and self.repetition > 1:
                name += f" (repetition {self.repetition})"
        place = f"segment {self.segment_position}" if self.segment_position is not None else f"byte {self.offset}"
        text = f"{name} at {place}" if name else place
        return f"{text}, in loop {'/'.join(self.loop)}" if self.loop else text
