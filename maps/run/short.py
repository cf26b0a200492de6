"""The short way through a map: generated code, for data in which nothing is wrong. It says nothing; where it would have to, it gives up."""

from collections.abc import Mapping
from typing import Any

from canonical.base import Document
from edi.grammar.model import MessageDef
from edi.tree import Tree
from maps.compile.compiler import Compiled, OddError, compiled
from maps.lint.claims import claims
from maps.model import MapSpec
from maps.run.finish import finish
from maps.run.lost import BASE, MADE, filled_in
from maps.run.state import Check, DecodeState
from maps.run.values import DecodeContext, EncodeContext
from maps.views import VIEWS

__all__ = ["ShortWay"]


class ShortWay:
    """The generated code of one map, made when it is first needed."""

    def __init__(self, spec: MapSpec, message: MessageDef, label: str) -> None:
        self._spec, self._message, self._label = spec, message, label
        self._view = VIEWS.get(spec.view)
        self._made: Compiled | None = None
        self._tried = False
        written = {claim.path for claim in claims(spec) if claim.writes}
        self._unwritten = frozenset(default.path for default in spec.defaults if ".".join(default.path) not in written)

    @property
    def compiled(self) -> Compiled | None:
        """The generated code; None when the map has a rule that is not compiled."""
        if not self._tried:
            self._made, self._tried = compiled(self._spec, self._message), True
        return self._made

    def decode(self, tree: Tree, context: DecodeContext) -> tuple[Document, Mapping[str, Any]] | None:
        """The document, and its JSON form; None when there is anything to be told."""
        made = self.compiled
        if made is None:
            return None
        try:
            data, run = made.read(tree, context)
        except OddError:
            return None
        state = DecodeState(self._label, context)
        state.lineage = None
        state.document = data if self._view is None else self._view.close(data).data
        whole = data if self._view is None else {**data, **state.document}  # totals count what the shape has, or what the document has
        checked = [(rule, calc, whole if scope is data else scope, text) for rule, calc, scope, text in run.checks]
        state.checks = [Check(rule, calc, scope, "$", text, None, ()) for rule, calc, scope, text in checked]
        state.levels = run.levels
        document = finish(self._spec, state)
        return None if document is None or state.findings else (document, state.document)

    def encode(self, document: Mapping[str, Any], context: EncodeContext, derived: int = 0) -> Tree | None:
        """The tree of a document in its JSON form; None when there is anything to be told. `derived` values of it it would make itself."""
        made = self.compiled
        if made is None:
            return None
        filled = derived
        if self._unwritten:
            filled += sum(path in self._unwritten for path in filled_in(self._spec, document))
        shape = document if self._view is None else self._view.open(document).data
        try:
            tree = made.write(shape, context, BASE, MADE, filled)
        except OddError:
            return None
        # what is written was counted in the shape; so the shape must have all that the document has
        return tree if self._view is None or self._view.close(shape).data == document else None
