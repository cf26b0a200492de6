"""Control numbers as people look at them and set them: ours with what is missing of them, and how far each sender has counted."""

from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.numbering import KINDS, Kind, Numbering
from gateway.plural import counted
from gateway.store import control_numbers, sequences
from gateway.store.control_numbers import Change, Counter
from gateway.store.events import EventNote, note
from gateway.store.schema import TransactionSet, Transmission
from gateway.store.schema.base import utc_text
from gateway.store.sequences import Sequence
from partners.model import Agreement, Partner

__all__ = ["behind", "control_set_next", "control_set_seen", "control_show"]

_transmission, _set = Transmission.table(), TransactionSet.table()
_LOOK: Final = 5_000  #: the newest transmissions to a partner, in which numbers are looked for
_RANGES: Final = 100


async def control_show(context: Context, *, partner: str | None = None) -> dict[str, Any]:
    """Every sequence: the last number, the next, why it did not just count on, and which numbers no transmission has.

    Theirs: the last number of each sender, and those that never came. Raises Refusal: no such partner.
    """
    partners = [_partner(context, partner)] if partner is not None else list(context.workspace.partners.values())

    def find(connection: Connection) -> dict[str, Any]:
        ours = {(c.scope, c.kind, c.usage): c for c in control_numbers.counters(connection)}
        shown: list[dict[str, Any]] = []
        for one in partners:
            written = _written(connection, one.id)
            scopes = dict.fromkeys(n.scope for n in _numberings(one))
            named = {key: counter for key, counter in ours.items() if key[0] in scopes}
            for key, counter in named.items():
                numbering = next(n for n in _numberings(one) if n.scope == counter.scope)
                shown.append(_counter_view(connection, one, numbering, counter, written))
                ours.pop(key)
        if partner is None:  # of partners that are gone
            shown += [{**_plain(counter), "partnerId": None} for counter in ours.values() if counter.kind in KINDS]
        return {"ours": shown, "theirs": [_sequence_view(one) for one in sequences.listed(connection, partner)]}

    return await context.store.read(find)


async def control_set_next(
    context: Context,
    partner: str,
    number: int,
    *,
    kind: Kind = "interchange",
    agreement: str | None = None,
    usage: str | None = None,
    force: bool = False,
    by: str = "operator",
    reason: str,
) -> dict[str, Any]:
    """Say which number is given out next. Going back to numbers that were given out needs `force`.

    Raises Refusal: no such partner or sequence, several that could be meant, out of bounds, or used.
    """
    numbering = _numbering(context, partner, agreement, usage or context.workspace.own.environment)
    rules = numbering.rules(kind)
    if not rules.lowest <= number <= rules.highest:
        raise Refusal(Cause.MALFORMED_REQUEST, f"agreed are numbers from {rules.lowest} to {rules.highest}")
    now = context.now()

    def write(connection: Connection) -> dict[str, Any]:
        before = control_numbers.find(connection, numbering.scope, kind, numbering.usage)
        if before is not None and number <= before and not force:
            raise Refusal(Cause.CONFLICT, f"numbers up to {before} were given out; `force` uses some of them again")
        counter = Counter(numbering.scope, kind, numbering.usage, number - 1, reason)
        control_numbers.put(connection, context.new_id, counter, before, by, now)
        words = f"A person set the next {kind} number to {number}."
        data = {"kind": kind, "usage": numbering.usage, "before": before, "next": number, "forced": force, "reason": reason}
        note(connection, now, _event("control-number.set", numbering.scope, partner, words, data, by))
        return {"partnerId": partner, "scope": numbering.scope, "kind": kind, "usage": numbering.usage, "before": before, "next": number}

    return await context.store.write(write)


async def control_set_seen(
    context: Context,
    partner: str,
    number: int,
    *,
    agreement: str | None = None,
    usage: str | None = None,
    by: str = "operator",
    reason: str,
) -> dict[str, Any]:
    """Say which interchange number of a partner was the last, as another system has seen it: what comes next is counted from there.

    Raises Refusal as `control_set_next`.
    """
    numbering = _numbering(context, partner, agreement, usage or context.workspace.own.environment)
    now = context.now()
    envelope = numbering.inbound(number)

    def write(connection: Connection) -> dict[str, Any]:
        known = sequences.listed(connection, partner)
        before = next((one for one in known if replace(one.envelope, control_number=str(number)) == envelope), None)
        sequences.put(connection, Sequence(envelope, partner, number, now))
        words = f"A person said that {number} was the last interchange of this sender."
        data = {"before": before.last if before else None, "last": number, "usage": envelope.usage, "reason": reason}
        note(connection, now, _event("control-number.seen", f"{envelope.sender}>{envelope.receiver}", partner, words, data, by))
        return {"partnerId": partner, "sender": envelope.sender, "before": data["before"], "last": number}

    return await context.store.write(write)


def _partner(context: Context, partner: str) -> Partner:
    found = context.workspace.partners.get(partner)
    if found is None:
        raise Refusal(Cause.NOT_FOUND, "there is no such partner")
    return found


def _numberings(partner: Partner, usage: str = "") -> list[Numbering]:
    """One of each sequence that the partner's agreements number from."""
    found: dict[str, Numbering] = {}
    for agreement in partner.agreements:
        if agreement.own_address is not None and agreement.partner_address is not None:
            one = _of(agreement, usage)
            found.setdefault(one.scope, one)
    return list(found.values())


