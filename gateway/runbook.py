"""The run-book: one section per cause, made from the table of causes, and linked from each error, held thing and alarm."""

import sys
from typing import Final

from gateway.cause_texts import CAUSES
from gateway.causes import Cause

__all__ = ["PAGE", "as_markdown", "section_of"]

PAGE: Final = "gateway/RUNBOOK.md"
_HEAD: Final = """\
# Run-book

What each cause means, whose turn it is, and what to do. `gateway held list`, problem+json and events name causes by these words.
Made from `gateway/cause_texts.py`; a test keeps the two equal: `python -m gateway.runbook > gateway/RUNBOOK.md`.
"""
_ITSELF: Final = "It may go by itself: the gateway tries again, or the same request may succeed later."
_STAYS: Final = "It stays until somebody acts."


def section_of(cause: str) -> str:
    """Where the run-book tells of a cause."""
    return f"{PAGE}#{cause}"


def as_markdown() -> str:
    """The whole page."""
    parts = [_HEAD]
    for cause in Cause:
        text = CAUSES[cause]
        again = _ITSELF if text.retryable else _STAYS
        parts.append(f"## {cause.value}\n\n**{text.title}.** {text.cause}\n\n- Turn: {text.owner}\n- Next: {text.next_action}\n- {again}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
