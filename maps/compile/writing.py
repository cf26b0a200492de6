"""Generated code that writes: one function for each loop, from an object of the document to nodes in the grammar's order.

Every function says how many plain values it wrote. When they are as many as the document holds, nothing was lost; when not, the
interpreted engine says what.
"""

import ast
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from edi.grammar.model import LoopUse, SegmentUse
from maps.codecs.numbers import plain
from maps.compile.listing import Listing
from maps.compile.pairs import writing_pairs
from maps.compile.quote import Line, name, placed, quote
from maps.compile.reading import conditions
from maps.compile.slots import Setting, UncompiledError, all_of, matching, slot_of
from maps.compile.strides import writing_groups
from maps.formats.edi import Use, use_of, width
from maps.model import Binding, Calc, Direction, IntoKind, Rule, RuleKind, Slot

__all__ = ["Writing"]

_FUNCTION: Final = """
def function(scope, document, c, run, out, key):
    count = 0
    body
    return count
"""
_LIST: Final = """
given = within(outer, _path)
if given:
    for item in given:
        o = item if item.__class__ is dict else {"": item}
        each
"""
_KEYED: Final = """
given = within(outer, _path)
if given.__class__ is dict:
    for k in (dict.fromkeys((*_order, *given)) if _order else given):
        o = given.get(k)
        if k != _aside and o.__class__ is dict:
            code = codes.get(k)
            if code is None:
                raise Odd
            each
"""
_REST: Final = """
given = within(outer, _path)
if given:
    k = ""
    for o in given:
        code = o.get(_qualifier)
        if code.__class__ is str:
            count += 1
            each
"""


