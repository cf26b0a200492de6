"""`gateway serve` with a hook on its steps: while a file `arm` holds a number, the step of that number kills the process; while it
holds the first word of a step's name, the first such step does.

The steps taken are appended to the file `steps`, so that the test can say between which two it was.
"""

import asyncio
import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import NoReturn

from gateway.app import App


def trigger(folder: Path):
    """What is called before each step: counts the steps since the file `arm` appeared."""
    arm, log = folder / "arm", folder / "steps"
    lock = threading.Lock()
    count = 0

    def on_step(name: str) -> None:
        nonlocal count
        if not arm.exists():
            return
        with lock:
            count += 1
            with log.open("a") as steps:
                steps.write(f"{name}\n")
            if arm.read_text() in (str(count), name.partition(".")[0]):
                os.kill(os.getpid(), signal.SIGKILL)

    return on_step


async def serve(root: Path) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    app = await App.open(root, on_step=trigger(root))
    try:
        await app.start()
        await ended.wait()
    finally:
        await app.stop()


def nurse() -> None:
    """Fork a gateway for each folder named on standard input, and print its process id: what is imported once need not be again.

    The children are real processes with nobody in between: who is killed is dead at once, and nobody has to wait for it.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            become(Path(line.removesuffix("\n")))
        print(child, flush=True)


def become(root: Path) -> NoReturn:
    log = os.open(root / "gateway.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream, end in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(stream, end)
    try:
        asyncio.run(serve(root))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    nurse()
