"""What the tests of maps share: the standard maps compiled once, a way to read a set, and contexts."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from canonical.base import SourceRef
from edi.read import read
from edi.tree import Tree
from edi.validate import validate_interchange
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext

CHICAGO = ZoneInfo("America/Chicago")
SAMPLES = Path(__file__).parent / "samples"


def tree_of(data: bytes) -> Tree:
    """The tree of the first set, valid or not."""
    validation = validate_interchange(read(data)[0]).validations[0]
    assert validation.tree is not None
    return validation.tree


def body(tree: Tree) -> list[tuple]:
    """Tags and elements without the envelope of the set."""
    return [(s.tag, s.elements) for s in tree.segments() if s.tag not in {"ST", "SE", "UNH", "UNT"}]


def into(syntax: str = "x12", zone=CHICAGO, **more) -> DecodeContext:
    return DecodeContext("HARBORLINE", "northmart", zone, SourceRef(syntax=syntax), **more)


def out(zone=CHICAGO) -> EncodeContext:
    return EncodeContext(zone)


UTC_IN, UTC_OUT = into(zone=UTC), out(UTC)


@pytest.fixture(scope="session")
def registry() -> MapRegistry:
    return MapRegistry()
