"""Which agreement a document belongs to: exactly one, or the reason why none. Pure look-ups in a workspace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from edi.values import Identity
from partners.model import Address, Agreement, Direction, Partner, Station, Workspace, comparable
from partners.when import fulfils

__all__ = ["Reason", "Unidentified", "agreement_for_document", "by_as2", "identify", "partner_by_address", "split_release"]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Reason(StrEnum):
    """Why there is no agreement. The order is that of looking: the last one that applies is named."""

    PARTNER_UNKNOWN = "partner-unknown"  #: no profile has the other side's identity
    STATION_UNKNOWN = "station-unknown"  #: our side's identity is not one of ours
    STANDARD_NOT_AGREED = "standard-not-agreed"  #: nothing at all in this rule family and direction, at this station
    GROUP_NOT_AGREED = "group-not-agreed"  #: the group codes (GS02, GS03) are not those agreed
    SET_NOT_AGREED = "set-not-agreed"
    RELEASE_NOT_AGREED = "release-not-agreed"
    USAGE_NOT_AGREED = "usage-not-agreed"  #: test traffic where live was agreed, or the reverse
    PARTNER_INACTIVE = "partner-inactive"  #: the profile's status does not let this usage through
    AMBIGUOUS = "ambiguous"  #: several agreements fit, and the caller did not say enough to tell them apart


@dataclass(frozen=True, slots=True)
class Unidentified:
    """No agreement. What was found on the way is named, so that a person sees how far it went."""

    reason: Reason
    partner_id: str | None = None
    agreement_id: str | None = None


def split_release(standard: str, release: str) -> tuple[str, str]:
    """Release and industry: `004010VICS` is 004010 and VICS, `D96AEAN008` D96A and EAN008. Blanks and dots do not count."""
    text = release.replace(" ", "").replace(".", "").replace(":", "").upper() if standard == "edifact" else release.strip()
    length = {"x12": 6, "edifact": 4}.get(standard, len(text))
    return text[:length], text[length:]


def identify(
    workspace: Workspace,
    *,
    standard: str,
    direction: Direction,
    sender: Identity,
    receiver: Identity,
    group_sender: str = "",
    group_receiver: str = "",
    set_id: str,
    release: str,
    industry: str | None = None,
    usage: str = "live",
) -> Agreement | Unidentified:
    """The agreement of one transaction set by its envelope.

    `release` may carry its industry suffix; when neither it nor `industry` says one, an agreement with an industry fits too.
    """
    inbound = direction is Direction.INBOUND
    theirs, ours = (sender, receiver) if inbound else (receiver, sender)
    their_group, our_group = (group_sender, group_receiver) if inbound else (group_receiver, group_sender)
    ids = workspace.partners_by_address.get((standard, comparable(theirs)), ())
    if not ids:
        return Unidentified(Reason.PARTNER_UNKNOWN)
    partner_id = ids[0] if len(ids) == 1 else None
    if not any(_is(station.of(standard), ours) for station in workspace.own.stations):
        return Unidentified(Reason.STATION_UNKNOWN, partner_id)
    bare, suffix = split_release(standard, release)
    suffix = industry if industry is not None else suffix
    candidates: Sequence[Agreement] = [agreement for id_ in ids for agreement in workspace.partners[id_].agreements]
    steps: tuple[tuple[Reason, Callable[[Agreement], bool]], ...] = (
        (
            Reason.STANDARD_NOT_AGREED,
            lambda a: (
                a.standard == standard
                and a.direction is direction
                and _is(a.own_address, ours)
                and any(_is(address, theirs) for address in a.partner_addresses)
            ),
        ),
        (
            Reason.GROUP_NOT_AGREED,
            lambda a: (
                _group_fits(a.own_address, our_group) and any(_is(x, theirs) and _group_fits(x, their_group) for x in a.partner_addresses)
            ),
        ),
        (Reason.SET_NOT_AGREED, lambda a: a.set_id == set_id),
        (Reason.RELEASE_NOT_AGREED, lambda a: a.release == bare and (not a.industry or not suffix or a.industry == suffix)),
        (Reason.USAGE_NOT_AGREED, lambda a: a.usage in {None, usage}),
    )
    for reason, fits in steps:
        left = [agreement for agreement in candidates if fits(agreement)]
        if not left:
            return Unidentified(reason, partner_id or _only_partner(candidates))
        candidates = left
    return _active(workspace, candidates, usage)


def agreement_for_document(
    workspace: Workspace,
    partner_id: str,
    document: str | None,
    direction: Direction,
    *,
    standard: str | None = None,
    usage: str = "live",
    body: Mapping[str, Any] = _NOTHING,
) -> Agreement | Unidentified:
    """The agreement of a document whose partner is known: what the hub submits, what a partner posts to its inbox in its own form.

    `body` is the document's JSON, for agreements that are only for some documents; those that are for all of a kind have the rest.
    """
    partner = workspace.partners.get(partner_id)
    if partner is None:
        return Unidentified(Reason.PARTNER_UNKNOWN)
    candidates = [a for a in partner.agreements if a.direction is direction and standard in {None, a.standard}]
    if not candidates:
        return Unidentified(Reason.STANDARD_NOT_AGREED, partner_id)
    candidates = [a for a in candidates if document in {None, a.document}]
    if not candidates:
        return Unidentified(Reason.SET_NOT_AGREED, partner_id)
    candidates = [a for a in candidates if a.usage in {None, usage}]
    if not candidates:
        return Unidentified(Reason.USAGE_NOT_AGREED, partner_id)
    candidates = [a for a in candidates if fulfils(a.when, body)]
    if not candidates:
        return Unidentified(Reason.SET_NOT_AGREED, partner_id)
    candidates = [a for a in candidates if a.when] or candidates
    return _active(workspace, candidates, usage)


def partner_by_address(workspace: Workspace, standard: str, identity: Identity) -> Partner | Unidentified:
    """The partner with this address: whom an acknowledgment is from, whom an unreadable set came from."""
    ids = workspace.partners_by_address.get((standard, comparable(identity)), ())
    if not ids:
        return Unidentified(Reason.PARTNER_UNKNOWN)
    return workspace.partners[ids[0]] if len(ids) == 1 else Unidentified(Reason.AMBIGUOUS)


def by_as2(workspace: Workspace, as2_from: str, as2_to: str) -> tuple[Partner, Station] | Unidentified:
    """Partner and station of an AS2 message that came in. Names are compared with case, unless the partner's tolerance says otherwise."""
    partner = next((p for p in workspace.partners.values() if p.transports.as2 is not None and _same_name(p, as2_from)), None)
    if partner is None:
        return Unidentified(Reason.PARTNER_UNKNOWN)
    station = next((s for s in workspace.own.stations if s.as2 is not None and s.as2.as2_name == as2_to), None)
    return Unidentified(Reason.STATION_UNKNOWN, partner.id) if station is None else (partner, station)


def _same_name(partner: Partner, name: str) -> bool:
    known, settings = partner.as2_name, partner.transports.as2
    if known is None or settings is None:
        return False
    return known == name or (settings.tolerance.as2_name_ignore_case and known.lower() == name.lower())


def _is(address: Address | None, identity: Identity) -> bool:
    return address is not None and comparable(address.identity) == comparable(identity)


def _group_fits(address: Address | None, code: str) -> bool:
    return address is None or not address.groups or not code.strip() or code.strip() in address.groups


def _only_partner(candidates: Sequence[Agreement]) -> str | None:
    ids = {agreement.partner_id for agreement in candidates}
    return ids.pop() if len(ids) == 1 else None


def _active(workspace: Workspace, candidates: Sequence[Agreement], usage: str) -> Agreement | Unidentified:
    if len(candidates) > 1:
        return Unidentified(Reason.AMBIGUOUS, _only_partner(candidates))
    [agreement] = candidates
    if not workspace.partners[agreement.partner_id].status.takes(usage):
        return Unidentified(Reason.PARTNER_INACTIVE, agreement.partner_id, agreement.id)
    return agreement
