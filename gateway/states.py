"""Every state of the five things that have one, each with its sentence, and every legal move between them.

A step may only ask for a move in these tables; `gateway.store.moves` enforces them in SQL, and each move leaves an `event` row.
The three statuses that people see (validation, delivery, acknowledgment) are derived from these, never stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

__all__ = [
    "LIVES",
    "AcknowledgmentState",
    "DeliveryState",
    "DocumentState",
    "IllegalMoveError",
    "Life",
    "State",
    "Thing",
    "TransactionSetState",
    "TransmissionState",
    "as_markdown",
    "sources",
    "thing_of",
]


class Thing(StrEnum):
    """What has a state; also the name of its table."""

    TRANSMISSION = "transmission"
    TRANSACTION_SET = "transaction_set"
    DOCUMENT = "document"
    DELIVERY = "delivery"
    ACKNOWLEDGMENT = "acknowledgment"


class TransmissionState(StrEnum):
    """Bytes in or out."""

    RECEIVED = "RECEIVED"
    OPENED = "OPENED"
    DUPLICATE = "DUPLICATE"
    HELD = "HELD"
    REJECTED = "REJECTED"
    WRITTEN = "WRITTEN"


class TransactionSetState(StrEnum):
    """One business message on the wire, in or out."""

    MAPPED = "MAPPED"
    REJECTED = "REJECTED"
    HELD = "HELD"
    APPLIED = "APPLIED"
    WRITTEN = "WRITTEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"


class DocumentState(StrEnum):
    """One canonical document, from a partner or from the hub."""

    MAPPED = "MAPPED"
    DELIVERED = "DELIVERED"
    DUPLICATE = "DUPLICATE"
    WAITING = "WAITING"
    SUPERSEDED = "SUPERSEDED"
    SUBMITTED = "SUBMITTED"
    BATCHED = "BATCHED"
    WRITTEN = "WRITTEN"
    SENT = "SENT"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    REJECTED = "REJECTED"
    HELD = "HELD"


class DeliveryState(StrEnum):
    """One document or payload on its way to one destination."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    AWAITING_MDN = "AWAITING_MDN"
    RECEIPTED = "RECEIPTED"
    REFUSED = "REFUSED"
    MIC_MISMATCH = "MIC_MISMATCH"
    MDN_UNVERIFIED = "MDN_UNVERIFIED"
    OVERDUE = "OVERDUE"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


class AcknowledgmentState(StrEnum):
    """An answer on any level: ours, one that is owed to us or by us, or one that came."""

    WRITTEN = "WRITTEN"
    EXPECTED = "EXPECTED"
    OVERDUE = "OVERDUE"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    UNMATCHED = "UNMATCHED"
    ANSWERED = "ANSWERED"
    DISMISSED = "DISMISSED"


State = TransmissionState | TransactionSetState | DocumentState | DeliveryState | AcknowledgmentState
S = TypeVar("S", TransmissionState, TransactionSetState, DocumentState, DeliveryState, AcknowledgmentState)


@dataclass(frozen=True, slots=True)
class Life(Generic[S]):
    """The states of one thing. States of different things may share a name, so nothing is ever looked up across lives."""

    sentences: Mapping[S, str]
    start: frozenset[S]  #: in which it may be made
    moves: Mapping[S, frozenset[S]]
    needs_a_person: frozenset[S]  #: what `held` lists; everything else goes on by itself or is over
    goes_on: frozenset[S] = frozenset()  #: by a job or a clock of its own

    @property
    def open(self) -> frozenset[str]:
        """The states that are not over: however much was ever done, few things stand in them."""
        return frozenset(state.value for state in (*self.needs_a_person, *self.goes_on))


_T, _S, _D, _V, _A = TransmissionState, TransactionSetState, DocumentState, DeliveryState, AcknowledgmentState

