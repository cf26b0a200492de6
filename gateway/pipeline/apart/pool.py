"""The gateway's side of its reading processes: started when there is much to read, asked in turn, done without when they fail.

While little arrives everything is read in the gateway's own process, which costs no way there and back and no memory for another
interpreter. Nothing depends on the processes: one that ends, or does not know, only means that the gateway reads the payload itself.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from contextlib import suppress
from functools import cache, partial
from typing import Final

from gateway.errors import PermanentError
from gateway.log import logger
from gateway.pipeline.active import Active
from gateway.pipeline.apart.frames import LENGTH, Revision, Task, framed, length_of
from gateway.pipeline.apart.travelling import unpacked
from gateway.pipeline.read_payload import read_payload
from gateway.pipeline.reading import Unit

__all__ = ["LARGEST", "ReadingProcesses", "usual_number"]

LARGEST: Final = 1 << 20  #: bytes of a payload that goes to another process; what is larger is read from its file, in a thread
_PRESSED: Final = 64  #: payloads more that came while others were read than came alone: then processes are worth their start
_AT_ONCE: Final = 3  #: payloads under way that mean so
_MOST: Final = 4  #: processes, however many cores there are: the writer of the store has to keep up
_PATIENCE: Final = 2.0  #: seconds until a process that should end is ended
_PAUSE: Final = 60.0  #: seconds until processes are tried again, after one has ended by itself


def usual_number() -> int:
    """One for each core but the one that serves."""
    return min(_MOST, len(os.sched_getaffinity(0)) - 1)


class ReadingProcesses:
    """Any number of them, none at first. For one event loop."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._children: list[_Child] = []
        self._pressure = 0
        self._starting: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._rests_until = 0.0

    async def read(self, active: Active, task: Task) -> tuple[Unit, ...] | None:
        """As `read_payload`, in another process; None: read it here. Raises PermanentError."""
        child = self._chosen()
        if child is None:
            return None
        try:
            answer = await child.ask(active, task)
        except (OSError, EOFError):
            self._lost(child)
            return None
        most = {"max_bytes": task.max_bytes, "max_sets": task.max_sets}
        again = cache(partial(read_payload, active, task.payload, task.about, now=task.now, **most))
        match answer[:1]:
            case b"u":
                return unpacked(answer[1:], active, again)
            case b"f":
                cause, detail = pickle.loads(answer[1:])  # noqa: S301 - from our own process
                raise PermanentError(cause, detail)
            case _:
                return None

    def count(self, under_way: int) -> None:
        """So many payloads are being worked on, with the one that begins now."""
        self._pressure = max(0, min(2 * _PRESSED, self._pressure + (1 if under_way >= _AT_ONCE else -1)))
        is_time = self._pressure >= _PRESSED and not self._children and self._starting is None
        if is_time and self._number > 0 and asyncio.get_running_loop().time() >= self._rests_until:
            self._starting = asyncio.create_task(self._start())

    @property
    def are_ready(self) -> bool:
        """Whether there is a process to ask."""
        return bool(self._children)

    async def close(self) -> None:
        """End them; who still waits for an answer reads for itself."""
        self._number = 0
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        children, self._children = self._children, []
        await asyncio.gather(*(child.end() for child in children), *self._ending)

    async def _start(self) -> None:
        try:
            for _ in range(self._number):
                child = await _Child.started()
                self._children.append(child)
            logger().info("reading-apart", processes=len(self._children))
        except OSError as fault:
            self._rest()
            logger().warning("no-reading-process", reason=type(fault).__name__)
        finally:
            self._starting = None

    def _chosen(self) -> "_Child | None":
        return min(self._children, key=lambda child: child.waiting, default=None)

    def _lost(self, child: "_Child") -> None:
        if child in self._children:
            self._children.remove(child)
            self._rest()
            logger().warning("reading-process-ended", left=len(self._children))
            ending = asyncio.create_task(child.end())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)

    def _rest(self) -> None:
        self._rests_until = asyncio.get_running_loop().time() + _PAUSE


class _Child:
    """One process: it answers in the order in which it is asked."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._tasks, self._answers = process, process.stdin, process.stdout
        self._expected: deque[asyncio.Future[bytes]] = deque()
        self._knows: Active | None = None
        self._reading = asyncio.create_task(self._take())

    @classmethod
    async def started(cls) -> "_Child":
        """Raises OSError."""
        command = (sys.executable, "-m", "gateway.pipeline.apart.child")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE))

    @property
    def waiting(self) -> int:
        """How many answers are due."""
        return len(self._expected)

    async def ask(self, active: Active, task: Task) -> bytes:
        """Its answer. Raises OSError or EOFError: it is gone."""
        if self._reading.done():
            raise EOFError
        if self._knows is not active:
            self._knows = active
            self._tasks.write(framed(pickle.dumps(Revision(active.number, dict(active.workspace.files)))))
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._expected.append(answer)
        self._tasks.write(framed(pickle.dumps(task)))
        await self._tasks.drain()
        return await answer

    async def end(self) -> None:
        """Tell it to end, and see that it does."""
        self._tasks.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _take(self) -> None:
        try:
            while True:
                length = length_of(await self._answers.readexactly(LENGTH))
                answer = await self._answers.readexactly(length)
                waiting = self._expected.popleft()
                if not waiting.done():  # who asked may have been cancelled
                    waiting.set_result(answer)
        except (OSError, EOFError):
            pass
        finally:
            for waiting in self._expected:
                if not waiting.done():
                    waiting.set_exception(EOFError())
            self._expected.clear()
