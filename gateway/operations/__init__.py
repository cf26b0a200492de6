"""What a person, the hub or a program can ask of the gateway. Each takes the `Context` and gives plain JSON values.

Refusals are `gateway.errors.Refusal`; nothing else is raised for what was asked wrongly.
"""

from gateway.operations.batch import batch_list, batch_release, batch_start, batch_stop
from gateway.operations.circuits import circuit_close, circuit_open, circuits
from gateway.operations.control import control_set_next, control_set_seen, control_show
from gateway.operations.counts import counts, status
from gateway.operations.crossref import xref_export, xref_import, xref_set, xref_unknown
from gateway.operations.evidence import evidence
from gateway.operations.feed import feed
from gateway.operations.files import send_file
from gateway.operations.held import held
from gateway.operations.interventions import reject, release
from gateway.operations.replay import replay, replay_many, replays_listed, resend
from gateway.operations.revisions import apply, plan, rollback
from gateway.operations.search import find_documents, search
from gateway.operations.show import payload, show
from gateway.operations.submit import submit
from gateway.operations.timeline import timeline

__all__ = [
    "apply",
    "batch_list",
    "batch_release",
    "batch_start",
    "batch_stop",
    "circuit_close",
    "circuit_open",
    "circuits",
    "control_set_next",
    "control_set_seen",
    "control_show",
    "counts",
    "evidence",
    "feed",
    "find_documents",
    "held",
    "payload",
    "plan",
    "reject",
    "release",
    "replay",
    "replay_many",
    "replays_listed",
    "resend",
    "rollback",
    "search",
    "send_file",
    "show",
    "status",
    "submit",
    "timeline",
    "xref_export",
    "xref_import",
    "xref_set",
    "xref_unknown",
]
