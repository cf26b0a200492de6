"""The rules of a SalesReport: keys, figures that are there, and places that add up."""

from collections.abc import Iterator
from decimal import Decimal

from canonical.base import Fault
from canonical.rules.item_catalog import price_faults
from canonical.rules.report import Path, currency_faults, error, gln_faults, item_faults, parties_faults, warning
from canonical.sales_report import ProductActivity, SalesReport

__all__ = ["check_sales_report"]


def check_sales_report(report: SalesReport) -> Iterator[Fault]:
    """Every fault of a report."""
    yield from currency_faults(report.currency, ("currency",))
    yield from parties_faults(report.parties, ("parties",))
    period = report.period
    if period.start and period.end and period.start > period.end:
        yield error("window-reversed", ("period",), "The period ends before it starts.")
    for index, line in enumerate(report.lines):
        path: Path = ("lines", index)
        yield from item_faults(line.item, (*path, "item"))
        if line.location:
            yield from gln_faults(line.location.id_scheme, line.location.id, (*path, "location", "id"))
        for number, price in enumerate(line.prices):
            yield from price_faults(price, (*path, "prices", number))
        for number, activity in enumerate(line.activities):
            yield from _activity(activity, (*path, "activities", number))


def _activity(activity: ProductActivity, path: Path) -> Iterator[Fault]:
    if activity.quantity is None and not activity.destinations:
        yield error("quantity-missing", path, "Neither a sum nor quantities of places.")
    for index, part in enumerate(activity.destinations):
        yield from gln_faults(part.location_scheme, part.location_id, (*path, "destinations", index, "locationId"))
    if activity.quantity is not None and activity.destinations:
        total = sum((part.quantity.value for part in activity.destinations), Decimal(0))
        same = all(part.quantity.unit in {None, activity.quantity.unit} for part in activity.destinations)
        if same and total != activity.quantity.value:
            yield warning("destinations-differ", (*path, "destinations"), "The places do not add up to the sum.", total)
