"""The text of settings files as data: YAML with limits, every fault with its file and place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

__all__ = ["ConfigFault", "dotted", "model_faults", "parse_yaml"]

_MAX_BYTES: Final = 1 << 18
_MAX_NODES: Final = 100_000  #: aliases may say much with few bytes
_DEEPEST: Final = 20
_QUOTED: Final = re.compile(r"""(['"])(.*?)(\1|\Z)""", re.DOTALL)  #: ',' and '<stream end>' are words of YAML itself
_REFERENCE: Final = "^(env"  #: how the patterns of all secret references begin


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing wrong with the workspace. Values of settings never stand in the message, they could be secrets."""

    file: str
    path: str  #: place in the file: agreements[0].standard.x12; or the line; empty for the file as a whole
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.message}" if self.path else f"{self.file}: {self.message}"


def dotted(location: Iterable[str | int]) -> str:
    """`("agreements", 0, "id")` as `agreements[0].id`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def parse_yaml(file: str, data: bytes, faults: list[ConfigFault]) -> Mapping[str, Any] | None:
    """The mapping that a YAML file holds; None, with a fault more, when it holds none."""
    found, path, message = _load(data)
    if message:
        faults.append(ConfigFault(file, path, message))
        return None
    assert isinstance(found, Mapping)
    return found


def _load(data: bytes) -> tuple[Any, str, str]:
    if len(data) > _MAX_BYTES:
        return None, "", "larger than 256 KB: no settings file is"
    if _flow_depth(data) > _DEEPEST:
        return None, "", "nested too deeply"
    try:
        found = YAML(typ="safe", pure=True).load(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return None, "", "not UTF-8"
    except RecursionError:
        return None, "", "nested too deeply"
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return None, f"line {mark.line + 1}" if mark else "", f"no YAML: {_problem(error)}"
    except ValueError:  # a date that does not exist, a number that is none
        return None, "", "no YAML: a value looks like a date or number and is none; put it in quotes"
    if not isinstance(found, Mapping):
        return None, "", "a mapping is expected: `key: value` lines"
    if not _is_plain(found):
        return None, "", "too large, too deep, or with keys that are no text"
    return found, "", ""


def _flow_depth(data: bytes) -> int:
    """How many brackets are open at once: the parser would recurse as deep, and slowly, before it gives up."""
    return max(accumulate(1 if byte in b"[{" else -1 for byte in data if byte in b"[]{}"), default=0)


def _problem(error: YAMLError) -> str:
    """The parser's words, up to where they quote the file: `password: *secret` is no alias that it knows."""
    words = getattr(error, "problem", None) or "it cannot be read"
    for quoted in _QUOTED.finditer(words):
        if len(quoted[2]) > 1 and not quoted[2].startswith("<"):
            return str(words[: quoted.start()].rstrip())
    return str(words)


def _is_plain(value: Any) -> bool:
    """Whether keys are texts and the whole, with its aliases unfolded, is of human size."""
    left = _MAX_NODES
    stack: list[tuple[Any, int]] = [(value, 0)]
    while stack:
        node, depth = stack.pop()
        left -= 1
        if left < 0 or depth > _DEEPEST:
            return False
        if isinstance(node, Mapping):
            if not all(isinstance(key, str) for key in node):
                return False
            stack += [(inner, depth + 1) for inner in node.values()]
        elif isinstance(node, list | tuple | set):
            stack += [(inner, depth + 1) for inner in node]
    return True


_MESSAGES: Final = {
    "missing": "required",
    "extra_forbidden": "no such setting",
    "literal_error": "expected {expected}",
    "union_tag_invalid": "expected {expected_tags}",
}


def model_faults(file: str, error: ValidationError, place: tuple[str | int, ...] = ()) -> list[ConfigFault]:
    """What pydantic found, in our words, without the values."""
    found: dict[str, ConfigFault] = {}
    for one in error.errors(include_url=False, include_input=False):
        path = dotted((*place, *one["loc"]))
        found.setdefault(path, ConfigFault(file, path, _message(one)))
    return list(found.values())


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if str(context.get("pattern", "")).startswith(_REFERENCE):
        return "a secret is named, never written: env:NAME or file:PATH"
    if error["type"] in _MESSAGES:
        return _MESSAGES[error["type"]].format(**context)
    return str(error["msg"]).removeprefix("Value error, ")
