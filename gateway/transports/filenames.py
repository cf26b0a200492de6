"""The name of a file that we leave with a partner, made once from the profile's template and stored before the first attempt."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gateway.transports.base import Outgoing
from sftp.names import render

__all__ = ["file_name"]

_EXTENSIONS: Final[Mapping[str, str]] = {
    "application/json": "json",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/csv": "csv",
    "text/plain": "txt",
}


def file_name(template: str, outgoing: Outgoing, partner_id: str, now: datetime) -> str:
    """The name that a file came with, else one by the template.

    `{id8}` is the end of the delivery's id, which is the part of a ULID that is chance.
    """
    if outgoing.file_name:
        return outgoing.file_name
    fields = {
        "set": outgoing.set_id,
        "partner": partner_id,
        "control_number": outgoing.control_number,
        "id8": outgoing.delivery_id[-8:],
        "ext": _EXTENSIONS.get(outgoing.content_type.partition(";")[0].strip().lower(), "edi"),
    }
    return render(template, fields, now)
