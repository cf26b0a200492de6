"""The samples of the standard maps, golden both ways: what people read first of a document, and the same on the wire.

    samples/standard/x12/850.edi + 850.json            x12/004010/850
    samples/standard/edifact/orders.edi + orders.json  edifact/d96a/orders
    samples/standard/eancom/desadv.edi + desadv.json   eancom/d96a/desadv

Times are in UTC. `pytest --update-samples` writes the JSON anew; look at the difference before it is committed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from canonical.registry import parse
from canonical.rules import check
from edi.read import read
from edi.tree import Tree
from edi.validate import validate_interchange
from maps.registry import MapRegistry
from maps.run import Map
from tests.maps.generate.laws import OUT, body, differences, reading, said, segment_text

REGISTRY = MapRegistry()
FOLDER = Path(__file__).resolve().parents[2] / "samples" / "standard"
RELEASES = {"x12": "x12/004010", "edifact": "edifact/d96a", "eancom": "eancom/d96a"}
SAMPLES = sorted(FOLDER.glob("*/*.edi"))
BASES = [name for name in REGISTRY.names() if name.rpartition("/")[0] in RELEASES.values()]


def map_of(sample: Path) -> Map:
    return REGISTRY.get(f"{RELEASES[sample.parent.name]}/{sample.stem}")


def tree_of(sample: Path) -> Tree:
    """The one set of a sample, valid without a single finding."""
    [interchange] = read(sample.read_bytes())
    validated = validate_interchange(interchange)
    [validation] = validated.validations
    assert [(f.code, str(f.location)) for f in validated.findings] == []
    assert validation.tree is not None
    return validation.tree


def golden(sample: Path) -> Any:
    return json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
class TestSample:
    def test_the_wire_is_this_document(self, sample: Path, request: pytest.FixtureRequest) -> None:
        made = map_of(sample)
        decoded = made.decode(tree_of(sample), reading(made))
        assert [(f.code, f.path, f.wire, f.hint) for f in decoded.findings] == []
        assert decoded.document is not None
        document = said(decoded.document.to_json())
        if request.config.getoption("--update-samples"):
            sample.with_suffix(".json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        assert list(differences(golden(sample), document)) == []
        assert [str(one) for one in decoded.residue] == []

    def test_the_document_is_this_wire(self, sample: Path) -> None:
        made = map_of(sample)
        encoded = made.encode(parse(golden(sample), made.document_type), OUT)
        assert [(f.code, f.path, f.hint) for f in encoded.findings] == []
        assert encoded.tree is not None
        assert list(map(segment_text, body(encoded.tree))) == list(map(segment_text, body(tree_of(sample))))

    def test_the_document_makes_sense(self, sample: Path) -> None:
        assert [(f.code, f.path) for f in check(parse(golden(sample), map_of(sample).document_type))] == []

    def test_a_person_can_read_it(self, sample: Path) -> None:
        """One segment a line, two blanks a level, no ids of an engine."""
        lines = sample.read_text(encoding="utf-8").splitlines()
        assert (
            len(lines)
            == len([line for line in lines if line.strip()])
            == len(tree_of(sample).segments()) + (4 if "x12" in sample.parts else 2)
        )
        text = sample.with_suffix(".json").read_text(encoding="utf-8")
        assert text == json.dumps(golden(sample), indent=2, ensure_ascii=False) + "\n"
        assert said(golden(sample)) == golden(sample)


@pytest.mark.parametrize("name", BASES)
def test_each_map_has_its_sample(name: str) -> None:
    syntax, _, set_id = name.split("/")
    assert FOLDER / syntax / f"{set_id}.edi" in SAMPLES
