"""A code list as a regular expression that looks at each character once: what begins alike is asked alike."""

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["trie"]


def trie(codes: Iterable[str]) -> str:
    """Alternatives, without a group around them, that match just these texts. Raises ValueError when there are none."""
    listed = frozenset(codes)
    if not listed - {""}:
        raise ValueError("a code list without codes")
    return _alternatives(listed)


@lru_cache(maxsize=8192)
def _alternatives(codes: frozenset[str]) -> str:
    tails: dict[str, set[str]] = {}
    for code in codes:
        if code:
            tails.setdefault(code[0], set()).add(code[1:])
    heads: dict[frozenset[str], list[str]] = {}
    for head, rest in sorted(tails.items()):
        heads.setdefault(frozenset(rest), []).append(head)
    found = []
    for rest_of, first in heads.items():
        head = re.escape(first[0]) if len(first) == 1 else f"[{re.escape(''.join(first))}]"
        inner = _alternatives(rest_of) if rest_of != {""} else ""
        # the longer code first: where it is followed by nothing that fits, the shorter one is tried
        found.append(head + (f"(?:{inner}|)" if "" in rest_of and inner else f"(?:{inner})" if "|" in inner else inner))
    return "|".join(found)
