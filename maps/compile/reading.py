"""Generated code that reads: one function for each loop, from its nodes into an object of the document."""

import ast
from collections.abc import Iterable
from typing import Any, Final

from edi.grammar.model import LoopUse
from maps.compile.listing import Listing
from maps.compile.pairs import reading_pairs
from maps.compile.quote import Line, name, quote
from maps.compile.slots import Setting, UncompiledError, all_of, matching, slot_of
from maps.formats.edi import use_of
from maps.model import Binding, Direction, Groups, IntoKind, Join, Rule, RuleKind

__all__ = ["Reading", "conditions"]

_FUNCTION: Final = """
def function(nodes, scope, document, c, run, key):
    flags
    for node in nodes:
        s = (node.children[0] if node.__class__ is LoopNode else node).segment
        t = s.tag
        levels
        e = s.elements
        n = len(e)
        choices
    needs
    after
"""
_APPEND: Final = """
if o:
    kept = within(outer, _path)
    if kept is None:
        kept = []
        fill(outer, _path, kept)
    kept.append(VALUE)
"""
_INNER: Final = """
if node.__class__ is LoopNode and len(node.children) > 1:
    function(node.children[1:], o, document, c, run, _key)
"""
_ASIDE_LEVEL: Final = """
if t == _tag and node.__class__ is LoopNode:
    if hl is None:
        hl = []
    hl.append(node)
    continue
"""
_TOTAL: Final = """
if v:
    run.checks.append((_rule, _calc, o, v))
"""
_KEYED: Final = """
k = words.get(v)
if k is None:
    k = other(v)
kept = within(scope, _path)
if k is None or (kept is not None and k in kept):
    aside
else:
    o = {}
    if kept is None:
        fill(scope, _path, {k: o})
    else:
        kept[k] = o
"""
_ASIDE: Final = """
o = {_qualifier: v}
k = ""
kept = within(scope, _rest)
if kept is None:
    fill(scope, _rest, [o])
else:
    kept.append(o)
"""
_STRIDES: Final = """
kept = within(o, _path) or []
for b in range(_first, min(n, _end), _step):
    if any(e[b:b + _step]):
        g = {}
        body
        if g:
            kept.append(g.get("", g))
if kept and within(o, _path) is None:
    fill(o, _path, kept)
"""


