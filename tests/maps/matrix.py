"""Which document has which map, and what each map loses, made from the maps: a section of maps/README.md, and maps/COVERAGE.md.

python -m tests.maps.matrix
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from canonical.registry import DOCUMENTS
from maps.coverage import Coverage, coverage, folded
from maps.registry import MapRegistry

__all__ = ["README", "REPORT", "coverages", "made", "report", "section", "with_section"]

_MAPS = Path(__file__).resolve().parents[2] / "maps"
README, REPORT = _MAPS / "README.md", _MAPS / "COVERAGE.md"
_BEGIN, _END = "<!-- coverage: made by python -m tests.maps.matrix -->", "<!-- coverage: end -->"
_STANDARDS = {
    "x12/004010": "X12 004010",
    "x12/005010": "X12 005010",
    "edifact/d96a": "EDIFACT D.96A",
    "edifact/d01b": "EDIFACT D.01B",
    "eancom/d96a": "EANCOM D.96A",
}
_BASES = {"x12/005010": "x12/004010", "edifact/d01b": "edifact/d96a", "eancom/d96a": "edifact/d96a"}


@cache
def coverages() -> dict[str, Coverage]:
    """Of each standard map, by its name."""
    registry = MapRegistry()
    return {name: coverage(registry.get(name).spec) for name in registry.names()}


def _release(name: str) -> str:
    return name.rpartition("/")[0]


def _set(name: str) -> str:
    return name.rpartition("/")[2].upper()


def section() -> Iterator[str]:
    """The table of documents, standards and directions."""
    yield "| document | " + " | ".join(_STANDARDS.values()) + " |"
    yield "| --- |" + " --- |" * len(_STANDARDS)
    for document in DOCUMENTS:
        cells = []
        for release in _STANDARDS:
            found = [one for name, one in coverages().items() if _release(name) == release and one.document == document]
            cells.append("<br>".join(f"{_set(one.map)} in {_share(one.read, one)}, out {_share(one.written, one)}" for one in found))
        yield f"| {document} | " + " | ".join(cells) + " |"


def _share(part: int, one: Coverage) -> str:
    return f"{100 * part // max(1, one.fields)} %"


def report() -> Iterator[str]:
    """The loss report: what is never written or read, map by map; of releases, what is other than in their base."""
    yield "# What each standard map loses"
    yield ""
    yield "Made from the maps by `python -m tests.maps.matrix`. *Fields* are those of the canonical document, without what the engine fills in and extensions; each role"
    yield "of `parties` that the map knows counts once together. *Segments* are places of the transaction set, *elements* stand in the segments that the"
    yield "map uses, components counted one by one. What no rule knows of the wire is kept as residue; what no rule knows of the document is told as"
    yield "`not-carried` when it is written."
    yield ""
    yield "| map | document | fields | read | written | segments used | elements used |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, one in coverages().items():
        wire = f"{one.used_places} of {one.places} | {one.used_elements} of {one.elements}"
        yield f"| `{name}` | {one.document} | {one.fields} | {one.read} | {one.written} | {wire} |"
    for name, one in coverages().items():
        yield ""
        yield f"## {name}: {one.document}"
        yield ""
        yield from _losses(name, one)


def _losses(name: str, one: Coverage) -> Iterator[str]:
    base = coverages().get(f"{_BASES.get(_release(name), '')}/{name.rpartition('/')[2]}")
    if base is not None and (base.unwritten, base.unread) == (one.unwritten, one.unread):
        yield f"The same fields as `{base.map}`."
    elif base is not None:
        yield from _listed(f"Written, unlike `{base.map}`", base.unwritten, one.unwritten)
        yield from _listed(f"Not written, unlike `{base.map}`", one.unwritten, base.unwritten)
        yield from _listed(f"Read, unlike `{base.map}`", base.unread, (*one.unread, *base.unwritten))
        yield from _listed(f"Not read, unlike `{base.map}`", one.unread, (*base.unread, *one.unwritten))
    else:
        yield from _listed("Neither written nor read", [field for field in one.unwritten if field in one.unread])
        yield from _listed("Read, never written", one.unwritten, one.unread)
        yield from _listed("Written, never read", one.unread, one.unwritten)


def _listed(title: str, fields: Iterable[str], but: Iterable[str] = ()) -> Iterator[str]:
    left = [field for field in fields if field not in set(but)]
    if left:
        yield f"{title}:"
        yield ""
        yield from (f"* `{line}`" for line in folded(left))
        yield ""


def with_section(text: str) -> str:
    """The README with the table in its place."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    assert begin, f"{README.name} has no line {_BEGIN}"
    assert end, f"{README.name} has no line {_END}"
    return f"{before}{begin}\n\n" + "\n".join(section()) + f"\n\n{end}{after}"


def made() -> str:
    """The text of the report."""
    lines = list(report())
    doubled = (line for number, line in enumerate(lines) if line or (number and lines[number - 1]))
    return "\n".join(doubled).rstrip() + "\n"


if __name__ == "__main__":
    README.write_text(with_section(README.read_text(encoding="utf-8")), encoding="utf-8")
    REPORT.write_text(made(), encoding="utf-8")
