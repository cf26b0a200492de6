"""What is wrong with a map before any data come. A map with an error does not load."""

from canonical.registry import DOCUMENTS
from maps.fault import Faults, closest
from maps.lint.document import check_document, loss
from maps.lint.payload import check_payload
from maps.lint.shape import shape_of
from maps.lint.tables import check_tables
from maps.lint.wire import check_wire
from maps.model import MapSpec

__all__ = ["lint", "loss"]


def lint(spec: MapSpec, faults: Faults) -> None:
    """Tell every error of a map that its notation alone does not show."""
    whole = not len(faults)
    shape = shape_of(spec.document)
    if shape is None and spec.document:
        faults("", f"there is no document {spec.document}", hint=closest(spec.document, DOCUMENTS))
    elif shape is not None:
        check_document(spec, shape, faults, whole=whole)
    check_tables(spec, faults)
    check_wire(spec, faults)
    check_payload(spec, faults)
