"""Deliveries that a partner may have without having said so: bytes were sent, and no answer came that tells.

By the same way the same bytes under the same id may go again: an AS2 server knows the Message-ID, an API the Idempotency-Key, a drop finds
its file. By another way the partner would see the same control number a second time as something new. So what ended unclear stays with its
way, unless the profile says otherwise (`transports: {delivery: {as2: {unclear: send}}}`).
"""

from gateway.store.jobs import ClaimedJob
from gateway.store.lookup import Found

__all__ = ["unclear_at"]


def unclear_at(job: ClaimedJob, delivery: Found) -> str | None:
    """The way by which the partner may have it: as an attempt left it, or was cut off with its process. None: each ended clearly."""
    if not (job.destination or "").startswith("partner:"):  # the hub knows events by their ids, whatever way they come
        return None
    if delivery["unclear"] is not None:
        return str(delivery["unclear"])
    was_cut_off = job.taken > 1 and delivery["prepared_sha256"] is not None
    return str(delivery["via"] or delivery["destination"]) if was_cut_off else None
