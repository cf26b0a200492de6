"""The EDI engine: a map bound to its grammar and compiled, and the two walks over it."""

from collections.abc import Iterable

from edi.grammar.load import load
from edi.grammar.model import LoopUse, MessageDef
from edi.tree import Tree
from edi.values import Standard
from maps.formats.edi import Written, pour, use_of
from maps.model import MapSpec, Rule, RuleKind
from maps.run.container import Claim, Container, Entry
from maps.run.difference import difference, restore
from maps.run.levels import Hierarchy
from maps.run.relocation import closed, opened
from maps.run.residue import Residue
from maps.run.state import DecodeState, EncodeState
from maps.views import VIEWS

__all__ = ["EdiEngine"]


class EdiEngine:
    """A compiled X12 or EDIFACT map. Its rules fit the grammar, for `maps.lint` has seen them."""

    def __init__(self, spec: MapSpec) -> None:
        self._spec = spec
        message = load(Standard(spec.syntax), spec.release, spec.set_id)
        assert message is not None
        self.message: MessageDef = message
        self._root = self._container("", spec.rules, message.root)
        self._view = VIEWS.get(spec.view)

    def read(self, state: DecodeState, tree: Tree) -> list[Claim]:
        """Fill the state's document from a tree."""
        claims = self._root.read(state, tree.root.children, state.document, "$", ())
        return claims if self._view is None else closed(self._view, state, claims)

    def write(self, state: EncodeState) -> list[Written]:
        """What the document becomes, not yet in order."""
        if self._view is None:
            return self._root.write(state, state.document, "$")
        return opened(self._view, state, lambda: self._root.write(state, state.document, "$"))

    def difference(self, claims: list[Claim], written: list[Written]) -> tuple[Residue, ...]:
        """What must be kept of the wire."""
        return tuple(difference(claims, written))

    def restore(self, state: EncodeState, written: list[Written], residue: Iterable[Residue]) -> list[Written]:
        """What is written, with what was kept."""
        return restore(state, written, self.message.root, residue)

    def pour(self, written: list[Written]) -> Tree:
        """The tree of what is written, in the order of the grammar."""
        return pour(self.message, written)

    # --- compiling --------------------------------------------------------------------------------------------------------------------

    def _container(self, address: str, rules: Iterable[Rule], loop: LoopUse) -> Container:
        entries, levels = [], None
        for rule in rules:
            use = use_of(loop, rule.tag, rule.area)
            assert use is not None
            if rule.kind is RuleKind.LEVELS:
                assert isinstance(use, LoopUse)
                within = {level.code: self._container(f"{rule.address}/{level.code}", level.rules, use) for level in rule.levels}
                levels = Hierarchy(rule, use, within)
            else:
                inner = self._container(rule.address, rule.rules, use) if isinstance(use, LoopUse) and rule.kind is RuleKind.LOOP else None
                entries.append(Entry(self._spec, rule, use, inner))
        return Container(address, entries, levels)
