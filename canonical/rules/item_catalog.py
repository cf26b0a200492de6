"""The rules of an ItemCatalog: keys, prices, and days that end after they begin."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.item_catalog import CatalogLine, ItemCatalog
from canonical.price import CatalogPrice, Price
from canonical.rules.report import Path, currency_faults, error, item_faults, parties_faults, warning

__all__ = ["check_item_catalog", "price_faults"]


def check_item_catalog(catalog: ItemCatalog) -> Iterator[Fault]:
    """Every fault of a catalog."""
    yield from currency_faults(catalog.currency, ("currency",))
    yield from parties_faults(catalog.parties, ("parties",))
    yield from _days(catalog.effective_date, catalog.expiration_date, ("expirationDate",))
    numbers = Counter(line.line_number for line in catalog.lines if line.line_number)
    for index, line in enumerate(catalog.lines):
        path: Path = ("lines", index)
        yield from _line(line, path)
        if line.line_number and numbers[line.line_number] > 1:
            yield error("line-number-duplicate", (*path, "lineNumber"), "Another line has the same number.", line.line_number)
        if line.parent_line_number and line.parent_line_number not in numbers:
            yield error("parent-line-unknown", (*path, "parentLineNumber"), "No line has this number.", line.parent_line_number)


def _line(line: CatalogLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    for index, price in enumerate(line.prices):
        yield from price_faults(price, (*path, "prices", index))
    for index, pack in enumerate(line.packaging):
        if pack.gtin and not is_valid(pack.gtin):
            place: Path = (*path, "packaging", index, "gtin")
            yield error("gtin-check-digit", place, "The last digit is not the check digit of this GTIN.", pack.gtin)
    if line.lifecycle:
        yield from _days(line.lifecycle.orderable_from, line.lifecycle.orderable_to, (*path, "lifecycle", "orderableTo"))


def price_faults(price: Price, path: Path) -> Iterator[Fault]:
    """A price is not negative; of one in a catalog, currency and days are right."""
    if isinstance(price, CatalogPrice):
        yield from currency_faults(price.currency, (*path, "currency"))
        yield from _days(price.effective_date, price.expiration_date, (*path, "expirationDate"))
    if price.amount < 0:
        yield error("amount-negative", (*path, "amount"), "A price is not less than nothing.", price.amount)


def _days(start: date | datetime | None, end: date | datetime | None, path: Path) -> Iterator[Fault]:
    if start and end and _day(start) > _day(end):
        yield warning("window-reversed", path, "It ends before it starts.", end)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
