"""The page of all settings, made from their models: `python -m gateway.settings_page > gateway/SETTINGS.md`; `make check` compares them."""

import ast
import inspect
import io
import sys
import tokenize
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.settings import Settings
from partners.profile import OwnFile, PartnerFile

__all__ = ["as_markdown"]

_HEAD: Final = """\
# Settings

Every setting of gateway.yaml and of partner.yaml with its default; `-` is none. What stands under several names in one way is told once.
Made from the models: `python -m gateway.settings_page > gateway/SETTINGS.md`. In the environment a setting of gateway.yaml is called
`GATEWAY_LIMITS__PAGE`, and wins. Durations of gateway.yaml are seconds unless something else is said; those of partner.yaml are written
30s, 15m, 24h, 2d.
"""
_FILES: Final[tuple[tuple[str, type[BaseModel], str], ...]] = (
    ("gateway.yaml", Settings, ""),
    ("own: of gateway.yaml", OwnFile, "own"),
    ("partner.yaml", PartnerFile, ""),
)

_OF_THE_LINE_ABOVE: Final = "^ "

Row = tuple[str, FieldInfo, str]


def as_markdown() -> str:
    """The whole page."""
    parts, told = [_HEAD], set[type[BaseModel]]()
    for title, model, path in _FILES:
        parts.append(f"## {title}\n")
        for where, block in _blocks(model, path, told):
            parts += [f"### {where}\n" if where != path else "", _table(block)]
    return "\n".join(part for part in parts if part)


def _blocks(model: type[BaseModel], path: str, told: set[type[BaseModel]]) -> Iterator[tuple[str, type[BaseModel]]]:
    """A block, and those within it; each model once, where it stands first."""
    if model in told:
        return
    told.add(model)
    yield path, model
    for name, field in model.model_fields.items():
        for within in _models(field.annotation):
            kind = _kind(within)
            yield from _blocks(within, f"{path}.{field.alias or name}".lstrip(".") + (f" ({kind})" if kind else ""), told)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _kind(model: type[BaseModel]) -> str:
    """The word by which one of several blocks is chosen."""
    field = model.model_fields.get("kind") or model.model_fields.get("scheme")
    words = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return str(words[0]) if len(words) == 1 else ""


def _table(model: type[BaseModel]) -> str:
    lines = ["| name | default | what |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {_default(field)} | {_what(field, sentence)} |" for name, field, sentence in _rows(model)]
    return "\n".join(lines) + "\n"


def _rows(model: type[BaseModel]) -> Iterator[Row]:
    for name, field in model.model_fields.items():
        sentence = field.description or next((said for owner in model.__mro__ if (said := _comments(owner).get(name))), "")
        yield field.alias or name, field, " ".join(sentence.split()) or _title(field)


def _title(field: FieldInfo) -> str:
    """What the one block says of itself, where the field says nothing."""
    blocks = set(_models(field.annotation))
    return (inspect.getdoc(blocks.pop()) or "").split("\n\n")[0].replace("\n", " ") if len(blocks) == 1 else ""


def _what(field: FieldInfo, sentence: str) -> str:
    words = _words(field.annotation)
    if words:
        sentence = f"{sentence}{'; ' if sentence and not sentence.endswith('.') else ' '}{', '.join(f'`{word}`' for word in words)}".strip()
    return sentence.replace("|", "\\|")


def _words(annotation: Any) -> tuple[str, ...]:
    """The words of a closed list."""
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(one.value) for one in annotation)
    return tuple(word for part in get_args(annotation) if part is not Ellipsis for word in _words(part))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel) or value is None or value in ((), {}, "", frozenset()):
        return "-"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) else f"`{value}`".replace("|", "\\|")


@cache
def _comments(model: type[BaseModel]) -> dict[str, str]:
    """The `#:` comments of a class by field, in whose lines they stand, or below with a mark."""
    try:
        source = inspect.getsource(model)
    except (OSError, TypeError):
        return {}
    said: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#:"):
            said[token.start[0]] = token.string.removeprefix("#:").strip()
    [definition] = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            end = node.end_lineno or node.lineno
            while said.get(end + 1, "").startswith(_OF_THE_LINE_ABOVE):
                end += 1
            words = [said[line].removeprefix(_OF_THE_LINE_ABOVE) for line in range(node.lineno, end + 1) if line in said]
            found[node.target.id] = " ".join(words)
    return found


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