def _of(agreement: Agreement, usage: str) -> Numbering:
    own, theirs = agreement.own_address, agreement.partner_address
    assert own is not None
    assert theirs is not None
    return Numbering(agreement, own.identity, theirs.identity, usage, agreement.standard)


def _numbering(context: Context, partner: str, agreement: str | None, usage: str) -> Numbering:
    found = _partner(context, partner)
    if agreement is not None:
        named = next((a for a in found.agreements if a.id == agreement), None)
        if named is None or named.own_address is None or named.partner_address is None:
            raise Refusal(Cause.NOT_FOUND, "the partner has no such agreement with control numbers")
        return _of(named, usage)
    able = _numberings(found, usage)
    if not able:
        raise Refusal(Cause.CONFLICT, "nothing that has control numbers is agreed with this partner")
    if len(able) > 1:
        raise Refusal(Cause.CONFLICT, f"{counted(len(able), 'sequence')} could be meant: name an agreement")
    return able[0]


def behind(context: Context, connection: Connection) -> list[tuple[Counter, int]]:
    """Sequences that stand below the interchange number that was written last with them: the next one would be used twice."""
    found = []
    ours = {(c.scope, c.kind, c.usage): c for c in control_numbers.counters(connection)}
    for partner in context.workspace.partners.values():
        written = _written(connection, partner.id)
        for numbering in {one.scope: one for one in _numberings(partner)}.values():
            for counter in (c for key, c in ours.items() if key[:2] == (numbering.scope, "interchange")):
                numbers = (
                    int(n) for s, r, usage, n, agreed in written if n.isdecimal() and numbering.wrote(s, r, usage, agreed, counter.usage)
                )
                newest = next(numbers, None)
                if newest is not None and newest > counter.last:
                    found.append((counter, newest))
    return found


def _written(connection: Connection, partner: str) -> list[tuple[str, str, str, str, str]]:
    """Of each transmission to a partner, the newest first: both sides, usage, interchange number, agreement of its sets."""
    agreed = select(_set.c.agreement_id).where(_set.c.transmission_id == _transmission.c.id).limit(1).scalar_subquery()
    columns = (*(_transmission.c[name] for name in ("sender", "receiver", "usage", "control_number")), agreed)
    statement = select(*columns).where(
        _transmission.c.partner_id == partner, _transmission.c.direction == "outbound", _transmission.c.control_number.is_not(None)
    )
    rows = connection.execute(statement.order_by(_transmission.c.id.desc()).limit(_LOOK))
    return [(row[0] or "", row[1] or "", row[2] or "", row[3], row[4] or "") for row in rows]


def _plain(counter: Counter) -> dict[str, Any]:
    said = {"scope": counter.scope, "kind": counter.kind, "usage": counter.usage, "last": counter.last}
    return said | ({"note": counter.note} if counter.note else {})


def _counter_view(
    connection: Connection, partner: Partner, numbering: Numbering, counter: Counter, written: list[tuple[str, str, str, str, str]]
) -> dict[str, Any]:
    rules = numbering.rules(counter.kind)  # type: ignore[arg-type]  # a kind that was stored
    history = control_numbers.changes(connection, counter.scope, counter.kind, counter.usage)
    following = counter.last + 1 if counter.last < rules.highest else rules.lowest if rules.restarts else None
    view = {"partnerId": partner.id, **_plain(counter), "next": following, "highest": rules.highest}
    if counter.kind == "interchange":
        gone, looked = _missing(numbering, counter, written, history)
        view |= {"missing": [{"from": first, "to": last} for first, last in gone], "checked": looked}
    told = [{"at": utc_text(c.at), "by": c.actor, "reason": c.reason, "before": c.before, "next": c.last + 1} for c in history]
    return view | ({"changes": told} if told else {})


def _missing(
    numbering: Numbering, counter: Counter, written: list[tuple[str, str, str, str, str]], history: list[Change]
) -> tuple[list[tuple[int, int]], int]:
    """Numbers between the oldest that was looked at and the last that no transmission has, but for those that were left out on purpose."""
    numbers = {
        int(number)
        for sender, receiver, usage, number, agreement in written
        if number.isdecimal() and numbering.wrote(sender, receiver, usage, agreement, counter.usage)
    }
    if not numbers:
        return [], 0
    low = min(numbers)
    if max(numbers) > counter.last:  # it began anew: only what was given out since then tells
        numbers = {number for number in numbers if number <= counter.last}
        low = numbering.rules("interchange").lowest
    for change in history:
        if change.before is not None and change.last > change.before:
            numbers |= set(range(max(low, change.before + 1), min(change.last, change.before + _LOOK) + 1))
    gaps: list[tuple[int, int]] = []
    expected = low
    for number in (*sorted(numbers), counter.last + 1):
        if number > expected:
            gaps.append((expected, min(number - 1, counter.last)))
        expected = max(expected, number + 1)
    return gaps[-_RANGES:], len(numbers)


def _sequence_view(one: Sequence) -> dict[str, Any]:
    envelope = one.envelope
    return {
        "partnerId": one.partner_id,
        "standard": envelope.standard,
        "sender": envelope.sender,
        "receiver": envelope.receiver,
        "usage": envelope.usage,
        "last": one.last,
        "at": utc_text(one.at),
        "missing": [{"from": first, "to": last} for first, last in one.missing],
    }


def _event(action: str, thing: str, partner: str, words: str, data: dict[str, Any], by: str) -> EventNote:
    return EventNote(action, "control-number", thing, partner, words, partner_id=partner, data=data, actor=by)