_TRANSMISSION: Final = Life(
    sentences={
        _T.RECEIVED: "The bytes are stored as they travelled; nothing has looked inside yet.",
        _T.OPENED: "The payload is out of its wrapping and taken over; its transaction sets tell the rest.",
        _T.DUPLICATE: "Seen before with the same bytes: the first answer was given again, nothing else was done.",
        _T.HELD: "Could not be read, identified or told from another; waits for a person.",
        _T.REJECTED: "Refused, and the partner was told or a person decided so.",
        _T.WRITTEN: "Our bytes for the partner are numbered and stored; the delivery tells the rest.",
    },
    start=frozenset({_T.RECEIVED, _T.OPENED, _T.DUPLICATE, _T.HELD, _T.WRITTEN}),
    moves={
        _T.RECEIVED: frozenset({_T.OPENED, _T.DUPLICATE, _T.HELD, _T.REJECTED}),
        _T.OPENED: frozenset({_T.DUPLICATE, _T.HELD, _T.REJECTED}),
        _T.DUPLICATE: frozenset(),
        _T.HELD: frozenset({_T.OPENED, _T.REJECTED}),
        _T.REJECTED: frozenset(),
        _T.WRITTEN: frozenset(),
    },
    needs_a_person=frozenset({_T.HELD}),
    goes_on=frozenset({_T.RECEIVED}),  # and OPENED, as long as it is not finished
)

_TRANSACTION_SET: Final = Life(
    sentences={
        _S.MAPPED: "Accepted and decoded to a document.",
        _S.REJECTED: "Refused: by us in our acknowledgment, or by the partner in theirs.",
        _S.HELD: "No document could be made of it; waits for a person.",
        _S.APPLIED: "An acknowledgment; what it says was applied to what it answers.",
        _S.WRITTEN: "Encoded, numbered and stored for the partner.",
        _S.ACKNOWLEDGED: "The partner's acknowledgment accepts it.",
    },
    start=frozenset({_S.MAPPED, _S.REJECTED, _S.HELD, _S.APPLIED, _S.WRITTEN}),
    moves={
        _S.MAPPED: frozenset(),
        _S.REJECTED: frozenset(),
        _S.HELD: frozenset({_S.MAPPED, _S.REJECTED}),
        _S.APPLIED: frozenset(),
        _S.WRITTEN: frozenset({_S.ACKNOWLEDGED, _S.REJECTED}),
        _S.ACKNOWLEDGED: frozenset({_S.REJECTED}),
    },
    needs_a_person=frozenset({_S.HELD}),
)

_DOCUMENT: Final = Life(
    sentences={
        _D.MAPPED: "Decoded from the partner's data; its deliveries to the hub are queued.",
        _D.DELIVERED: "The hub has taken it over from every sink.",
        _D.DUPLICATE: "Same business number and same content as one before, of theirs or of ours; not delivered.",
        _D.WAITING: "It changes an order that is not here yet; it goes on by itself, behind the order.",
        _D.SUPERSEDED: "Older than a state of the same thing that is known; not delivered, as agreed.",
        _D.SUBMITTED: "Taken over from the hub; the set for the partner is not written yet.",
        _D.BATCHED: "Checked and encoded; waits for its batch to leave.",
        _D.WRITTEN: "Encoded, validated and numbered; on its way to the partner.",
        _D.SENT: "The partner's side has taken the bytes over.",
        _D.ACKNOWLEDGED: "The partner's acknowledgment accepts it.",
        _D.REJECTED: "The partner's acknowledgment refuses it, or a person here did.",
        _D.HELD: "A check failed or a map could not finish; nothing left; waits for a person.",
    },
    start=frozenset({_D.MAPPED, _D.DUPLICATE, _D.WAITING, _D.SUPERSEDED, _D.SUBMITTED, _D.HELD}),
    moves={
        _D.MAPPED: frozenset({_D.DELIVERED}),
        _D.DELIVERED: frozenset({_D.MAPPED}),  # a resend or replay queues it anew
        _D.DUPLICATE: frozenset(),
        _D.WAITING: frozenset({_D.MAPPED, _D.HELD, _D.REJECTED}),
        _D.SUPERSEDED: frozenset(),
        _D.SUBMITTED: frozenset({_D.WRITTEN, _D.BATCHED, _D.HELD}),
        _D.BATCHED: frozenset({_D.WRITTEN, _D.HELD, _D.REJECTED}),  # a person may take it out
        _D.WRITTEN: frozenset({_D.SENT, _D.ACKNOWLEDGED, _D.REJECTED}),  # the 997 may overtake the MDN
        _D.SENT: frozenset({_D.WRITTEN, _D.ACKNOWLEDGED, _D.REJECTED}),
        _D.ACKNOWLEDGED: frozenset({_D.REJECTED}),  # a second, contrary acknowledgment
        _D.REJECTED: frozenset(),
        _D.HELD: frozenset({_D.MAPPED, _D.SUBMITTED, _D.REJECTED}),
    },
    needs_a_person=frozenset({_D.HELD}),
    goes_on=frozenset({_D.WAITING, _D.SUBMITTED, _D.BATCHED}),  # the deliveries tell of MAPPED and WRITTEN
)