class Writing:
    """The writing functions of one map. `shared`: addresses of rules that may write what others write too."""

    def __init__(self, setting: Setting, listing: Listing, shared: frozenset[str]) -> None:
        self._setting, self._listing, self._shared = setting, listing, shared
        self.functions: list[ast.stmt] = []
        self._counts_from = 0  #: the place of the levels, when they are written: what counts them stands behind

    def container(self, address: str, rules: Iterable[Rule], loop: LoopUse) -> str:
        """Generate the function of a loop, or of the whole set; its name."""
        line = self._listing.line(address)
        function = self._listing.function("write", address)
        listed = list(rules)
        places = {rule.address: use for rule in listed if (use := use_of(loop, rule.tag, rule.area)) is not None}
        entries = [rule for rule in listed if rule.direction is not Direction.IN]
        #: the grammar's order; of one place, totals last
        entries.sort(key=lambda rule: (places[rule.address].sequence, bool(rule.calc)))
        body: list[ast.stmt] = []
        for rule in entries:
            where = self._listing.line(rule.address)
            if rule.kind is RuleKind.LEVELS:
                body += self._levels(rule, places[rule.address])
                continue
            before = listed[: listed.index(rule)] if rule.selector.rest else []
            made = self._entry(rule, places[rule.address], [one for one in before if _meets(one, rule)])
            test = all_of(conditions(self._setting, where, rule), where)
            body += made if test is None else quote(where, "if _test:\n    made", _test=test, made=made)
        self.functions += quote(line, _FUNCTION, function=function, body=body or quote(line, "pass"))
        return function

    def _levels(self, rule: Rule, use: Use) -> list[ast.stmt]:
        assert isinstance(use, LoopUse)
        for level in rule.levels:
            self.container(f"{rule.address}/{level.code}", level.rules, use)
        line, hierarchy = self._listing.line(rule.address), self._setting.hierarchy(rule, use, self._listing)
        self._counts_from = use.sequence
        return quote(line, "count += hierarchy.write(scope, document, c, run, out)", hierarchy=hierarchy)

    # --- one rule ----------------------------------------------------------------------------------------------------------------------

    def _entry(self, rule: Rule, use: Use, before: list[Rule]) -> list[ast.stmt]:
        line, setting, path = self._listing.line(rule.address), self._setting, rule.into.path
        outer = name("document" if rule.of_document else "scope")
        within = ""
        if rule.kind is RuleKind.LOOP and rule.rules and isinstance(use, LoopUse):
            within = self.container(rule.address, rule.rules, use)
        plain = self._written(rule, use, within, before, key='""', code="")
        if rule.into.kind is IntoKind.HERE:
            return quote(line, "o = outer", outer=outer) + plain
        if rule.into.kind is IntoKind.OBJECT:
            missing = "else {}" if rule.required else "else None"
            template = f"o = within(outer, _path)\no = o if o.__class__ is dict {missing}\nif o is not None:\n    each"
            return quote(line, template, outer=outer, _path=setting.given(path), each=plain)
        if rule.into.kind is IntoKind.LIST:
            return quote(line, _LIST, outer=outer, _path=setting.given(path), each=plain)
        assert rule.key is not None
        table, rest = setting.table(rule.key), rule.rest
        if table is None:
            raise UncompiledError(rule.address)
        keyed = self._written(rule, use, within, before, key="k", code="code")
        aside = rest.into[-1] if rest and rest.into[:-1] == path else ""
        made = quote(
            line,
            _KEYED,
            outer=outer,
            _path=setting.given(path),
            _order=setting.given(rule.order),
            _aside=aside,
            codes=setting.given(dict(table.codes)),
            each=keyed,
        )
        if rest is not None:
            others = self._written(rule, use, within, before, key="k", code="code")
            made += quote(line, _REST, outer=outer, _path=setting.given(rest.into), _qualifier=rest.qualifier, each=others)
        return made

    def _written(self, rule: Rule, use: Use, within: str, before: list[Rule], *, key: str, code: str) -> list[ast.stmt]:
        """The segments, or loops, for the object `o`."""
        line = self._listing.line(rule.address)
        always = rule.required or bool(code)
        fill = self._filled(rule, use, code)
        if rule.join is not None:
            body = self._joined(rule, use, line, fill)
        elif rule.groups is not None:
            body = self._grouped(rule, use, line, fill)
        else:
            body = [*self._new(rule, line), *quote(line, "filled = False"), *fill]
            body += quote(line, "rows = [x]")
        if within:
            body += quote(
                line,
                "inner = []\ncount += function(o, document, c, run, inner, _key)",
                function=name(within),
                _key=name(key) if key == "k" else "",
            )
        else:
            body += quote(line, "inner = ()")
        if rule.into.kind is IntoKind.LIST and (rule.join is not None or rule.groups is not None):
            body += quote(line, "if len(rows) > 1:\n    raise Odd")
        ending = self._node(rule, use, line, before)
        return body + (ending if always else quote(line, "if filled or inner:\n    ending", ending=ending))

    def _node(self, rule: Rule, use: Use, line: Line, before: list[Rule]) -> list[ast.stmt]:
        given = self._setting.given
        segment = use if isinstance(use, SegmentUse) else use.trigger
        body = quote(line, "e = trimmed(x)" if self._composite(rule) else "while x and not x[-1]:\n    x.pop()\ne = tuple(x)")
        for one in before:
            where = self._listing.line(rule.address)
            tests = matching(self._setting, where, one.selector, "e", "n")
            test = all_of(tests, where)
            body += quote(where, "n = len(e)")
            body += quote(where, "raise Odd") if test is None else quote(where, "if _test:\n    raise Odd", _test=test)
        if isinstance(use, LoopUse):
            template = (
                "node = LoopNode(_use, [SegmentNode(Segment(_tag, e), _trigger)])\n"
                "if inner and x is rows[-1]:\n    node.children.extend(inner)\nout.append(node)"
            )
            body += quote(line, template, _use=given(use), _tag=segment.tag, _trigger=given(segment))
        else:
            body += quote(line, "out.append(SegmentNode(Segment(_tag, e), _use))", _tag=segment.tag, _use=given(segment))
        return quote(line, "for x in rows:\n    body", body=body)

    # --- what stands in the segment ----------------------------------------------------------------------------------------------------

    def _new(self, rule: Rule, line: Line) -> list[ast.stmt]:
        """The cells of a new segment: empty, but for constants."""
        cells: list[Any] = []
        for slot, text in self._constants(rule):
            _place(cells, slot, text)
        for slot in self._slots(rule):
            _place(cells, slot, None)
        return quote(line, "x = _cells", _cells=placed(_cell(cells), line))

    def _constants(self, rule: Rule) -> list[tuple[Slot, str]]:
        found = [(slot_of(place), text) for place, text in rule.selector.constants]
        return found + [(slot_of(b.places[0]), b.constant) for b in rule.bindings if b.constant is not None and b.beside is None]

    def _slots(self, rule: Rule) -> list[Slot]:
        """Every slot that the rule may fill by itself."""
        slots = [slot_of(place) for binding in rule.bindings for place in binding.places]
        slots += [slot_of(calc.place) for calc in rule.calc]
        slots += [rule.sign.place] if rule.sign else []
        slots += [slot_of(rule.key.places[0])] if rule.key else []
        if rule.join is not None:
            slots += [Slot(rule.join.element, number) for number in (range(1, rule.join.components + 1) if rule.join.components else (0,))]
        return slots

    def _composite(self, rule: Rule) -> bool:
        tests = [slot_of(place) for place, _ in rule.selector.constants]
        common = [slot_of(place) for b in rule.groups.common for place in b.places] if rule.groups else []
        return any(slot.component for slot in (*self._slots(rule), *tests, *common)) or any(pairs.composite for pairs in rule.pairs)

    def _filled(self, rule: Rule, use: Use, code: str) -> list[ast.stmt]:
        """The statements that fill the cells `x`, and say `filled`."""
        line = self._listing.line(rule.address)
        body: list[ast.stmt] = []
        own = [binding for binding in rule.bindings if binding.constant is None]
        for binding in own:
            if not binding.companion:
                body += self._binding(rule, binding, use, line)
        for pairs in rule.pairs:
            given = self._setting.given(writing_pairs(self._setting.spec, pairs, use))
            body += quote(line, "m = write(o, x, c)\nif m:\n    filled = True\n    count += m", write=given)
        if rule.sign is not None:
            template = (
                "v = within(o, _path)\nif v.__class__ is str:\n    filled = True\n    y = _minus if v.startswith('-') else _plus\n    put"
            )
            codes = {"_minus": rule.sign.minus, "_plus": rule.sign.plus}
            body += quote(line, template, put=_assign(line, rule.sign.place, "y"), _path=self._setting.given(rule.sign.into), **codes)
        for calc in rule.calc:
            body += self._calc(rule, calc, line)
        companions: list[ast.stmt] = []
        for binding in own:
            if binding.companion:
                companions += self._binding(rule, binding, use, line)
        if companions:
            body += quote(line, "if filled:\n    companions", companions=companions)
        for binding in rule.bindings:
            if binding.constant is not None and binding.beside is not None:
                body += self._conditional(binding, line)
        if code:
            assert rule.key is not None
            body += _assign(line, slot_of(rule.key.places[0]), "code")
        return body

    def _binding(self, rule: Rule, binding: Binding, use: Use, line: Line) -> list[ast.stmt]:
        setting = self._setting
        slots = [slot_of(place) for place in binding.places]
        body = setting.encoded(line, binding, "v", "y")
        if len(slots) == 1:
            widest = width(use, slots[0])
            body += quote(line, "if len(y) > _w:\n    raise Odd", _w=widest) if widest else []
            body += _assign(line, slots[0], "y")
        else:
            for number, slot in enumerate(slots):
                widest = width(use, slot)
                body += quote(line, "z = y[_n] if len(y) > _n else ''", _n=number)
                body += quote(line, "if len(z) > _w:\n    raise Odd", _w=widest) if widest else []
                body += quote(line, "if z:\n    put", put=_assign(line, slot, "z"))
        if rule.address in self._shared or binding.companion or rule.groups is not None:
            path = setting.given(binding.path)
            body += quote(
                line, "if (id(o), _path) not in run.seen:\n    run.seen.add((id(o), _path))\n    count += 1\nfilled = True", _path=path
            )
        else:
            body += quote(line, "filled = True\ncount += 1")
        taken = setting.taken(line, "o", binding.path, "v")
        if binding.append:
            taken += quote(line, "if v.__class__ is list:\n    v = v[0] if v else None")
        if binding.required:
            return taken + quote(line, "if v is None:\n    raise Odd") + body
        return taken + quote(line, "if v is not None:\n    body", body=body)

    def _calc(self, rule: Rule, calc: Calc, line: Line) -> list[ast.stmt]:
        given, slot = self._setting.given, slot_of(calc.place)
        if calc.is_running:
            return quote(line, "y = run.next_number(_address)", _address=rule.address) + _assign(line, slot, "y")
        if calc.expression is None:
            if not self._counts_from:
                raise UncompiledError(rule.address)
            return quote(line, "y = str(run.levels)\nput\nif y != '0':\n    filled = True", put=_assign(line, slot, "y"))
        put = _assign(line, slot, "y")
        template = "y = total(evaluate(o), c)\nif y is not None:\n    put\n    if y != '0':\n        filled = True"
        return quote(line, template, total=given(_total), evaluate=given(calc.expression.evaluate), put=put)

    def _conditional(self, binding: Binding, line: Line) -> list[ast.stmt]:
        assert binding.beside is not None
        beside = slot_of(binding.beside)
        stands = quote(line, "s = standing(x, _i, _c)", _i=beside.element - 1, _c=max(beside.component - 1, 0))
        put = _assign(line, slot_of(binding.places[0]), ast.Constant(binding.constant))
        return stands + quote(line, "if not s:\n    put" if binding.unless else "if s:\n    put", put=put)

    def _joined(self, rule: Rule, use: Use, line: Line, fill: list[ast.stmt]) -> list[ast.stmt]:
        join = rule.join
        assert join is not None
        places = [Slot(join.element, number + 1 if join.components else 0) for number in range(join.components or 1)]
        widest = width(use, places[0])
        taken = self._setting.taken(line, "o", join.into, "v")
        each: list[ast.stmt] = [*self._new(rule, line)]
        for number, slot in enumerate(places):
            text = ast.Subscript(name("texts"), ast.BinOp(name("at"), ast.Add(), ast.Constant(number)), ast.Load())
            each += quote(line, "if len(texts) > at + _n:\n    put", _n=number, put=_assign(line, slot, text))
        each += [*fill, *quote(line, "rows.append(x)")]
        template = (
            "filled = False\nrows = []\nif v is not None:\n    texts = lines_of(v, _sep, _w)\n    count += 1\n"
            "    for at in range(0, len(texts), _many):\n        filled = True\n        each\n        filled = True"
        )
        body = taken + quote(line, template, _sep=join.separator, _w=widest, _many=len(places), each=each)
        empty = [*self._new(rule, line), *fill, *quote(line, "rows.append(x)")]
        return body + quote(line, "if not rows:\n    empty", empty=empty)

    def _grouped(self, rule: Rule, use: Use, line: Line, fill: list[ast.stmt]) -> list[ast.stmt]:
        assert rule.groups is not None
        write = self._setting.given(writing_groups(self._setting, rule.groups, use))
        new = self._new(rule, line)
        template = (
            "filled = False\nrows, m = write(o, c)\ncount += m\n"
            "if not rows:\n    rows = [[]]\nelse:\n    filled = True\n"
            "for at, cells in enumerate(rows):\n    new\n    x = overlaid(x, cells)\n    rows[at] = x\n    fill"
        )
        return quote(line, template, write=write, new=new, fill=fill or quote(line, "pass"), overlaid=self._setting.given(_overlaid))


