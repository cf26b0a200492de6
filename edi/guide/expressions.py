"""What a guide asks of the elements of one segment as one regular expression over its text, where that can be said so."""

import re
from collections.abc import Sequence

from edi.delimiters import Delimiters
from edi.guide.checks import ElementCheck

__all__ = ["expression"]


def expression(checks: Sequence[ElementCheck], delimiters: Delimiters, count: int) -> str | None:
    """Matches the whole of a segment with so many elements that is as asked; what it does not match may be right too.

    None where it can't be said, which is of simple elements only: a value with components or repetitions is not matched.
    """
    end = re.escape(delimiters.element)
    one = f"[^{re.escape(delimiters.element + delimiters.component + (delimiters.repetition or ''))}]"
    parts = [f"[^{end}]*"] * count
    told: set[int] = set()
    for check in checks:
        said = _value(check, one, f"(?:{end}|\\Z)")
        if said is None or check.index in told or (check.required and check.index >= count):
            return None
        told.add(check.index)
        if check.index < count:
            parts[check.index] = said
    source = "".join((f"[^{end}]+", *(end + part for part in parts)))
    try:
        re.compile(source)
    except re.error:
        return None  # a pattern of the guide that stands only by itself
    return source


def _value(check: ElementCheck, one: str, end: str) -> str | None:
    """What matches the value. A pattern of the guide could reach over separators; then too few of them are left for the others."""
    rule = check.rule
    sized = rule.length is not None and check.size is not len  # digits are counted
    if check.component is not None or rule.least > 1 or sized or (rule.pattern is not None and rule.pattern.groups):
        return None
    if rule.forbidden:
        return ""
    looks = [f"(?={one}*{end})"] if rule.pattern else []
    if rule.removed:
        looks.append(f"(?!{_any_of(rule.removed)}{end})")
    if rule.length:
        looks.append(f"(?={one}{{{rule.length[0]},{rule.length[1]}}}{end})")
    if rule.codes is not None and rule.pattern:
        looks.append(f"(?={_any_of(rule.codes)}{end})")
    value = f"(?:{rule.pattern.pattern})" if rule.pattern else _any_of(rule.codes) if rule.codes is not None else f"{one}+"
    whole = "".join(looks) + value
    return whole if check.required and not rule.pattern else f"(?={one}){whole}" if check.required else f"(?:{whole})?"


def _any_of(codes: frozenset[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(codes)))})"
