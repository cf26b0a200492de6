"""Slots, paths and values as statements: how generated code takes a text from a segment, and puts a value into an object."""

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from edi.grammar.model import LoopUse
from maps.codecs import Codec, make
from maps.compile.hierarchy import Hierarchy, Placed
from maps.compile.listing import Listing
from maps.compile.quote import Line, Names, name, placed, quote
from maps.compile.support import OddError, decoding, encoding, read_coded, write_coded
from maps.model import Binding, MapSpec, Path, Place, Rule, Selector, Slot
from maps.tables import CodeTable

__all__ = ["Setting", "UncompiledError", "all_of", "matching", "slot_of"]

_CODED: Final = frozenset({"code", "uom"})
_READ_SIMPLE: Final = """
_v = e[_i] if n > _i else ""
if _v.__class__ is not str:
    _v = simple(_v)
"""
_READ_PART: Final = """
_v = part(e[_i], _c) if n > _i else ""
"""


class UncompiledError(Exception):
    """The map has a rule that is not compiled; the interpreted engine reads and writes it alone."""


def slot_of(place: Place) -> Slot:
    """A place of an EDI map."""
    if not isinstance(place, Slot):
        raise UncompiledError(str(place))
    return place


class Setting:
    """What all parts of one compilation share: the map, the names, and how values are coded."""

    def __init__(self, spec: MapSpec, names: Names) -> None:
        self.spec, self.names = spec, names
        self._prefix = f"{spec.syntax}:"
        self._hierarchies: dict[str, Hierarchy] = {}

    def given(self, value: Any) -> ast.Name:
        """A name for a value."""
        return self.names.given(value)

    def new(self, stem: str) -> str:
        """A new name."""
        return self.names.new(stem)

    def hierarchy(self, rule: Rule, use: LoopUse, listing: Listing) -> ast.Name:
        """The levels of a rule; reading and writing share them."""
        if rule.address not in self._hierarchies:
            placed = tuple(Placed(level, listing.stem(f"{rule.address}/{level.code}")) for level in rule.levels)
            self._hierarchies[rule.address] = Hierarchy(use, placed, child_code=rule.child_code, functions=self.names.values)
        return self.given(self._hierarchies[rule.address])

    def codec(self, binding: Binding, places: int) -> Codec:
        """The codec of a binding."""
        return make(binding.codec.name, binding.codec.arg, places, self.spec.tables, self.spec.syntax)

    def table(self, binding: Binding) -> CodeTable | None:
        """The code table of a binding that has one."""
        if binding.codec.name not in _CODED:
            return None
        return self.spec.tables[binding.codec.arg or binding.codec.name]

    def key_of(self, table: CodeTable, *, strict: bool) -> Callable[[str], str | None]:
        """The key of a code that does not stand in the table as it is; None for the rest, where there is one."""
        read = read_coded(table, self._prefix)

        def lenient(text: str) -> str | None:
            try:
                return read(text)
            except OddError:
                return None

        return read if strict else lenient

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def text(self, line: Line, target: str, slot: Slot, base: str = "") -> list[ast.stmt]:
        """Take the text of a slot: `e` are the elements, `n` their number. With `base`, the slot is counted from there."""
        index: Any = slot.element - 1
        if base:
            [made] = quote(line, "b + _i", b=name(base), _i=index)
            assert isinstance(made, ast.Expr)
            index = made.value
        template = _READ_PART if slot.component else _READ_SIMPLE
        return quote(line, template, _v=name(target), _i=index, _c=slot.component)

    def decoded(self, line: Line, binding: Binding, texts: list[str], target: str) -> list[ast.stmt]:
        """The value of texts that are not all empty; None where they hold nothing."""
        table, codec = self.table(binding), self.codec(binding, len(texts))
        if table is not None:
            words, other = self.given(dict(table.words)), self.given(read_coded(table, self._prefix))
            return quote(
                line, "_x = words.get(_v)\nif _x is None:\n    _x = other(_v)", _x=name(target), words=words, other=other, _v=name(texts[0])
            )
        if codec.name == "str":
            return quote(line, "_x = None if _v.isspace() else _v", _x=name(target), _v=name(texts[0]))
        if codec.name == "num":
            return quote(line, "_x = number_in(_v, c)", _x=name(target), _v=name(texts[0]))
        given = ast.Tuple([name(text) for text in texts], ast.Load())
        return quote(line, "_x = decode(_t, c)", _x=name(target), decode=self.given(decoding(codec)), _t=placed(given, line))

    def put(self, line: Line, scope: str, path: Path, value: str, *, fresh: bool = False) -> list[ast.stmt]:
        """Set a field; when it is not fresh, it may have a value already, and another one is odd."""
        given: Mapping[str, Any] = {"o": name(scope), "_x": name(value)}
        if len(path) == 1:
            template = "o[_k] = _x" if fresh else "if o.setdefault(_k, _x) != _x:\n    raise Odd"
            return quote(line, template, _k=path[0], **given)
        if len(path) == 2:
            inner = self.new("p")
            template = "_p = o.get(_k)\nif _p is None:\n    o[_k] = {_l: _x}\nelif _p.setdefault(_l, _x) != _x:\n    raise Odd"
            return quote(line, template, _p=name(inner), _k=path[0], _l=path[1], **given)
        return quote(line, "fill(o, _path, _x)", _path=self.given(path), **given)

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def encoded(self, line: Line, binding: Binding, value: str, target: str) -> list[ast.stmt]:
        """The texts of a value: one text, or of several places a tuple."""
        table, places = self.table(binding), len(binding.places)
        codec = self.codec(binding, places)
        if table is not None:
            codes, other = self.given(dict(table.codes)), self.given(write_coded(self._prefix))
            return quote(
                line, "_t = codes.get(_v)\nif _t is None:\n    _t = other(_v)", _t=name(target), codes=codes, other=other, _v=name(value)
            )
        if codec.name == "str":
            return quote(
                line, "_t = _v if _v.__class__ is str else text_of(_v)", _t=name(target), _v=name(value), text_of=self.given(_text_of)
            )
        if codec.name == "num":
            return quote(line, "_t = number_out(_v, c)", _t=name(target), _v=name(value))
        template = "_t = encode(_v, c)" if places > 1 else "_t = encode(_v, c)[0]"
        return quote(line, template, _t=name(target), encode=self.given(encoding(codec)), _v=name(value))

    def taken(self, line: Line, scope: str, path: Path, target: str) -> list[ast.stmt]:
        """What stands at a path of an object; None when nothing does."""
        given: Mapping[str, Any] = {"o": name(scope), "_v": name(target)}
        if len(path) == 1:
            return quote(line, "_v = o.get(_k)", _k=path[0], **given)
        if len(path) == 2:
            return quote(line, "_v = o.get(_k)\nif _v is not None:\n    _v = _v.get(_l)", _k=path[0], _l=path[1], **given)
        return quote(line, "_v = within(o, _path)", _path=self.given(path), **given)


def _text_of(value: Any) -> str:
    if not isinstance(value, str | int):
        raise OddError
    return str(value)


def matching(setting: Setting, line: Line, selector: Selector, cells: str, length: str) -> list[ast.expr]:
    """The tests of a selector as expressions over elements and their number."""
    found = []
    for place, values in selector.tests:
        if "*" in values:
            continue
        slot = slot_of(place)
        reader = (
            "part(e[_i], _c) if n > _i else ''"
            if slot.component
            else "(e[_i] if e[_i].__class__ is str else simple(e[_i])) if n > _i else ''"
        )
        test = f"({reader}) == _w" if len(values) == 1 else f"({reader}) in _w"
        words: Any = values[0] if len(values) == 1 else setting.given(frozenset(values))
        [made] = quote(line, test, e=name(cells), n=name(length), _i=slot.element - 1, _c=slot.component, _w=words)
        assert isinstance(made, ast.Expr)
        found.append(made.value)
    return found


def all_of(tests: Iterable[ast.expr], line: Line) -> ast.expr | None:
    """All tests in one; None when there is none."""
    given = list(tests)
    if len(given) < 2:
        return given[0] if given else None
    return placed(ast.BoolOp(ast.And(), given), line)
