"""The operations about folders that partners leave files in."""

from collections.abc import Mapping
from typing import Final

from gateway.operations.poll import poll
from gateway.service.operation import Operation

__all__ = ["FOLDERS"]

FOLDERS: Final[Mapping[str, Operation]] = {
    "poll": Operation("POST", "/partners/{id}/poll", "Look into a partner's folders now", lambda c, id_, _: poll(c, id_)),
}