def _meets(one: Rule, other: Rule) -> bool:
    """Whether a rule may be given what another one writes."""
    return one.tag == other.tag and one.direction is not Direction.OUT and one.area in {0, other.area}


def _overlaid(lower: list[Any], upper: list[Any]) -> list[Any]:
    """Cells with others over them."""
    if len(lower) < len(upper):
        lower.extend([""] * (len(upper) - len(lower)))
    for index, cell in enumerate(upper):
        if cell:
            lower[index] = cell
    return lower


def _total(value: Any, setting: Any) -> str | None:
    """A number as a total is written; None when there is none."""
    text = plain(format(value, "f")) if isinstance(value, Decimal) else None
    return text if text is None else text.replace(".", setting.decimal[0])


def _assign(line: Line, slot: Slot, value: str | ast.expr) -> list[ast.stmt]:
    """Put a text, which a variable or an expression holds, into the cells `x`, which have room for it."""
    given = name(value) if isinstance(value, str) else placed(value, line)
    if slot.component:
        return quote(line, "x[_i][_c] = _v", _i=slot.element - 1, _c=slot.component - 1, _v=given)
    return quote(line, "x[_i] = _v", _i=slot.element - 1, _v=given)


def _place(cells: list[Any], slot: Slot, text: str | None) -> None:
    """Make room for a slot, and put a constant there."""
    cells.extend([""] * (slot.element - len(cells)))
    if not slot.component:
        cells[slot.element - 1] = cells[slot.element - 1] if text is None else text
        return
    parts = cells[slot.element - 1]
    if not isinstance(parts, list):
        parts = cells[slot.element - 1] = [parts]
    parts.extend([""] * (slot.component - len(parts)))
    if text is not None:
        parts[slot.component - 1] = text


def _cell(cell: Any) -> ast.expr:
    if isinstance(cell, list):
        return ast.List([_cell(one) for one in cell], ast.Load())
    return ast.Constant(cell)
