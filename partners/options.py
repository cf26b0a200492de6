"""What can be agreed about one document: acknowledgments, duplicates, writing, deadlines. Defaults are "Ours" of the settings page."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from edi.finding import Severity
from edi.tolerance import Tolerance
from partners.block import Options
from partners.duplicates import DuplicateSettings, InterchangeDuplicates
from partners.numbering import ControlNumberSettings
from partners.scalars import DURATION_SCHEMA, Duration, OneOrMany, Quoted, SecretRef, ShortForm, Text

__all__ = [
    "TOLERANT",
    "AckSettings",
    "ArrivalSettings",
    "DuplicateSettings",
    "HeaderSecret",
    "InterchangeDuplicates",
    "Options",
    "Sla",
    "SlaWithin",
    "ToleranceSettings",
    "WriteSettings",
]


Separator = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1, pattern=r"^[^A-Za-z0-9 ]$")]
Percent = Annotated[int, Field(ge=1, le=100)]
Report = Literal["error", "warning", "info", "ignore"]


class AckSettings(Options):
    """How a document is acknowledged on the syntax level: what we answer to theirs, what we expect for ours."""

    functional: Literal["997", "999", "CONTRL", "none"] | None = None
    """What we answer, and expect: in X12 a 997 unless `999` is agreed, in EDIFACT a CONTRL, in both nothing where `none` is."""
    ta1: Literal["auto", "always", "never"] = "auto"
    """TA1: `auto` when ISA14 asks for it or the envelope is in error. In EDIFACT the receipt that UNB 0031 asks for."""
    ak2_for_accepted: bool = True
    """A 997, 999 or CONTRL names accepted sets too, for partners reconcile set by set."""
    partial: bool = True
    """A group of X12 may be accepted in part (AK901 P); where not, one rejected set rejects all of its group."""
    expect: bool = True
    """For what we send: an acknowledgment must come. A receipt alone (UCI 8) is none."""
    overdue_after: Duration = Field(default="24h", validate_default=True)
    """For what we send: when it has not come by then, an alert."""
    warn_at: tuple[Percent, ...] = (50, 80)
    """Percent of that time at which to warn."""


class ArrivalSettings(Options):
    """What came before or after what it belongs to."""

    stale: Literal["mark", "hold", "drop"] = "mark"
    """Older than a known state of the same load, shipment, stock or order: delivered with the mark `stale`, held, or dropped."""
    order_wait: Annotated[Duration | None, ShortForm({"const": "off"}, lambda said: None if said == "off" else said)] = Field(
        default="24h", validate_default=True
    )
    """How long a change waits for its order; then a person is shown it. `off`: it goes on at once."""


class HeaderSecret(Options):
    """A field of an interchange header that is a secret between the two, and its qualifier."""

    qualifier: Annotated[str, StringConstraints(strict=True, max_length=2, pattern=r"^[A-Z0-9]*$")] = ""
    """What kind of thing it is: ISA01, ISA03, UNB 0025."""
    value: SecretRef
    """Where it is: env:NAME or file:PATH."""


class WriteSettings(Options):
    """How we write to this partner. Absent separators are the standard's."""

    element: Separator | None = None
    """Between elements."""
    component: Separator | None = None
    """Between components."""
    segment: Separator | None = None
    """After a segment."""
    repetition: Separator | None = None
    """Between repetitions; X12 has one from 00402."""
    decimal: Literal[".", ","] = "."
    """EDIFACT: the decimal mark of numbers; a comma is told by a UNA."""
    newline: Literal["none", "lf", "crlf"] = "none"
    """What follows each segment, for people and old programs."""
    width: int | None = Field(default=None, ge=40, le=10_000)
    """Lines of so many bytes instead, wherever that falls; each ends as `newline` says, by default with LF."""
    separators_in_data: Literal["error", "space", "drop"] = "error"
    """X12: a separator in a value: refuse to write, write a blank, or leave it out. EDIFACT releases it."""
    characters: Literal["error", "replace", "drop"] = "error"
    """A character that the character set does not have: refuse to write, write `replacement`, or leave it out."""
    replacement: Annotated[str, StringConstraints(strict=True, pattern=r"^[ -~]$")] = "?"
    """What is written in place of such a character."""
    una: Literal["auto", "always"] = "auto"
    """EDIFACT service string advice: `auto` when something is not standard."""
    charset: Literal["UNOA", "UNOB", "UNOC", "UNOY"] = "UNOC"
    """EDIFACT syntax identifier (UNB 0001)."""
    encoding: Literal["utf-8", "iso8859-1", "ascii"] = "utf-8"
    """X12: how letters beyond ASCII are written; nothing in the envelope says it."""
    version: Quoted | None = None
    """Interchange version: ISA12 (00401), UNB 0002 (3)."""
    agency: Literal["X", "T"] = "X"
    """Responsible agency (GS07)."""
    group_time: Literal["HHMM", "HHMMSS", "HHMMSSDD"] = "HHMM"
    """Form of the time in GS05."""
    ack_requested: bool | None = None
    """ISA14: a TA1 is asked for. UNB 0031. Absent: in X12 not, in EDIFACT where a CONTRL is expected."""
    authorization: HeaderSecret | None = None
    """ISA01 and ISA02."""
    security: HeaderSecret | None = None
    """ISA03 and ISA04."""
    password: HeaderSecret | None = None
    """UNB 0025 and 0022, the recipient's reference or password."""
    application: Annotated[Text, StringConstraints(max_length=14)] | None = None
    """UNB 0026, the application reference."""
    priority: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]$")] | None = None
    """UNB 0029, the processing priority code."""
    agreement: Annotated[Text, StringConstraints(max_length=35)] | None = None
    """UNB 0032, the interchange agreement identifier."""
    codes: dict[Quoted, Annotated[tuple[Quoted, ...], OneOrMany()]] | None = None
    """Codes agreed beyond the standard's lists, by data element: `{"355": [Q9]}`."""
    control_number_start: int = Field(default=1, ge=1, le=999_999_999)
    """First control number, when the partner expects to go on from another system."""
    control_numbers: ControlNumberSettings | None = None
    """Bounds, start and what follows the end of our control numbers, and who shares a sequence."""


