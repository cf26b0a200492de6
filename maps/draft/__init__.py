"""From a partner's files to a first overlay and guide: what can be understood is written, what cannot is marked for a person."""

from maps.draft.guide import draft_guide
from maps.draft.overlay import Question, draft_overlay
from maps.draft.sample import Sample

__all__ = ["Question", "Sample", "draft_guide", "draft_overlay"]
