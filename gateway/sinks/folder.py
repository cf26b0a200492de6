"""A folder that gets one file per event: temporary name, synced, renamed, so that no reader ever sees half an event."""

import asyncio
import hashlib
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

from gateway.errors import Cause, PermanentError, TransientError
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.usage import Usage, check_usage

__all__ = ["FolderSink"]

_SAFE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}\Z")


class FolderSink:
    """Writes `<event id>.json`. The same event again is the same file, so repeating is safe."""

    kind: ClassVar[str] = "folder"

    def __init__(self, folder: Path, *, usage: Usage = "any") -> None:
        self._folder = folder
        self._usage = usage

    async def deliver(self, event: OutgoingEvent) -> str:
        """As `Sink.deliver`; the answer is the file's name."""
        check_usage(self._usage, event)
        try:
            return await asyncio.to_thread(self._write, event)
        except PermissionError as fault:
            raise PermanentError(Cause.DELIVERY_REFUSED, "the folder cannot be written to") from fault
        except OSError as fault:
            raise TransientError(Cause.DESTINATION_UNREACHABLE, f"the folder does not take the file ({type(fault).__name__})") from fault

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, event: OutgoingEvent) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = _file_name(event.event_id)
        target = self._folder / name
        with suppress(FileNotFoundError):
            if target.read_bytes() == event.body:
                return f"{name} was there"
        temporary = self._folder / f".{name}.tmp"
        with temporary.open("wb") as file:
            file.write(event.body)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name


def _file_name(event_id: str) -> str:
    """The id where it can be a file name; its digest where it cannot."""
    return f"{event_id if _SAFE.match(event_id) else hashlib.sha256(event_id.encode()).hexdigest()}.json"
