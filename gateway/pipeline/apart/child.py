"""A reading process: takes payloads at its standard input, gives what is in them at its standard output, and ends with its input.

It has no store, no network and no secrets; the revision in force is told to it. A fault that is not the payload's it does not explain:
the gateway reads that payload itself, and what goes wrong then is told there.
"""

import os
import pickle
import signal
import sys
from typing import BinaryIO

from gateway import collector
from gateway.errors import PermanentError
from gateway.pipeline.active import Active, check_files
from gateway.pipeline.apart.frames import Revision, Task, framed, receive
from gateway.pipeline.apart.travelling import packed
from gateway.pipeline.read_payload import read_payload


def main() -> None:
    """Serve until the gateway is gone, however it went."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the gateway ends this process, when it needs it no more
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    collector.let_it_rest()
    try:
        _serve(sys.stdin.buffer, answers)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # nothing here is worth an orderly end


def _serve(tasks: BinaryIO, answers: BinaryIO) -> None:
    active: Active | None = None
    while True:
        task = receive(tasks)
        if isinstance(task, Revision):
            active = _active(task)
            continue
        answers.write(framed(_answer(active, task)))
        answers.flush()


def _active(revision: Revision) -> Active | None:
    checked = check_files(revision.files)
    if checked.workspace is None or checked.maps is None:
        return None
    return Active(revision.number, checked.workspace, checked.maps)


def _answer(active: Active | None, task: Task) -> bytes:
    """`u` and the units, `f` and why it cannot be read, or nothing: the gateway has to read it itself."""
    if active is None:
        return b""
    try:
        units = read_payload(active, task.payload, task.about, now=task.now, max_bytes=task.max_bytes, max_sets=task.max_sets)
        return b"u" + packed(units)
    except PermanentError as fault:
        return b"f" + pickle.dumps((fault.cause, fault.detail))
    except Exception:
        return b""


if __name__ == "__main__":
    main()
