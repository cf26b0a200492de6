"""What is wrong with a map before any data come (maps.md 3.3). A map with an error does not load."""

from maps.fault import MapFault
from maps.lint.document import check_document, loss
from maps.lint.shape import shape_of
from maps.lint.tables import check_tables
from maps.lint.wire import check_wire
from maps.model import MapSpec

__all__ = ["lint", "loss"]


def lint(spec: MapSpec) -> tuple[MapFault, ...]:
    """Every error of a map that its notation alone does not show."""
    found: dict[MapFault, None] = {}

    def fault(rule: str, message: str) -> None:
        found[MapFault(spec.name, rule, message)] = None

    shape = shape_of(spec.document)
    if shape is None:
        fault("", f"there is no document {spec.document}")
    else:
        check_document(spec, shape, fault)
    check_tables(spec, fault)
    check_wire(spec, fault)
    return tuple(found)