_DELIVERY: Final = Life(
    sentences={
        _V.QUEUED: "Waits for its turn or its next attempt.",
        _V.DELIVERED: "The destination has taken it over.",
        _V.AWAITING_MDN: "Taken over by the partner's AS2 server; its MDN comes later.",
        _V.RECEIPTED: "The partner's MDN is verified and its MIC is ours.",
        _V.REFUSED: "The partner's MDN says that it could not process the message.",
        _V.MIC_MISMATCH: "The partner's MDN is about other bytes than we sent; never resent by itself.",
        _V.MDN_UNVERIFIED: "The partner's MDN could not be trusted; never resent by itself.",
        _V.OVERDUE: "No MDN came in the agreed time.",
        _V.HELD: "Given up by the machine, or not possible; waits for a person.",
        _V.CANCELLED: "A person decided that it shall not be delivered.",
    },
    start=frozenset({_V.QUEUED}),
    moves={
        _V.QUEUED: frozenset(
            {_V.DELIVERED, _V.AWAITING_MDN, _V.RECEIPTED, _V.REFUSED, _V.MIC_MISMATCH, _V.MDN_UNVERIFIED, _V.HELD, _V.CANCELLED}
        ),
        _V.DELIVERED: frozenset({_V.QUEUED}),
        _V.AWAITING_MDN: frozenset({_V.RECEIPTED, _V.REFUSED, _V.MIC_MISMATCH, _V.MDN_UNVERIFIED, _V.OVERDUE, _V.QUEUED}),
        _V.RECEIPTED: frozenset({_V.QUEUED}),
        _V.REFUSED: frozenset({_V.QUEUED, _V.CANCELLED}),
        _V.MIC_MISMATCH: frozenset({_V.QUEUED, _V.CANCELLED}),
        _V.MDN_UNVERIFIED: frozenset({_V.QUEUED, _V.CANCELLED}),
        _V.OVERDUE: frozenset({_V.RECEIPTED, _V.REFUSED, _V.MIC_MISMATCH, _V.MDN_UNVERIFIED, _V.QUEUED, _V.CANCELLED}),
        _V.HELD: frozenset({_V.QUEUED, _V.CANCELLED}),
        _V.CANCELLED: frozenset({_V.RECEIPTED}),  # an MDN that nobody waited for any more
    },
    needs_a_person=frozenset({_V.HELD, _V.REFUSED, _V.MIC_MISMATCH, _V.MDN_UNVERIFIED, _V.OVERDUE}),
    goes_on=frozenset({_V.QUEUED, _V.AWAITING_MDN}),
)

