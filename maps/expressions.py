"""The small expressions of `calc`, `when` and `defaults`: Python's syntax, a closed list of what is allowed.

An expression is parsed with `ast` and compiled to closures; nothing is ever given to `eval`. Names are paths of the
document; a path through a list means all of its items. What is absent is None, and None in a sum or comparison gives None.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final

__all__ = ["FUNCTIONS", "Expression", "ExpressionError", "parse", "values_at"]

_MAX_LENGTH = 500
_MAX_NODES = 100

Scope = Mapping[str, Any]
_Node = Callable[[Scope], Any]


class ExpressionError(ValueError):
    """The text is no expression of this language; says what is not allowed."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression. `paths` are the places of the document that it looks at."""

    text: str
    paths: tuple[tuple[str, ...], ...]
    _run: _Node = field(repr=False, compare=False)

    def evaluate(self, scope: Scope) -> Any:
        """The value for one object of a document in its JSON form; numbers come as Decimal."""
        return self._run(scope)


def values_at(scope: Any, path: tuple[str, ...]) -> list[Any]:
    """Everything that stands at a path, lists opened."""
    found = [scope]
    for key in path:
        opened: list[Any] = []
        for value in found:
            if isinstance(value, Mapping) and (inner := value.get(key)) is not None:
                opened.extend(inner) if isinstance(inner, list) else opened.append(inner)
        found = opened
    return found


def number(value: Any) -> Decimal | None:
    """A number from its text; None when it is none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        result = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return result if result.is_finite() else None


def _sum(*groups: Any) -> Decimal:
    values = [value for group in groups for value in (group if isinstance(group, list) else [group])]
    return sum((n for value in values if (n := number(value)) is not None), Decimal(0))


def _count(group: Any) -> Decimal:
    return Decimal(len(group) if isinstance(group, list) else group is not None)


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None and value != []), None)


def _on_text(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *rest: None if value is None else function(str(value), *rest)


FUNCTIONS: Final[Mapping[str, tuple[Callable[..., Any], int, int]]] = {
    "count": (_count, 1, 1),
    "sumof": (_sum, 1, 9),
    "coalesce": (_coalesce, 1, 9),
    "exists": (lambda value: value is not None and value != [], 1, 1),
    "number": (number, 1, 1),
    "upper": (_on_text(str.upper), 1, 1),
    "lower": (_on_text(str.lower), 1, 1),
    "trim": (_on_text(str.strip), 1, 1),
    "left": (_on_text(lambda text, n: text[: max(int(n), 0)]), 2, 2),
    "right": (_on_text(lambda text, n: text[-int(n) :] if n > 0 else ""), 2, 2),
    "length": (_on_text(lambda text: Decimal(len(text))), 1, 1),
}  #: name -> function, fewest and most arguments

_OVER_LISTS = frozenset({"count", "sumof", "exists", "coalesce"})

_ARITHMETIC: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def parse(text: str) -> Expression:
    """Compile an expression. Raises ExpressionError for anything that the list does not name."""
    if len(text) > _MAX_LENGTH:
        raise ExpressionError("the expression is too long")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError("this is no expression") from None
    if sum(1 for _ in ast.walk(tree)) > _MAX_NODES:
        raise ExpressionError("the expression has too many parts")
    paths: list[tuple[str, ...]] = []
    run = _compile(tree.body, paths)
    return Expression(text.strip(), tuple(dict.fromkeys(paths)), run)


def _compile(node: ast.expr, paths: list[tuple[str, ...]]) -> _Node:
    match node:
        case ast.Constant(value=bool() | str() as value):
            return lambda _: value
        case ast.Constant(value=int() | float()):
            digits = Decimal(ast.unparse(node))
            return lambda _: digits
        case ast.Name() | ast.Attribute():
            return _one(_path(node), paths)
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[type(op)], _compile(node.left, paths), _compile(node.right, paths))
        case ast.UnaryOp(op=ast.USub()):
            operand = _compile(node.operand, paths)
            return lambda scope: None if (value := number(operand(scope))) is None else -value
        case ast.UnaryOp(op=ast.Not()):
            operand = _compile(node.operand, paths)
            return lambda scope: not operand(scope)
        case ast.BoolOp():
            parts = [_compile(value, paths) for value in node.values]
            every = isinstance(node.op, ast.And)
            return lambda scope: all(part(scope) for part in parts) if every else any(part(scope) for part in parts)
        case ast.Compare(ops=ops) if all(type(op) in _COMPARISONS for op in ops):
            return _comparison([_COMPARISONS[type(op)] for op in ops], [_compile(value, paths) for value in (node.left, *node.comparators)])
        case ast.IfExp():
            test, then, other = (_compile(part, paths) for part in (node.test, node.body, node.orelse))
            return lambda scope: then(scope) if test(scope) else other(scope)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            return _call(name, node.args, paths)
    raise ExpressionError(f"{type(node).__name__} is not allowed here")


def _path(node: ast.expr) -> tuple[str, ...]:
    if isinstance(node, ast.Attribute):
        head, name = _path(node.value), node.attr
    elif isinstance(node, ast.Name):
        head, name = (), node.id
    else:
        raise ExpressionError("only fields of the document have fields")
    if name.startswith("_"):
        raise ExpressionError("a field does not begin with an underscore")
    return (*head, name)


def _one(path: tuple[str, ...], paths: list[tuple[str, ...]]) -> _Node:
    """The one value at a path; through a list, the list of all."""
    paths.append(path)

    def run(scope: Scope) -> Any:
        value: Any = scope
        for depth, key in enumerate(path):
            value = value.get(key) if isinstance(value, Mapping) else None
            if isinstance(value, list):
                return values_at({"_": value}, ("_", *path[depth + 1 :]))
        return value

    return run


def _call(name: str, arguments: list[ast.expr], paths: list[tuple[str, ...]]) -> _Node:
    function, fewest, most = FUNCTIONS[name]
    if not fewest <= len(arguments) <= most:
        raise ExpressionError(f"{name} takes {fewest} to {most} values")
    parts = [_compile(argument, paths) for argument in arguments]
    if name in _OVER_LISTS:
        return lambda scope: function(*(part(scope) for part in parts))

    def run(scope: Scope) -> Any:
        values = [part(scope) for part in parts]
        return None if any(isinstance(value, list) or value is None for value in values) else function(*values)

    return run


def _arithmetic(operation: Callable[[Any, Any], Any], left: _Node, right: _Node) -> _Node:
    def run(scope: Scope) -> Any:
        a, b = number(left(scope)), number(right(scope))
        if a is None or b is None:
            return None
        try:
            return operation(a, b)
        except (DivisionByZero, InvalidOperation, Overflow):
            return None

    return run


def _comparison(operations: list[Callable[[Any, Any], Any]], parts: list[_Node]) -> _Node:
    def run(scope: Scope) -> bool:
        values = [part(scope) for part in parts]
        return all(_compared(operation, a, b) for operation, a, b in zip(operations, values, values[1:], strict=False))

    return run


def _compared(operation: Callable[[Any, Any], Any], a: Any, b: Any) -> bool:
    """Texts with texts; as numbers when one side is a number. What is absent equals nothing and has no order."""
    if isinstance(a, Decimal | int) or isinstance(b, Decimal | int):
        a, b = number(a), number(b)
    if a is None or b is None or isinstance(a, list) or isinstance(b, list):
        return operation is operator.ne and (a is None) != (b is None)
    return bool(operation(a, b))
