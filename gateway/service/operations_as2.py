"""The operations about AS2 messages."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from gateway.operations.as2_explain import explain
from gateway.pipeline.context import Context
from gateway.service.operation import Arguments, Operation

__all__ = ["AS2"]


class Explained(Arguments):
    """Which message, and what the partner says of it."""

    message: str = Field(min_length=1, max_length=1000, description="A transmission, delivery, document or Message-ID.")
    mic: str = Field(
        default="",
        max_length=200,
        pattern=r"^([A-Za-z0-9+/=\s]+,[\w\s-]+)?$",
        description="The digest that the partner says it computed: base64, algorithm.",
    )


async def _explain(context: Context, _id: str, a: Explained) -> dict[str, Any]:
    return await explain(context, a.message, mic=a.mic)


AS2: Final[Mapping[str, Operation]] = {
    "as2-explain": Operation("GET", "/as2/explanation", "Why a message did not open, or its receipt does not fit", _explain, Explained),
}
