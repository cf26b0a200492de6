"""The EDI engine: a map bound to its grammar and compiled, and the two walks over it."""

from collections.abc import Callable, Iterable
from typing import Any

from edi.grammar.load import load
from edi.grammar.model import LoopUse, MessageDef
from edi.tree import Tree
from edi.values import Standard
from maps.fault import MapError, MapFault
from maps.formats.edi import Use, Written, pour, uses
from maps.model import MapSpec, Rule, RuleKind
from maps.run.container import Claim, Container, Entry
from maps.run.difference import difference, restore
from maps.run.levels import Hierarchy
from maps.run.residue import Residue
from maps.run.state import DecodeState, EncodeState

__all__ = ["EdiEngine"]


class EdiEngine:
    """A compiled X12 or EDIFACT map. Raises MapError, with all faults, when a rule has no place in the grammar."""

    def __init__(self, spec: MapSpec) -> None:
        self._spec = spec
        message = load(Standard(spec.syntax), spec.release, spec.set_id)
        if message is None:
            raise MapError([MapFault(spec.name, "", f"there is no grammar for {spec.set_id} in {spec.release}")])
        self.message: MessageDef = message
        self._faults: list[MapFault] = []
        self._root = self._container("", spec.rules, message.root)
        if self._faults:
            raise MapError(self._faults)

    def read(self, state: DecodeState, tree: Tree) -> list[Claim]:
        """Fill the state's document from a tree."""
        return self._root.read(state, tree.root.children, state.document, "$", ())

    def write(self, state: EncodeState) -> list[Written]:
        """What the document becomes, not yet in order."""
        return self._root.write(state, state.document, "$")

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
        places = uses(loop)
        entries, levels = [], None
        for rule in rules:
            use = places.get(rule.tag)
            if use is None:
                self._fault(rule, f"the loop {loop.loop_id} of {self.message.set_id} has no {rule.tag}")
            elif rule.kind is RuleKind.LEVELS:
                levels = self._hierarchy(rule, use)
            else:
                entries += self._compiled(rule, use)
        return Container(address, entries, levels)

    def _compiled(self, rule: Rule, use: Use) -> list[Entry]:
        if rule.kind is RuleKind.LOOP and not isinstance(use, LoopUse):
            self._fault(rule, f"{rule.tag} begins no loop here; write seg")
            return []
        within = self._container(rule.address, rule.rules, use) if isinstance(use, LoopUse) and rule.kind is RuleKind.LOOP else None
        return self._tried(rule, lambda: [Entry(self._spec, rule, use, within)]) or []

    def _hierarchy(self, rule: Rule, use: Use) -> Hierarchy | None:
        if not isinstance(use, LoopUse):
            self._fault(rule, "HL begins no loop here")
            return None
        within = {level.code: self._container(f"{rule.address}/{level.code}", level.rules, use) for level in rule.levels}
        return Hierarchy(rule, use, within)

    def _tried(self, rule: Rule, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except ValueError as error:
            self._fault(rule, str(error))
            return None

    def _fault(self, rule: Rule, message: str) -> None:
        self._faults.append(MapFault(self._spec.name, rule.address, message))
