"""Every way in, and what becomes of something that was there before: the policy as one table, made of what the settings say."""

from dataclasses import dataclass
from typing import Any, Final, get_args

from gateway.settings import Timing
from partners.duplicates import ByteDuplicates, DuplicateSettings, InterchangeDuplicates, NumberDuplicates

__all__ = ["DOORS", "Door", "as_markdown"]

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Door:
    """One thing by which a repetition is known."""

    name: str
    compared: str
    window: str
    same: str  #: the same again
    other: str  #: other bytes or content under the same
    setting: str = "-"  #: where it is agreed otherwise
    choices: tuple[str, ...] = ()


def _choices(model: Any, field: str) -> tuple[str, ...]:
    return get_args(model.model_fields[field].annotation)


def _days(model: Any, field: str = "days") -> str:
    return f"{model.model_fields[field].default} days"


def _timing(field: str) -> str:
    return f"{round(Timing.model_fields[field].default / _DAY)} days"


def _same(model: Any, field: str, words: dict[str, str]) -> str:
    return words[model.model_fields[field].default]


_WORDS: Final = {
    "reack": "the same acknowledgment again, nothing else",
    "drop": "left out",
    "hold": "held for a person",
    "notice": "told, and worked on",
}
DOORS: Final = (
    Door(
        "AS2 Message-ID",
        "both AS2 names and the id",
        _timing("message_ids"),
        "the same MDN again, nothing else",
        "an MDN that says so, held",
        "`timing: {message_ids}`",
    ),
    Door(
        "Idempotency-Key",
        "who, and the key",
        _timing("idempotency"),
        "the same answer again, with `Idempotent-Replay: true`",
        "422 `idempotency-key-reused`",
        "`timing: {idempotency}`",
    ),
    Door(
        "webhook id",
        "partner, name of the webhook, and the id",
        _timing("idempotency"),
        "the same answer again",
        "422 `idempotency-key-reused`",
        "`timing: {idempotency}`",
    ),
    Door("file", "folder, name, size and time of change", "as long as its row is kept", "not read again", "another file: read"),
    Door(
        "bytes",
        "partner and SHA-256, by whatever door or name, where no control number tells",
        _days(ByteDuplicates),
        _same(ByteDuplicates, "action", _WORDS),
        "something else: worked on",
        "`duplicates: {bytes}`",
        _choices(ByteDuplicates, "action"),
    ),
    Door(
        "interchange number",
        "sender, receiver, usage and ISA13 or UNB 0020, by whatever door",
        _days(InterchangeDuplicates),
        _same(InterchangeDuplicates, "same_bytes", _WORDS),
        _same(InterchangeDuplicates, "other_bytes", _WORDS),
        "`duplicates: {interchange}`",
        _choices(InterchangeDuplicates, "same_bytes"),
    ),
    Door(
        "group number",
        "the same, with GS01 and GS06, or UNG",
        _days(NumberDuplicates),
        "off; where agreed: " + _same(NumberDuplicates, "action", _WORDS),
        "likewise",
        "`duplicates: {group}`",
        _choices(NumberDuplicates, "action"),
    ),
    Door(
        "set number",
        "the same, with the set and ST02 or UNH 0062",
        _days(NumberDuplicates),
        "off; where agreed: " + _same(NumberDuplicates, "action", _WORDS),
        "likewise",
        "`duplicates: {set}`",
        _choices(NumberDuplicates, "action"),
    ),
    Door(
        "business number",
        "partner, kind of document, usage and number, of originals",
        "for ever",
        "same content: " + _same(DuplicateSettings, "same_content", _WORDS),
        "other content: " + _same(DuplicateSettings, "business_key", _WORDS),
        "`duplicates: {business_key, same_content, business_days}`",
        _choices(DuplicateSettings, "same_content"),
    ),
)


def as_markdown() -> str:
    """The table as `gateway/README.md` shows it; a test keeps the two equal."""
    columns = ("door", "compared", "remembered", "the same again", "other under the same", "agreed otherwise by", "which knows")
    lines = ["| " + " | ".join(columns) + " |", "| --- " * len(columns) + "|"]
    for door in DOORS:
        choices = ", ".join(f"`{choice}`" for choice in door.choices) or "-"
        lines.append(f"| {door.name} | {door.compared} | {door.window} | {door.same} | {door.other} | {door.setting} | {choices} |")
    return "\n".join(lines) + "\n"
