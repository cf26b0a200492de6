"""What rules share: a fault at a place, and the rules on keys that stand anywhere in a document."""

from collections.abc import Iterator

from canonical.base import Fault, Model, Severity, json_path
from canonical.codes import COUNTRIES, CURRENCIES
from canonical.gs1 import is_valid
from canonical.item import Item
from canonical.party import Address, Parties, Party
from canonical.scalars import GLN_DIGITS

__all__ = ["Path", "currency_faults", "error", "gln_faults", "item_faults", "parties_faults", "party_faults", "warning"]

Path = tuple[str | int, ...]


def error(code: str, path: Path, message: str, value: object = None) -> Fault:
    """A fault that blocks."""
    return Fault(
        code=code, severity=Severity.ERROR, path=json_path(path), message=message, value=None if value is None else str(value)[:99]
    )


def warning(code: str, path: Path, message: str, value: object = None) -> Fault:
    """A fault that travels with the document."""
    return error(code, path, message, value).model_copy(update={"severity": Severity.WARNING})


def item_faults(item: Item, path: Path) -> Iterator[Fault]:
    """A product must be named, and its GTIN right."""
    if not item.is_identified:
        yield error("item-not-identified", path, "Nothing names the product; a description is not enough.")
    if item.gtin and not is_valid(item.gtin):
        yield error("gtin-check-digit", (*path, "gtin"), "The last digit is not the check digit of this GTIN.", item.gtin)
    if item.country_of_origin:
        yield from _country_faults(item.country_of_origin, (*path, "countryOfOrigin"))


def gln_faults(scheme: str | None, key: str | None, path: Path) -> Iterator[Fault]:
    """An id that says it is a GLN has 13 digits, the last of them right."""
    if scheme == "gln" and key and not (len(key) == GLN_DIGITS and is_valid(key)):
        yield error("gln-check-digit", path, "A GLN has 13 digits, the last of them its check digit.", key)


def currency_faults(currency: str | None, path: Path) -> Iterator[Fault]:
    """A currency that nobody pays in."""
    if currency and currency not in CURRENCIES:
        yield error("currency-unknown", path, "ISO 4217 has no such currency.", currency)


def parties_faults(parties: Parties, path: Path) -> Iterator[Fault]:
    """Ids and addresses of every party."""
    for role, party in _by_role(parties):
        yield from party_faults(party, (*path, *role))


def party_faults(party: Party, path: Path) -> Iterator[Fault]:
    """Id and address of one party."""
    yield from gln_faults(party.id_scheme, party.id, (*path, "id"))
    if isinstance(party.address, Address) and party.address.country:
        yield from _country_faults(party.address.country, (*path, "address", "country"))


def _by_role(parties: Parties) -> Iterator[tuple[Path, Party]]:
    for name, field in type(parties).model_fields.items():
        value: Model | tuple[Model, ...] | None = getattr(parties, name)
        if isinstance(value, Party):
            yield (str(field.alias),), value
    for index, other in enumerate(parties.other):
        yield ("other", index), other


def _country_faults(country: str, path: Path) -> Iterator[Fault]:
    if country not in COUNTRIES:
        yield warning("country-unknown", path, "ISO 3166-1 has no such country.", country)
