"""An explanation as plain JSON values, for the command line and for programs alike."""

from typing import Any

from as2.errors import Step
from as2.explain import Explanation, Switch

__all__ = ["explanation_view"]


def explanation_view(explanation: Explanation, partner_id: str) -> dict[str, Any]:
    """All that was found; what is empty is left out."""
    text = explanation.text
    view: dict[str, Any] = {
        "partnerId": partner_id,
        "subject": explanation.subject,
        "ok": explanation.ok,
        "cause": explanation.cause.value,
        "sentence": text.sentence,
        "detail": explanation.detail,
        "owner": text.owner,
        "nextAction": text.next_action,
        "switch": _switch(explanation.switch, partner_id),
        "answer": explanation.answer,
        "steps": [_step(step, explanation) for step in explanation.steps],
        "facts": [{"name": fact.name, "value": fact.value} for fact in explanation.facts],
        "tried": [
            {"what": tried.what, "fits": tried.fits} | ({"line": tried.switch.line} if tried.switch else {}) for tried in explanation.tried
        ],
        "mic": {name: str(mic) for name, mic in (("ours", explanation.our_mic), ("theirs", explanation.their_mic)) if mic is not None},
    }
    return {name: value for name, value in view.items() if value not in ("", None, [], {})}


def _switch(switch: Switch | None, partner_id: str) -> dict[str, str] | None:
    """Where the line belongs."""
    return {"file": f"partners/{partner_id}/partner.yaml", "below": "transports.as2", "line": switch.line} if switch else None


def _step(step: Step, explanation: Explanation) -> dict[str, str]:
    fields = {
        "name": step.name,
        "outcome": step.outcome,
        "detail": step.detail,
        "algorithm": step.algorithm,
        "certificate": step.certificate,
        "is": explanation.certificates.get(step.certificate, ""),
        "digest": step.digest,
    }
    return {name: value for name, value in fields.items() if value}
