"""A map ready for use: one declaration, both directions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from canonical.base import Document
from maps.formats import OWN_FORMS
from maps.formats.head import form_of
from maps.formats.payload import Form
from maps.model import MapSpec
from maps.run.derived import made_by_document
from maps.run.engine import EdiEngine
from maps.run.finish import finish
from maps.run.forms import FormEngine
from maps.run.lost import tell_lost
from maps.run.residue import Residue
from maps.run.short import ShortWay
from maps.run.state import DecodeState, EncodeState
from maps.run.values import DecodeContext, Decoded, EncodeContext, Encoded, Told

__all__ = ["Map"]


class Map:
    """A compiled map. It holds no state of a run: any number of threads may use it."""

    def __init__(self, spec: MapSpec) -> None:
        """The map must be without faults: `MapRegistry` lets no other one through."""
        self.spec = spec
        self.form: Form | None = form_of(spec.syntax, spec.payload) if spec.syntax in OWN_FORMS else None  #: None in EDI
        self._engine: EdiEngine | FormEngine = EdiEngine(spec) if self.form is None else FormEngine(spec, self.form)
        self._short = ShortWay(spec, self._engine.message, self.label) if isinstance(self._engine, EdiEngine) else None

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
        short = self._short.decode(tree, context) if self._short is not None else None
        if short is None:
            return self._decode(tree, context)
        document, data = short
        return Decoded(document, data, (), lambda: self._decode(tree, context))

    def _decode(self, tree: Any, context: DecodeContext) -> Decoded:
        """The long way, which tells everything."""
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

        return Decoded(document, state.document, tuple(state.findings), Told(tuple(state.lineage or ()), residue))

    def encode(self, document: Document, context: EncodeContext, residue: Iterable[Residue] = ()) -> Encoded:
        """Write a document: a Tree without ST and SE, or a value for `form.write`. With the residue of its decoding, the original again."""
        data, kept = document.to_json(), tuple(residue)
        derived = made_by_document(document, data)
        tree = self._short.encode(data, context, len(derived)) if self._short is not None and not kept else None
        if tree is None:
            return self._encode(data, context, kept, derived)
        return Encoded(tree, (), lambda: self._encode(data, context, (), derived).lineage)

    def _encode(self, data: dict[str, Any], context: EncodeContext, kept: tuple[Residue, ...], derived: frozenset[str]) -> Encoded:
        """The long way, which tells everything."""
        engine: Any = self._engine
        if self.form is not None:
            context = replace(context, decimal=self.form.decimal)
        state = EncodeState(self.label, context, data)
        written = engine.write(state)
        tell_lost(self.spec, state, derived)
        if kept:
            written = engine.restore(state, written, kept)
        tree = None if state.failed else engine.pour(written)
        lineage = tuple(state.lineage or ())
        return Encoded(tree, tuple(state.findings), lambda: lineage)
