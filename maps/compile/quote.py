"""Pieces of Python as syntax trees: a template in our own words, with values put in as nodes.

What a map's author wrote never becomes source text: it enters as a constant, or stays a value that the generated code looks up
by a name made here. So nothing in a map file can become code.
"""

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

__all__ = ["Line", "Names", "name", "placed", "quote"]

Line = int  #: of the listing that names the rules, so that a traceback shows the rule


@cache
def _template(text: str) -> tuple[ast.stmt, ...]:
    return tuple(ast.parse(text).body)


def name(identifier: str) -> ast.Name:
    """A name to be put into a template where it is read."""
    return ast.Name(identifier, ast.Load())


def quote(line: Line, text: str, **parts: Any) -> list[ast.stmt]:
    """The statements of a template with its placeholders filled.

    A placeholder is a name of the template. A node fills it as it is, a list of statements fills a line of its own, and anything else
    (text, number, tuple of these) becomes a constant.
    """
    made: list[ast.stmt] = []
    for statement in _template(text):
        made += _statement(statement, parts, line)
    return made


def _statement(node: ast.stmt, parts: Mapping[str, Any], line: Line) -> list[ast.stmt]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name) and isinstance(parts.get(node.value.id), list):
        return list(parts[node.value.id])
    copied = _copied(node, parts, line)
    assert isinstance(copied, ast.stmt)
    return [copied]


def _copied(node: ast.AST, parts: Mapping[str, Any], line: Line) -> ast.AST:
    if isinstance(node, ast.Name) and node.id in parts:
        part = parts[node.id]
        if isinstance(part, ast.Name):
            return _placed(ast.Name(part.id, node.ctx), line)
        return part if isinstance(part, ast.AST) else _placed(ast.Constant(part), line)
    fields: dict[str, Any] = {}
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            fields[field] = _copied(value, parts, line)
        elif isinstance(value, list):
            fields[field] = _list(value, parts, line)
        elif field == "name" and value in parts:
            fields[field] = parts[value]
        else:
            fields[field] = value
    return _placed(type(node)(**fields), line)


def _list(values: Sequence[Any], parts: Mapping[str, Any], line: Line) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, ast.stmt):
            found += _statement(value, parts, line)
        else:
            found.append(_copied(value, parts, line) if isinstance(value, ast.AST) else value)
    return found


def _placed(node: ast.AST, line: Line) -> ast.AST:
    if isinstance(node, ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword):
        node.lineno = node.end_lineno = line
        node.col_offset = node.end_col_offset = 0
    return node


def placed(node: ast.expr, line: Line) -> ast.expr:
    """An expression made by hand, at a line."""
    for one in ast.walk(node):
        _placed(one, line)
    return node


_GIVEN: Final = "given_"


class Names:
    """The values that generated code looks up by name: codecs, tables, places in the grammar."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.values: dict[str, Any] = dict(known)
        self._by_identity: dict[int, str] = {}
        self._count = 0

    def given(self, value: Any) -> ast.Name:
        """A name for a value; the same name for the same object."""
        known = self._by_identity.get(id(value))
        if known is None:
            known = self._by_identity[id(value)] = self.new(_GIVEN)
            self.values[known] = value
        return name(known)

    def new(self, stem: str) -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{stem}{self._count}"
