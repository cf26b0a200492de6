"""From a map to Python: a module of functions made as a syntax tree, compiled once per map and kept by the map's hash."""

import ast
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from edi.grammar.model import MessageDef
from edi.tree import LoopNode, SegmentNode, Tree
from maps.compile.listing import Listing
from maps.compile.quote import Names
from maps.compile.reading import Reading
from maps.compile.slots import Setting, UncompiledError
from maps.compile.support import SUPPORT, OddError, leaves
from maps.compile.writing import Writing
from maps.lint.claims import claims
from maps.lint.rules import all_rules
from maps.model import MapSpec, Rule, RuleKind

__all__ = ["Compiled", "OddError", "compiled", "source"]

_COMPILED_KEYS: Final = frozenset(
    {
        *("id", "address", "kind", "tag", "selector", "into", "key", "order", "rest", "bindings"),
        *("pairs", "groups", "join", "calc", "check"),
        *("required", "direction", "when", "when_key", "of_document", "rules", "area", "sign", "view"),
        *("levels", "child_code"),
    }
)  #: what the generators know of a rule; a map with anything else stays interpreted
_CODED: Final = "HL"  #: whose loops say their level themselves
_KEPT: Final = 512


class Run:
    """What is gathered while one document is read or written."""

    __slots__ = ("checks", "levels", "numbers", "seen")

    def __init__(self) -> None:
        self.checks: list[tuple[Any, ...]] = []
        self.levels = 0
        self.seen: set[tuple[int, tuple[str, ...]]] = set()
        self.numbers: Counter[str] = Counter()

    def next_number(self, address: str) -> str:
        """The running number of what a rule writes."""
        self.numbers[address] += 1
        return str(self.numbers[address])


@dataclasses.dataclass(frozen=True, slots=True)
class Compiled:
    """The short way of a map, both directions. Raises OddError where only the interpreted engine can tell what is the matter."""

    message: MessageDef
    file: str  #: under which tracebacks name the generated code
    _read: Callable[..., None]
    _write: Callable[..., int]

    def read(self, tree: Tree, setting: Any) -> tuple[dict[str, Any], Run]:
        """The data of a document from a tree, with the totals to be compared (rule, calc, object, text) and the number of levels."""
        document: dict[str, Any] = {}
        run = Run()
        self._read(tree.root.children, document, document, setting, run, "")
        return document, run

    def write(self, document: Mapping[str, Any], setting: Any, aside: frozenset[str], made: frozenset[str], filled: int) -> Tree:
        """The tree of a document; a value without a place is odd. `filled` values are those that the map would fill in anyway."""
        out: list[Any] = []
        count = self._write(document, document, setting, Run(), out, "")
        if count + filled != leaves({key: value for key, value in document.items() if key not in aside}, made):
            raise OddError
        return Tree(self.message, LoopNode(self.message.root, out))


_cache: dict[tuple[str, int], Compiled | None] = {}
_lock: Final = Lock()


def compiled(spec: MapSpec, message: MessageDef) -> Compiled | None:
    """The compiled form of a map, made once for its hash; None when it has a rule that is not compiled."""
    key = (spec.hash, id(message))
    with _lock:
        if key not in _cache:
            if len(_cache) >= _KEPT:
                _cache.clear()
            _cache[key] = _compile(spec, message)
        return _cache[key]


def source(spec: MapSpec, message: MessageDef) -> str | None:
    """The generated module as text, for people: to read, to compare; None when the map is interpreted."""
    try:
        return ast.unparse(_module(spec, message, Names({}), Listing(spec)))
    except UncompiledError:
        return None


def _compile(spec: MapSpec, message: MessageDef) -> Compiled | None:
    names, listing = Names({**SUPPORT, "LoopNode": LoopNode, "SegmentNode": SegmentNode}), Listing(spec)
    try:
        module = _module(spec, message, names, listing)
    except UncompiledError:
        return None
    code = compile(module, listing.file, "exec", dont_inherit=True)
    listing.publish()
    exec(code, names.values)  # noqa: S102 - the code is made here of templates; what the map says is in it as constants only
    return Compiled(message, listing.file, names.values["read_set"], names.values["write_set"])


def _module(spec: MapSpec, message: MessageDef, names: Names, listing: Listing) -> ast.Module:
    for rule in all_rules(spec.rules):
        if rule.kind is RuleKind.LEVELS and (rule.tag != _CODED or any(level.holds for level in rule.levels)):
            raise UncompiledError(rule.address)
        if any(_unknown(rule, field) for field in dataclasses.fields(rule)):
            raise UncompiledError(rule.address)
    setting = Setting(spec, names)
    reading, writing = Reading(setting, listing), Writing(setting, listing, _shared(spec))
    reading.container("", spec.rules, message.root)
    writing.container("", spec.rules, message.root)
    return ast.Module([*reading.functions, *writing.functions], [])


def _unknown(rule: Rule, field: Any) -> bool:
    if field.name in _COMPILED_KEYS:
        return False
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    return bool(getattr(rule, field.name) != default)


def _shared(spec: MapSpec) -> frozenset[str]:
    """The rules that write a field which another rule writes too, on a condition."""
    owners: dict[str, set[str]] = {}
    for claim in claims(spec):
        if claim.writes:
            owners.setdefault(claim.path, set()).add(claim.rule.address)
    return frozenset(address for rules in owners.values() if len(rules) > 1 for address in rules)