class SlaWithin(Options):
    """A deadline that the document itself may name, and what holds when it names none. A duration alone is the latter."""

    from_: Text | None = Field(default=None, alias="from")
    """Where the document says it, as a reference: DTM[ACK]."""
    else_: Duration = Field(alias="else")
    """What holds when it does not say."""


class Sla(Options):
    """The business answer that the partner expects, and by when."""

    respond_with: Quoted
    """The set that answers."""
    within: Annotated[SlaWithin, ShortForm(DURATION_SCHEMA, lambda said: {"else": said} if isinstance(said, str) else said)]
    """How fast."""
    warn_at: tuple[Percent, ...] = (50, 80)
    """Percent of that time at which to warn."""


def _dash_is_word(value: object) -> object:
    return {"warn": "warning", "off": "ignore", False: "ignore"}.get(value, value) if isinstance(value, str | bool) else value


Reported = Annotated[Report, BeforeValidator(_dash_is_word)]
_SEVERITIES: Final[Mapping[str, Severity | None]] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "ignore": None,
}


class ToleranceSettings(Options):
    """What is forgiven, each by name; what is not named here is as strict as the standard."""

    code_lists: Reported = "error"
    """A code value outside its list."""
    syntax_notes: Reported = "error"
    """Conditions between elements of a segment."""
    unknown_segments: Reported = "error"
    """A segment that the standard or the set does not know."""
    trailing_separators: Reported = "warning"
    """Empty elements at the end of a segment."""
    padding: Reported = "error"
    """Blanks around a value and zeros that say nothing, beyond the length; blanks around a number."""
    character_set: Reported = "error"
    """Characters outside the agreed repertoire."""
    lower_case: Reported = "warning"
    """Small letters where the repertoire has capitals only."""
    group_kind: Reported = "error"
    """A set in a group of another kind, such as an 850 in a group of invoices (GS01)."""
    unused: Reported = "error"
    """Segments and elements that the partner's guide marks as not used."""
    decimal_mark: Reported = "error"
    """EDIFACT: the decimal mark that the interchange does not name, comma or point."""
    max_findings: int = Field(default=100, ge=1, le=10_000)
    """How many are reported of one set."""

    def tolerance(self) -> Tolerance:
        """As the reader and the validator take it."""
        switches = {name: _SEVERITIES[value] for name, value in self.model_dump(exclude={"max_findings"}).items()}
        return Tolerance(**switches, max_findings=self.max_findings)


#: what `partner new` writes by name into an agreement that receives: real files have unlisted codes and trailing separators
TOLERANT: Final[Mapping[str, str]] = {
    "code_lists": "warning",
    "syntax_notes": "warning",
    "unknown_segments": "warning",
    "trailing_separators": "ignore",
    "padding": "ignore",
    "lower_case": "ignore",
    "unused": "ignore",
    "decimal_mark": "ignore",
}
