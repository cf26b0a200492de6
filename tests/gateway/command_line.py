"""Runs `gateway` commands: in this process for speed, or as a process of their own where that is the point."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from gateway.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


@dataclass(frozen=True)
class Result:
    code: int
    data: bytes
    err: str

    @property
    def out(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@contextmanager
def log_left_as_it_was() -> Iterator[None]:
    """A command sets up the log of its process, and this one goes on."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)


def gateway(*arguments: str | Path, stdin: bytes = b"") -> Result:
    """Run a command in this process."""
    buffer, errors = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(buffer, encoding="utf-8", write_through=True)
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(stdin))
    code = 0
    try:
        with redirect_stdout(out), redirect_stderr(errors), log_left_as_it_was():
            main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.stdin = before
    return Result(code, buffer.getvalue(), errors.getvalue())


def gateway_process(*arguments: str | Path, stdin: bytes = b"", **environment: str) -> Result:
    """Run a command as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=240,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    return Result(done.returncode, done.stdout, done.stderr.decode())
