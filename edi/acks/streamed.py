"""The answer to one interchange, made while it arrives: event by event, set by set, in little memory."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from edi.acks import contrl, x12_write
from edi.acks.addressing import empty_answer, write_choices
from edi.acks.body import Body, Chained
from edi.acks.form import Form
from edi.acks.options import AckNumbers, AckOptions
from edi.acks.response import Kept
from edi.acks.status import AckStatus, errors, group_status, judge
from edi.acks.ta1 import interchange_ack
from edi.acks.x12_997 import form_997
from edi.acks.x12_999 import form_999
from edi.envelope import FunctionalGroup, Interchange
from edi.errors import WriteError
from edi.events import Event, GroupBegun, GroupEnded, InterchangeBegun, InterchangeEnded
from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions
from edi.validate import Validation
from edi.values import Segment, Standard
from edi.write import pieces

__all__ = ["StreamedAnswer"]

_ACK_GROUP = "FA"
_REPORT = "CONTRL"


@dataclass(slots=True)
class _Group:
    """A group that is answered, and the answers to its sets as they are judged by themselves."""

    group: FunctionalGroup
    form: Form | None = None  #: of an X12 group
    kept: Kept = field(default_factory=Kept)
    sets: int = 0
    accepted: int = 0
    with_errors: int = 0
    reports: int = 0  #: sets that are themselves acknowledgments

    def status(self, *, partial: bool) -> AckStatus:
        status = group_status(self.sets, self.accepted, self.with_errors)
        refused = errors(self.group.findings) or (status is AckStatus.PARTIALLY_ACCEPTED and not partial)
        return AckStatus.REJECTED if refused else status


class StreamedAnswer:
    """Takes the events of one interchange, and of each set its validation after the set was read; then gives the answer.

    The answer is what `answer` gives for the whole. Of a set that is accepted a few bytes are kept.
    """

    def __init__(self, options: AckOptions = AckOptions()) -> None:  # noqa: B008  # immutable
        self._options = options
        self._interchange: Interchange | None = None
        self._groups: list[_Group] = []
        self._kinds: contrl.Kinds = {}

    # -- what arrives

    def take(self, event: Event) -> None:
        """An event of reading. The set in a `SetRead` comes again, judged, by `take_set`."""
        match event:
            case InterchangeBegun():
                self._interchange, self._groups, self._kinds = event.interchange, [], {}
            case GroupBegun():
                self._groups.append(_Group(event.group, self._form(event.group)))
            case GroupEnded():
                self._groups[-1].group = event.group
            case InterchangeEnded():
                self._interchange = event.interchange

    def take_set(self, validation: Validation) -> None:
        """A set of the group that began last, with its verdict."""
        group, answered = self._groups[-1], validation.transaction_set
        group.sets += 1
        is_x12 = answered.standard is Standard.X12
        group.reports += not is_x12 and answered.set_id == _REPORT
        status = judge(validation, accept_with_errors=self._options.accept_with_errors) if validation.findings else AckStatus.ACCEPTED
        group.accepted += status.is_accepted
        group.with_errors += status is AckStatus.ACCEPTED_WITH_ERRORS
        if not is_x12:
            if status is AckStatus.ACCEPTED:
                group.kept.add_accepted(*contrl.kind_and_number(answered, self._kinds))
            else:
                group.kept.add(contrl.respond(validation, status))
        elif group.form is not None and x12_write.is_named(answered):
            if status is AckStatus.ACCEPTED:
                group.kept.add_accepted(*x12_write.kind_and_number(answered, group.form))
            else:
                group.kept.add(x12_write.respond(validation, status, group.form))

    def _form(self, group: FunctionalGroup) -> Form | None:
        """None of a group that is not answered: acknowledgments are not, and one without a name cannot be."""
        assert self._interchange is not None
        if self._interchange.standard is Standard.EDIFACT or group.functional_id == _ACK_GROUP or not x12_write.is_named(group):
            return None
        return form_999(group.release) if self._options.version == "999" else form_997(group.release)

    # -- what goes back

    def answer(self, *, numbers: AckNumbers, now: datetime) -> bytes | None:
        """The acknowledgment as an interchange back to the sender; None where there is nothing to answer."""
        out = self._out(numbers, now)
        if out is None or self._interchange is None:
            return None
        for choice in write_choices(self._interchange, self._options.write):
            try:
                return b"".join(pieces(out, choice))
            except WriteError:
                continue
        return None

    def pieces(self, *, numbers: AckNumbers, now: datetime) -> Iterator[bytes] | None:
        """The same, piece by piece."""
        out = self._out(numbers, now)
        if out is None or self._interchange is None:
            return None
        # data can be replaced; what a way of writing cannot say is the envelope, and that can be tried without what is in it
        hollow = replace(out, groups=tuple(replace(g, sets=tuple(replace(s, segments=()) for s in g.sets)) for g in out.groups))
        for choice in write_choices(self._interchange, self._options.write):
            if _can_be_written(hollow, choice):
                return pieces(out, choice)
        return None

    def _out(self, numbers: AckNumbers, now: datetime) -> OutgoingInterchange | None:
        """The answer, not yet written; None where there is nothing to answer."""
        interchange = self._interchange
        if interchange is None or self._is_ack(interchange):
            return None
        return (self._x12 if interchange.standard is Standard.X12 else self._edifact)(interchange, numbers, now)

    @property
    def groups(self) -> int:
        """How many groups the answer has, and so how many group control numbers it takes."""
        interchange = self._interchange
        if interchange is None or interchange.standard is Standard.EDIFACT or self._is_ack(interchange):
            return 0
        return len(self._by_address(interchange))

    def _is_ack(self, interchange: Interchange) -> bool:
        """Whether all that is in it are acknowledgments."""
        if interchange.standard is Standard.X12:
            kinds = [group.group.functional_id == _ACK_GROUP for group in self._groups]
            return all(kinds) and bool(kinds or interchange.service_segments)
        sets = sum(group.sets for group in self._groups)
        return sets > 0 and sets == sum(group.reports for group in self._groups)

    def _x12(self, interchange: Interchange, numbers: AckNumbers, now: datetime) -> OutgoingInterchange | None:
        service = (interchange_ack(interchange),) if self._ta1_is_due(interchange) else ()
        addressed = self._by_address(interchange)
        if not addressed and not service:
            return None
        is_wrong = bool(errors(interchange.findings))
        groups = tuple(
            OutgoingGroup(
                _ACK_GROUP,
                sender,
                receiver,
                str(int(numbers.group) + index),
                release,
                tuple(self._set(group, numbers, at, is_wrong=is_wrong) for at, group in enumerate(answered)),
            )
            for index, ((sender, receiver, release), answered) in enumerate(addressed.items())
        )
        return replace(empty_answer(interchange, numbers, now), groups=groups, service_segments=service)

    def _ta1_is_due(self, interchange: Interchange) -> bool:
        wanted = self._options.ta1
        return wanted == "always" or (wanted == "auto" and (interchange.ack_requested or bool(errors(interchange.findings))))

    def _receipt_is_due(self, interchange: Interchange) -> bool:
        wanted = self._options.ta1
        return wanted == "always" or (wanted == "auto" and interchange.ack_requested)

    def _by_address(self, interchange: Interchange) -> dict[tuple[str, str, str], list[_Group]]:
        """The groups that are answered, by who answers whom, and in which release. None where the TA1 rejects all of them."""
        found: dict[tuple[str, str, str], list[_Group]] = {}
        if not self._options.functional or (errors(interchange.findings) and self._ta1_is_due(interchange)):
            return found
        for group in self._groups:
            if group.form is not None:
                found.setdefault((group.group.receiver, group.group.sender, group.form.release), []).append(group)
        return found

    def _set(self, group: _Group, numbers: AckNumbers, at: int, *, is_wrong: bool) -> OutgoingSet:
        assert group.form is not None
        form, status = group.form, AckStatus.REJECTED if is_wrong else group.status(partial=self._options.partial)
        header = x12_write.group_header(group.group, form)
        trailer = x12_write.group_trailer(group.group, status, group.sets, group.accepted, form)
        write = partial(x12_write.response_segments, form=form)
        body = Body(group.kept, write, 2, accepted=self._options.ak2_for_accepted, rejected=status is AckStatus.REJECTED)
        number = str(int(numbers.set) + at).zfill(len(numbers.set))
        return OutgoingSet(form.set_id, number, Chained((header,), body, (trailer,)), implementation=form.guide)

    def _edifact(self, interchange: Interchange, numbers: AckNumbers, now: datetime) -> OutgoingInterchange | None:
        is_wrong = bool(errors(interchange.findings))
        if self._options.functional:
            action = contrl.REJECTED if is_wrong else contrl.ACKNOWLEDGED
        elif self._receipt_is_due(interchange):
            action = contrl.RECEIVED
        else:
            return None
        header = contrl.interchange_response(interchange, action)
        bodies = [*self._messages(accepted=self._options.ak2_for_accepted)] if action == contrl.ACKNOWLEDGED else []
        if sum(map(len, bodies)) > contrl.MOST_SEGMENTS:  # an accepted message need not be named (0083, 7)
            bodies = [*self._messages(accepted=False)]
        body = Chained((header,), *bodies)
        group = OutgoingGroup("", "", "", numbers.group, contrl.release(interchange.version), (OutgoingSet(_REPORT, numbers.set, body),))
        return replace(empty_answer(interchange, numbers, now), groups=(group,))

    def _messages(self, *, accepted: bool) -> Iterator[Collection[Segment]]:
        """UCM and what is below it, first of the messages in no group; then UCF by UCF."""
        for group in sorted(self._groups, key=lambda g: g.group.header is not None):
            if group.group.header is not None:
                yield (contrl.group_response(group.group, group.group.header, group.status(partial=True)),)
            if group.group.header is None or not errors(group.group.findings):
                yield Body(group.kept, contrl.response_segments, 1, accepted=accepted, rejected=False)


def _can_be_written(out: OutgoingInterchange, choice: WriteOptions) -> bool:
    try:
        for _ in pieces(out, choice):
            pass
    except WriteError:
        return False
    return True
