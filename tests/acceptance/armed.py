"""`gateway serve` with a hook on its steps: while a file `arm` holds a number, the step of that number kills the process.

The steps taken are appended to the file `steps`, so that the test can say between which two it was.
"""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

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
            if count == int(arm.read_text()):
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


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