_ACKNOWLEDGMENT: Final = Life(
    sentences={
        _A.WRITTEN: "Our acknowledgment is written; its delivery tells the rest.",
        _A.EXPECTED: "An answer is owed: the partner's to what we sent, or ours to what it sent.",
        _A.OVERDUE: "The answer that is owed did not come, or did not leave, in the agreed time.",
        _A.ACCEPTED: "The partner accepts all of what we sent.",
        _A.REJECTED: "The partner refuses some or all of what we sent.",
        _A.UNMATCHED: "It names control numbers that we never sent; waits for a person.",
        _A.ANSWERED: "The document that was owed as the answer is there; what it says stands in it.",
        _A.DISMISSED: "A person looked at it and put it aside; what comes late still settles it.",
    },
    start=frozenset({_A.WRITTEN, _A.EXPECTED, _A.UNMATCHED}),
    moves={
        _A.WRITTEN: frozenset(),
        _A.EXPECTED: frozenset({_A.ACCEPTED, _A.REJECTED, _A.ANSWERED, _A.OVERDUE, _A.DISMISSED}),
        _A.OVERDUE: frozenset({_A.ACCEPTED, _A.REJECTED, _A.ANSWERED, _A.DISMISSED}),
        _A.ACCEPTED: frozenset({_A.REJECTED}),
        _A.REJECTED: frozenset({_A.DISMISSED}),
        _A.UNMATCHED: frozenset({_A.DISMISSED}),
        _A.ANSWERED: frozenset(),
        _A.DISMISSED: frozenset({_A.ACCEPTED, _A.REJECTED, _A.ANSWERED}),
    },
    needs_a_person=frozenset({_A.OVERDUE, _A.UNMATCHED, _A.REJECTED}),
    goes_on=frozenset({_A.EXPECTED}),
)

AnyLife = Life[TransmissionState] | Life[TransactionSetState] | Life[DocumentState] | Life[DeliveryState] | Life[AcknowledgmentState]
LIVES: Final[Mapping[Thing, AnyLife]] = {
    Thing.TRANSMISSION: _TRANSMISSION,
    Thing.TRANSACTION_SET: _TRANSACTION_SET,
    Thing.DOCUMENT: _DOCUMENT,
    Thing.DELIVERY: _DELIVERY,
    Thing.ACKNOWLEDGMENT: _ACKNOWLEDGMENT,
}
_THING: Final[Mapping[type[StrEnum], Thing]] = {
    _T: Thing.TRANSMISSION,
    _S: Thing.TRANSACTION_SET,
    _D: Thing.DOCUMENT,
    _V: Thing.DELIVERY,
    _A: Thing.ACKNOWLEDGMENT,
}


class IllegalMoveError(Exception):
    """A thing is not in a state from which the move asked for is legal: another step was there first, or a fault of ours."""

    def __init__(self, thing: Thing, id_: str, to: State) -> None:
        super().__init__(f"{thing} {id_} cannot become {to} from its present state")
        self.thing = thing
        self.id = id_
        self.to = to


def thing_of(state: State) -> Thing:
    """Which of the five things has this state."""
    return _THING[type(state)]


def sources(to: State) -> frozenset[str]:
    """The states of the same thing from which `to` may be reached."""
    return frozenset(state.value for state, targets in LIVES[thing_of(to)].moves.items() if to in targets)


def as_markdown() -> str:
    """The tables as `gateway/README.md` shows them; a test keeps the two equal."""
    lines: list[str] = []
    for thing, life in LIVES.items():
        lines += [f"**{thing.replace('_', ' ')}**", "", "| state | meaning | may become |", "| --- | --- | --- |"]
        for state, sentence in life.sentences.items():
            targets = ", ".join(f"`{other}`" for other, before in ((o, sources(o)) for o in life.sentences) if state in before) or "-"
            lines.append(f"| `{state}` | {sentence} | {targets} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