class Reading:
    """The reading functions of one map."""

    def __init__(self, setting: Setting, listing: Listing) -> None:
        self._setting, self._listing = setting, listing
        self.functions: list[ast.stmt] = []

    def container(self, address: str, rules: Iterable[Rule], loop: LoopUse) -> str:
        """Generate the function of a loop, or of the whole set; its name."""
        line = self._listing.line(address)
        function = self._listing.function("read", address)
        listed = list(rules)
        entries = [
            (number, rule) for number, rule in enumerate(listed) if rule.direction is not Direction.OUT and rule.kind is not RuleKind.LEVELS
        ]
        by_tag: dict[str, list[tuple[int, Rule]]] = {}
        for number, rule in entries:
            by_tag.setdefault(rule.tag, []).append((number, rule))
        choices: list[ast.stmt] = []
        for tag, alike in reversed(by_tag.items()):
            chain = self._chain(alike, loop)
            choices = quote(
                line, "if t == _tag:\n    chain\nelse:\n    others", _tag=tag, chain=chain, others=choices or quote(line, "pass")
            )
        flags = quote(line, "hl = None") if len(entries) < len(listed) and any(r.kind is RuleKind.LEVELS for r in listed) else []
        needs: list[ast.stmt] = []
        for number, rule in entries:
            where = self._listing.line(rule.address)
            needed = rule.into.kind is IntoKind.HERE and _single(rule) and any(b.required for b in rule.bindings)
            if _single(rule) or needed:
                flags += quote(where, "u = False", u=name(f"u{number}"))
            if needed:
                tests = [*conditions(self._setting, where, rule), _not(where, f"u{number}")]
                needs += quote(where, "if _test:\n    raise Odd", _test=all_of(tests, where))
        levels, after = self._levels(listed, loop)
        self.functions += quote(line, _FUNCTION, function=function, flags=flags, choices=choices, needs=needs, levels=levels, after=after)
        return function

    def _levels(self, rules: list[Rule], loop: LoopUse) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """What sets the loops of a hierarchy aside, and what reads them at the end."""
        for rule in rules:
            use = use_of(loop, rule.tag)
            if rule.kind is not RuleKind.LEVELS or not isinstance(use, LoopUse):
                continue
            for level in rule.levels:
                self.container(f"{rule.address}/{level.code}", level.rules, use)
            where, hierarchy = self._listing.line(rule.address), self._setting.hierarchy(rule, use, self._listing)
            aside = quote(where, _ASIDE_LEVEL, _tag=rule.tag)
            return aside, quote(where, "if hl is not None:\n    hierarchy.read(hl, scope, document, c, run)", hierarchy=hierarchy)
        return [], []

    def _chain(self, listed: list[tuple[int, Rule]], loop: LoopUse) -> list[ast.stmt]:
        """Which rule takes a segment: the first that selects it and has room. One that is full and finds no other is odd."""
        line = self._listing.line(listed[0][1].address)
        chain: list[ast.stmt] = []
        for number, rule in listed:
            if _single(rule):
                where = self._listing.line(rule.address)
                tests = [_set(where, f"u{number}"), *self._selects(rule)]
                chain += quote(where, "if _test:\n    raise Odd", _test=all_of(tests, where))
        for number, rule in reversed(listed):
            where = self._listing.line(rule.address)
            tests = self._selects(rule)
            body = []
            if _single(rule):
                tests = [_not(where, f"u{number}"), *tests]
                body = quote(where, "u = True", u=name(f"u{number}"))
            body += self._entry(rule, use_of(loop, rule.tag, rule.area))
            test = all_of(tests, where)
            chain = (
                body
                if test is None
                else quote(where, "if _test:\n    body\nelse:\n    others", _test=test, body=body, others=chain or quote(line, "pass"))
            )
        return chain

    def _selects(self, rule: Rule) -> list[ast.expr]:
        line = self._listing.line(rule.address)
        area = _expression(line, "node.use is not None and node.use.area == _area", _area=rule.area) if rule.area else []
        return [*area, *matching(self._setting, line, rule.selector, "e", "n"), *conditions(self._setting, line, rule)]

    # --- one rule ----------------------------------------------------------------------------------------------------------------------

    def _entry(self, rule: Rule, use: Any) -> list[ast.stmt]:
        line = self._listing.line(rule.address)
        scope = "document" if rule.of_document else "scope"
        body, closing = self._opened(rule, line, scope)
        body += self._segment(rule, line)
        if rule.kind is RuleKind.LOOP and rule.rules and isinstance(use, LoopUse):
            inner = self.container(rule.address, rule.rules, use)
            key: Any = name("k") if rule.into.kind is IntoKind.KEYED else ""
            body += quote(line, _INNER, function=name(inner), o=name("o"), _key=key)
        if rule.kind is RuleKind.LOOP:  # the number that it is about may stand in the loop
            body += self._sign(rule, line)
        if rule.into.kind is IntoKind.KEYED:
            assert rule.key is not None
            code = self._setting.text(line, "v", slot_of(rule.key.places[0]))
            if rule.rest is not None:  # without a code nobody is meant, and the segment is left to the residue
                body = quote(line, "if v:\n    body", body=body)
            body = code + body
        return body + closing

    def _opened(self, rule: Rule, line: Line, scope: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The statements that make the object `o` of a rule, and those that put it into its place."""
        setting, path, outer = self._setting, rule.into.path, name(scope)
        if rule.into.kind is IntoKind.HERE:
            return quote(line, "o = outer", outer=outer), []
        if rule.into.kind is IntoKind.OBJECT:
            opened = quote(line, "o = within(outer, _path)\nif o is None:\n    o = {}", outer=outer, _path=setting.given(path))
            return opened, quote(line, "if o:\n    fill(outer, _path, o)", outer=outer, _path=setting.given(path))
        if rule.into.kind is IntoKind.LIST:
            value = 'o.get("", o)' if any(b.path == ("",) for b in rule.bindings) else "o"
            if len(path) == 1:
                closing = quote(line, f"if o:\n    outer.setdefault(_k, []).append({value})", outer=outer, _k=path[0])
            else:
                template = _APPEND.replace("VALUE", value)
                closing = quote(line, template, outer=outer, _path=setting.given(path))
            return quote(line, "o = {}"), closing
        return self._keyed(rule, line, outer), []

    def _keyed(self, rule: Rule, line: Line, outer: ast.Name) -> list[ast.stmt]:
        setting, rest = self._setting, rule.rest
        assert rule.key is not None
        table = setting.table(rule.key)
        if table is None:
            raise UncompiledError(rule.address)
        words, other = setting.given(dict(table.words)), setting.given(setting.key_of(table, strict=rest is None))
        aside = quote(line, "raise Odd")
        if rest is not None:
            aside = quote(line, _ASIDE, _qualifier=rest.qualifier, _rest=setting.given(rest.into), scope=outer)
        return quote(line, _KEYED, words=words, other=other, scope=outer, _path=setting.given(rule.into.path), aside=aside)

    def _segment(self, rule: Rule, line: Line) -> list[ast.stmt]:
        """Everything that the rule takes from the segment `s`."""
        body: list[ast.stmt] = []
        own = [binding for binding in rule.bindings if binding.constant is None]
        new = rule.into.kind is IntoKind.LIST
        for binding in own:
            if binding.companion:
                continue
            fresh = new and sum(one.path == binding.path for one in own) == 1 and sum(one.path[0] == binding.path[0] for one in own) == 1
            body += self._binding(binding, line, "o", fresh=fresh)
        for binding in own:
            if binding.companion:
                body += self._companion(binding, line)
        for pairs in rule.pairs:
            given = self._setting.given(reading_pairs(self._setting.spec, pairs))
            body += quote(line, "read(e, n, o, c)", read=given)
        if rule.groups is not None:
            body += self._groups(rule.groups, line)
        if rule.join is not None:
            body += self._join(rule.join, line)
        if rule.kind is not RuleKind.LOOP:
            body += self._sign(rule, line)
        for calc in rule.calc:
            if not calc.is_running and rule.check != "none":
                body += self._setting.text(line, "v", slot_of(calc.place))
                body += quote(line, _TOTAL, _rule=self._setting.given(rule), _calc=self._setting.given(calc))
        return body

    def _sign(self, rule: Rule, line: Line) -> list[ast.stmt]:
        if rule.sign is None:
            return []
        return [
            *self._setting.text(line, "v", rule.sign.place),
            *quote(line, "if v:\n    signed(o, v, _sign)", _sign=self._setting.given(rule.sign)),
        ]

    def _binding(self, binding: Binding, line: Line, scope: str, base: str = "", *, fresh: bool = False) -> list[ast.stmt]:
        setting = self._setting
        slots = [slot_of(place) for place in binding.places]
        texts = ["v", *(f"v{number}" for number in range(1, len(slots)))]
        inner: list[ast.stmt] = []
        for slot, target in zip(slots[1:], texts[1:], strict=True):
            inner += setting.text(line, target, slot, base)
        inner += setting.decoded(line, binding, texts, "x")
        if binding.append:
            put = quote(
                line,
                "kept = within(o, _path)\nif kept is None:\n    fill(o, _path, [x])\nelse:\n    kept.append(x)",
                o=name(scope),
                _path=setting.given(binding.path),
            )
        else:
            put = setting.put(line, scope, binding.path, "x", fresh=fresh)
        never = setting.table(binding) is None and setting.codec(binding, len(slots)).name == "num"
        missing = quote(line, "raise Odd") if binding.required else None
        if never:
            inner += put
        elif missing:
            inner += quote(line, "if x is None:\n    raise Odd") + put
        else:
            inner += quote(line, "if x is not None:\n    put", put=put)
        body = setting.text(line, "v", slots[0], base)
        if missing:
            return body + quote(line, "if v:\n    inner\nelse:\n    missing", inner=inner, missing=missing)
        return body + quote(line, "if v:\n    inner", inner=inner)

    def _companion(self, binding: Binding, line: Line) -> list[ast.stmt]:
        """A field that is read beside others only."""
        read, path = self._binding(binding, line, "o"), binding.path[:-1]
        if not path:
            return read
        return quote(line, "if within(o, _path) is not None:\n    read", _path=self._setting.given(path), read=read)

    def _groups(self, groups: Groups, line: Line) -> list[ast.stmt]:
        body: list[ast.stmt] = []
        for binding in groups.items:
            body += self._binding(binding, line, "g", "b")
        for binding in groups.common:
            body += self._binding(binding, line, "g")
        first = groups.first - 1
        end = first + groups.max * groups.step
        return quote(line, _STRIDES, _path=self._setting.given(groups.into), _first=first, _end=end, _step=groups.step, body=body)

    def _join(self, join: Join, line: Line) -> list[ast.stmt]:
        path = self._setting.given(join.into)
        given: dict[str, Any] = {"_i": join.element - 1, "_path": path, "_sep": join.separator, "_c": join.components}
        if join.components:
            return quote(line, "if n > _i:\n    joined(o, [part(e[_i], y) for y in range(1, _c + 1)], _path, _sep)", **given)
        return quote(line, "if n > _i:\n    joined(o, [e[_i] if e[_i].__class__ is str else simple(e[_i])], _path, _sep)", **given)


def _single(rule: Rule) -> bool:
    """Whether one object takes one segment."""
    return rule.into.kind in {IntoKind.HERE, IntoKind.OBJECT} and not (rule.groups or rule.join or rule.pairs)


def conditions(setting: Setting, line: Line, rule: Rule) -> list[ast.expr]:
    """`when` and `whenKey` as expressions over `scope`, `document` and `key`."""
    found = []
    keys = rule.when_key
    if keys:
        barred = tuple(key[1:] for key in keys if key.startswith("!"))
        found += _expression(line, "key not in _keys", _keys=barred) if barred else []
        found += [] if keys[0].startswith("!") else _expression(line, "key in _keys", _keys=tuple(k for k in keys if not k.startswith("!")))
    if rule.when is not None:
        found += _expression(line, "holds(merged_scope(scope, document))", holds=setting.given(rule.when.evaluate))
    return found


def _expression(line: Line, text: str, **parts: Any) -> list[ast.expr]:
    [made] = quote(line, text, **parts)
    assert isinstance(made, ast.Expr)
    return [made.value]


def _set(line: Line, flag: str) -> ast.expr:
    return _expression(line, "u", u=name(flag))[0]


def _not(line: Line, flag: str) -> ast.expr:
    return _expression(line, "not u", u=name(flag))[0]
