"""What was there before: interchanges, bytes, groups and sets that a partner sent again, and what its agreement wants done with them.

One look for all doors: whatever way the bytes came, they are compared with all that came before by any way. `gateway.pipeline.doors` says
all of it as a table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.pipeline.acknowledge import write_answer
from gateway.pipeline.context import Context
from gateway.pipeline.outbox import OutgoingBytes, queue_to_partner, transport_for
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import ReadSet, Unit
from gateway.states import Thing
from gateway.store import lookup, seen, sequences
from gateway.store.events import EventNote
from gateway.store.seen import Envelope, Seen
from gateway.store.sequences import Break
from partners.duplicates import NumberDuplicates

__all__ = ["Repeat", "Repeats"]

_SEQUENCE: Final = {
    Break.GAP: "Interchange numbers before it did not come.",
    Break.LATE: "It was missing: later ones came before it.",
    Break.RESTARTED: "The sender counts anew: the number is not above its last.",
}


@dataclass(frozen=True, slots=True)
class Repeat:
    """An interchange that is not worked on, since it was there before."""

    original: str  #: the transmission that it repeats
    refused: bool = False  #: the partner is told so, instead of getting the first answer again


Outcome = Hold | Repeat | Unit


class Repeats:
    """The look at one transmission, in the transaction that writes it. `note` takes what is to be told of the transmission."""

    def __init__(
        self, context: Context, connection: Connection, transmission_id: str, now: datetime, note: Callable[..., None], *, released: bool
    ) -> None:
        self._context = context
        self._connection = connection
        self._id = transmission_id
        self._now = now
        self._note = note
        self._released = released
        self._in_it: set[Envelope] = set()

    def judge(self, unit: Unit, notes: list[EventNote], *, let_through: bool) -> Outcome:
        """The unit as it is to be worked on, or why it is not. `let_through`: a person decided on it before."""
        envelope = unit.envelope
        numbered = envelope is not None and bool(envelope.control_number)
        if envelope is not None and numbered:
            found = self._by_number(unit, envelope, notes, let_through=let_through)
            if found is not None:
                return found
        if unit.partner_id is not None and (not numbered or unit.duplicates.interchange is None):
            found = self._by_bytes(unit, notes, let_through=let_through)
            if found is not None:
                return found
        return unit if let_through or self._released else self._by_parts(unit)

    def _by_number(self, unit: Unit, envelope: Envelope, notes: list[EventNote], *, let_through: bool) -> Hold | Repeat | None:
        policy, by_bytes = unit.duplicates.interchange, unit.duplicates.bytes
        again_in_it = envelope in self._in_it
        self._in_it.add(envelope)
        first = self._first(unit, envelope)
        if first is not None and first.transmission_id == self._id and not again_in_it:  # a replay
            return None
        decided = self._released or let_through
        if first is None or policy is None or self._is_over(first, policy.days):
            if first is not None:
                seen.remember(self._connection, envelope, unit.sha256, self._id, self._now)
            if decided:
                return None
            known = first is not None and policy is not None and by_bytes is not None and first.sha256 == unit.sha256
            if known and first is not None and by_bytes is not None and not self._is_over(first, by_bytes.days):
                return self._do(unit, by_bytes.action, first, Cause.DUPLICATE_BYTES, notes)
            return self._out_of_sequence(unit, envelope)
        if decided:
            return None
        action = policy.same_bytes if first.sha256 == unit.sha256 else policy.other_bytes
        return self._do(unit, action, first, Cause.DUPLICATE_OTHER_BYTES, notes)

    def _by_bytes(self, unit: Unit, notes: list[EventNote], *, let_through: bool) -> Hold | Repeat | None:
        """Where no number tells: the digest is the number."""
        policy = unit.duplicates.bytes
        if policy is None:
            return None
        key = Envelope(unit.standard, f"partner:{unit.partner_id}", "", unit.usage, f"sha256:{unit.sha256}")
        again_in_it = key in self._in_it
        self._in_it.add(key)
        first = self._first(unit, key, policy.days)
        if first is None:
            return None
        if (first.transmission_id == self._id and not again_in_it) or self._released or let_through:
            return None
        return self._do(unit, policy.action, first, Cause.DUPLICATE_BYTES, notes)

    def _by_parts(self, unit: Unit) -> Outcome:
        """Groups and sets whose number was used before, where the agreement wants it looked at."""
        duplicates, envelope = unit.duplicates, unit.envelope
        if envelope is None or (duplicates.group is None and duplicates.set is None):
            return unit
        kept: list[ReadSet] = []
        groups: dict[tuple[str, str], Hold | Seen | None] = {}
        for read_set in unit.sets:
            group = (read_set.functional_id, read_set.group_control_number)
            found: Hold | Seen | None = None
            if duplicates.group is not None and read_set.group_control_number:
                if group not in groups:
                    groups[group] = self._part(unit, envelope, "group", " ".join(group), duplicates.group)
                found = groups[group]
            if found is None and duplicates.set is not None:
                found = self._part(unit, envelope, "set", f"{read_set.set_id} {read_set.control_number}", duplicates.set)
            if isinstance(found, Hold):
                return found
            if found is None:
                kept.append(read_set)
        return unit if len(kept) == len(unit.sets) else replace(unit, sets=tuple(kept))

    def _part(self, unit: Unit, envelope: Envelope, kind: str, number: str, policy: NumberDuplicates) -> Hold | Seen | None:
        """What is to be done with a group or set: hold all, leave it out, or go on."""
        key = replace(envelope, control_number=f"{kind}:{number}")
        first = self._first(unit, key, policy.days)
        if first is None or first.transmission_id == self._id:
            return None
        data = {"kind": kind, "number": number, "original": first.transmission_id}
        words = "A control number in it was used before" + ("; that part is left out." if policy.action == "drop" else ".")
        self._note("transmission.number-repeated", words, unit.partner_id, data=data)
        if policy.action == "hold":
            return Hold(Cause.NUMBER_REPEATED, f"{kind} {number} first used by {first.transmission_id}")
        return first if policy.action == "drop" else None

    def _do(self, unit: Unit, action: str, first: Seen, cause: Cause, notes: list[EventNote]) -> Hold | Repeat | None:
        match action:
            case "process":
                return None
            case "hold":
                return Hold(cause, f"first used by {first.transmission_id}")
            case "reject":
                self._refuse(unit, notes)
                return Repeat(first.transmission_id, refused=True)
            case "reack":
                self._acknowledge_again(unit, first.transmission_id)
        return Repeat(first.transmission_id)

    def _first(self, unit: Unit, key: Envelope, days: int | None = None) -> Seen | None:
        """Who came with a number before, at most so many days ago. Where nobody did, it belongs to this one now."""
        first = seen.first(self._connection, key, unit.sha256, self._id, self._now)
        if first is not None and days is not None and self._is_over(first, days):
            seen.remember(self._connection, key, unit.sha256, self._id, self._now)
            return None
        return first

    def _is_over(self, first: Seen, days: int) -> bool:
        return first.seen_at < self._now - timedelta(days=days)

    def _refuse(self, unit: Unit, notes: list[EventNote]) -> None:
        """The partner is told that the number was used before."""
        if unit.refusal is not None:
            notes += write_answer(self._context, self._connection, replace(unit, sets=()), unit.refusal(), self._id, self._now)

    def _acknowledge_again(self, unit: Unit, original: str) -> None:
        """The very bytes that answered the first one, once more on their way; not when they are on their way already."""
        partner = self._context.workspace.partners.get(unit.partner_id or "")
        if partner is None or unit.envelope is None:
            return
        rows = lookup.where(self._connection, Thing.ACKNOWLEDGMENT, answers_transmission_id=original, direction="outbound")
        for row in rows:
            if row["control_number"] != unit.envelope.control_number or not row["transmission_id"]:
                continue
            deliveries = lookup.where(self._connection, Thing.DELIVERY, transmission_id=row["transmission_id"])
            transport = transport_for(self._context, partner, unit.answer.transport if unit.answer else None)
            if transport is None or any(delivery["state"] == "QUEUED" for delivery in deliveries):
                continue
            outgoing = OutgoingBytes(row["transmission_id"], None, row["transmission_id"], unit.usage, self._id)
            queue_to_partner(self._context, self._connection, outgoing, partner.id, transport, self._now)
            data: dict[str, Any] = {"acknowledgment": row["id"]}
            self._note("acknowledgment.repeated", f"The same {row['kind']} is sent again.", partner.id, data=data)

    def _out_of_sequence(self, unit: Unit, envelope: Envelope) -> Hold | None:
        """What a number says of those before it: told, and held only where the agreement says so."""
        if unit.sequence == "off" or unit.partner_id is None:
            return None
        broken = sequences.count(self._connection, envelope, unit.partner_id, self._now)
        if broken is None:
            return None
        kind, (first, last) = broken
        data = {"controlNumber": envelope.control_number, "from": first, "to": last}
        self._note(f"transmission.sequence-{kind}", _SEQUENCE[kind], unit.partner_id, data=data)
        if unit.sequence != "hold" or kind is Break.LATE or self._released:
            return None
        why = f"{first} to {last} did not come" if kind is Break.GAP else f"the last was {last}"
        return Hold(Cause.SEQUENCE_BROKEN, f"number {int(envelope.control_number)}; {why}")
