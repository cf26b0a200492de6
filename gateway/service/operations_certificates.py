"""The operations about certificates."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from gateway.operations.certificates import certificates
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Operation

__all__ = ["CERTIFICATES"]


class Listed(Arguments):
    """Which certificates."""

    expiring: int | None = Field(default=None, ge=0, le=3650, description="Those that end within so many days; all when absent.")


async def _list(context: Context, _id: str, a: Listed) -> dict[str, Any]:
    return await certificates(context, expiring=a.expiring)


CERTIFICATES: Final[Mapping[str, Operation]] = {
    "certificates": Operation(
        "GET", "/certificates", "Every certificate, ours and the partners': until when, and who uses it", _list, Listed
    ),
}
