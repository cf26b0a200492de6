"""A map ready for use: one declaration, both directions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from canonical.base import Document
from maps.finding import MapFindingCode, Severity
from maps.formats import OWN_FORMS
from maps.formats.head import form_of
from maps.formats.payload import Form
from maps.model import MapSpec
from maps.run.derived import made_by_document
from maps.run.engine import EdiEngine
from maps.run.fields import dotted, get
from maps.run.finish import finish
from maps.run.json_engine import JsonEngine
from maps.run.residue import Residue
from maps.run.state import DecodeState, EncodeState
from maps.run.values import DecodeContext, Decoded, EncodeContext, Encoded

__all__ = ["Map"]

#: what the engine makes and no map carries
_BASE: Final = frozenset({"documentType", "schemaVersion", "ids", "sourceRef", "map", "lineageRef", "residueRef", "supersedes", "warnings"})
_MADE: Final = frozenset({"lineId", "orderId", "ours", "lineCount", "hlCount", "quantityHash"})


class Map:
    """A compiled map. It holds no state of a run: any number of threads may use it."""

    def __init__(self, spec: MapSpec) -> None:
        """The map must be without faults: `MapRegistry` lets no other one through."""
        self.spec = spec
        self.form: Form | None = form_of(spec.syntax, spec.payload) if spec.syntax in OWN_FORMS else None  #: None in EDI
        self._engine: EdiEngine | JsonEngine = EdiEngine(spec) if self.form is None else JsonEngine(spec, self.form)

    @property
    def name(self) -> str:
        """`x12/004010/850`."""
        return self.spec.name

    @property
    def version(self) -> int:
        """The version that the file says."""
        return self.spec.version

    @property
    def hash(self) -> str:
        """SHA-256 of what the map does, its bases included."""
        return self.spec.hash

    @property
    def chain(self) -> tuple[str, ...]:
        """Base and overlays, name@version, the base first."""
        return self.spec.chain

    @property
    def document_type(self) -> str:
        """`Order`."""
        return self.spec.document

    @property
    def syntax(self) -> str:
        """`x12`, `edifact`; of a partner's own form `json`, `xml`, `csv` or `fixed`."""
        return self.spec.syntax

    @property
    def release(self) -> str:
        """`004010`; empty for a partner's own form."""
        return self.spec.release

    @property
    def set_id(self) -> str:
        """`850`; empty for a partner's own form."""
        return self.spec.set_id

    @property
    def label(self) -> str:
        """`x12/004010/850@3`, as findings name it."""
        return f"{self.name}@{self.version}"

    def decode(self, tree: Any, context: DecodeContext) -> Decoded:
        """Read a transaction set (a Tree), or a document of a payload (`form.read`), into a document. Faults in the data are findings."""
        engine: Any = self._engine
        if self.form is not None:
            context = replace(context, decimal=self.form.decimal)
        state = DecodeState(self.label, context)
        claims = engine.read(state, tree)
        mapped = state.document
        document = finish(self.spec, state)

        def residue() -> tuple[Residue, ...]:
            # the document's own form, for that is what `encode` will be given: its keys have an order of their own
            source = mapped if document is None else document.to_json()
            again = EncodeState(self.label, EncodeContext(context.zone, context.decimal), source)
            return tuple(engine.difference(claims, engine.write(again)))

        return Decoded(document, state.document, tuple(state.findings), tuple(state.lineage or ()), residue)

    def encode(self, document: Document, context: EncodeContext, residue: Iterable[Residue] = ()) -> Encoded:
        """Write a document: a Tree without ST and SE, or a value for `form.write`. With the residue of its decoding, the original again."""
        engine: Any = self._engine
        if self.form is not None:
            context = replace(context, decimal=self.form.decimal)
        state = EncodeState(self.label, context, document.to_json())
        written = engine.write(state)
        _tell_lost(self.spec, state, made_by_document(document, state.document))
        if kept := tuple(residue):
            written = engine.restore(state, written, kept)
        tree = None if state.failed else engine.pour(written)
        return Encoded(tree, tuple(state.findings), tuple(state.lineage or ()))


def _tell_lost(spec: MapSpec, state: EncodeState, derived: frozenset[str]) -> None:
    """Say which values of the document the map has no place for. What map or document would fill in anyway is not lost."""
    carried = {one.path for one in state.lineage or ()} | {finding.path for finding in state.findings} | derived
    for default in spec.defaults:
        made = default.constant if default.expression is None else default.expression.evaluate(state.document)
        if made is not None and get(state.document, default.path) == made:
            carried.add(f"${dotted(default.path)}")
    for path in _leaves({key: value for key, value in state.document.items() if key not in _BASE}, "$"):
        if path not in carried:
            state.fault(MapFindingCode.NOT_CARRIED, path, "", severity=Severity.INFO)


def _leaves(value: Any, path: str) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in _MADE:
                yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    else:
        yield path
