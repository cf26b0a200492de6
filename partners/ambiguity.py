"""Refuses workspaces in which two agreements could be meant by one document: that must be found when loading, not at night."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from partners.files import ConfigFault
from partners.model import OWN_FORMS, Address, Agreement, Direction, Partner, comparable
from partners.when import exclusive

__all__ = ["ambiguities"]

_TOGETHER = ("standard", "interchange_version", "station", "own_address", "partner_address", "transport", "write", "batch")


def ambiguities(partners: Sequence[Partner]) -> Iterator[ConfigFault]:
    """Every pair that cannot be told apart, as a fault of the second."""
    yield from _names(partners)
    for partner in partners:
        yield from _batches(partner)
    groups: dict[tuple[str, ...], list[Agreement]] = {}
    for agreement in (agreement for partner in partners for agreement in partner.agreements):
        groups.setdefault((agreement.direction, agreement.standard, agreement.set_id, agreement.release), []).append(agreement)
    for group in groups.values():
        for one, other in combinations(group, 2):
            if one.standard not in OWN_FORMS and _overlap(one, other):
                yield _fault(one, other, "by envelope, set and release")
    for partner in partners:
        for one, other in combinations(partner.agreements, 2):
            if one.direction is other.direction and one.document == other.document and _usages_overlap(one, other):
                outbound = one.direction is Direction.OUTBOUND
                if (outbound and not exclusive(one.when, other.when)) or (
                    one.standard in OWN_FORMS and one.standard == other.standard and one.set_id == other.set_id
                ):
                    yield _fault(one, other, "by partner and document")


def _names(partners: Sequence[Partner]) -> Iterator[ConfigFault]:
    names: dict[str, str] = {}
    for partner in partners:
        if partner.transports.as2 is None or partner.as2_name is None:
            continue
        first = names.setdefault(partner.as2_name, partner.id)
        if first != partner.id:
            yield ConfigFault(_file(partner.id), "identities.as2", f"{first} has the same AS2 name")


def _batches(partner: Partner) -> Iterator[ConfigFault]:
    """Agreements that leave together are written alike: one interchange has one header."""
    shared: dict[str, Agreement] = {}
    for agreement in partner.agreements:
        if agreement.batch is None or agreement.batch.name is None:
            continue
        first = shared.setdefault(agreement.batch.name, agreement)
        differing = [name for name in _TOGETHER if getattr(first, name) != getattr(agreement, name)]
        if differing:
            message = f"{agreement.id} and {first.id} are to leave together, and differ in {', '.join(differing)}"
            yield ConfigFault(_file(partner.id), "agreements", message)


def _overlap(one: Agreement, other: Agreement) -> bool:
    same_industry = not one.industry or not other.industry or one.industry == other.industry
    ours = one.own_address is not None and other.own_address is not None and _same(one.own_address, other.own_address)
    theirs = any(_same(mine, yours) for mine in one.partner_addresses for yours in other.partner_addresses)
    return same_industry and ours and theirs and _usages_overlap(one, other)


def _same(one: Address, other: Address) -> bool:
    groups_meet = not one.groups or not other.groups or bool(set(one.groups) & set(other.groups))
    return comparable(one.identity) == comparable(other.identity) and groups_meet


def _usages_overlap(one: Agreement, other: Agreement) -> bool:
    return one.usage is None or other.usage is None or one.usage == other.usage


def _fault(one: Agreement, other: Agreement, how: str) -> ConfigFault:
    name = one.id if one.partner_id == other.partner_id else f"{one.id} of {one.partner_id}"
    return ConfigFault(_file(other.partner_id), "agreements", f"{other.id} and {name} cannot be told apart {how}")


def _file(partner_id: str) -> str:
    return f"partners/{partner_id}/partner.yaml"
