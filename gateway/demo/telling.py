"""How the demo tells its story: chapters, the checks in them, and the table at the end."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["Chapter", "Teller", "until"]

_LOOK = 0.05


@dataclass(slots=True)
class Check:
    """One thing that had to hold, and what was seen."""

    what: str
    held: bool
    seen: str = ""


@dataclass(slots=True)
class Chapter:
    """A part of the story and its checks."""

    title: str
    checks: list[Check] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether it checked something and all of it held."""
        return bool(self.checks) and all(check.held for check in self.checks)


class Teller:
    """Prints as the story goes on; with `as_json` only the result, as one JSON object."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = Console(quiet=as_json, highlight=False, soft_wrap=True)
        self.chapters: list[Chapter] = []
        self._began = time.monotonic()

    async def chapter(self, title: str, telling: Callable[[], Awaitable[None]]) -> None:
        """Tell one chapter. What it raises is a check that did not hold, and the story goes on."""
        chapter = Chapter(title)
        self.chapters.append(chapter)
        self.console.print(f"\n[bold]{len(self.chapters):2}  {escape(title)}[/bold]")
        began = time.monotonic()
        try:
            await telling()
        except Exception as fault:
            self.check("the chapter came to its end", held=False, seen=f"{type(fault).__name__}: {fault}")
        chapter.seconds = time.monotonic() - began

    def say(self, text: str) -> None:
        """A line of the story."""
        self.console.print(f"    {escape(text)}", style="dim")

    def check(self, what: str, *, held: bool, seen: str = "") -> None:
        """One thing that must hold, and what was seen."""
        self.chapters[-1].checks.append(Check(what, held, seen))
        mark = "[green]✓[/green]" if held else "[red]✗[/red]"
        self.console.print(f"    {mark} {escape(what)}" + (f" [dim]· {escape(seen)}[/dim]" if seen else ""))

    @property
    def held(self) -> bool:
        """Whether every chapter held."""
        return bool(self.chapters) and all(chapter.held for chapter in self.chapters)

    def finish(self) -> int:
        """The table, or the JSON object; 0 only if all held."""
        seconds = time.monotonic() - self._began
        if self.as_json:
            chapters = [
                {
                    "title": chapter.title,
                    "held": chapter.held,
                    "seconds": round(chapter.seconds, 2),
                    "checks": [{"what": c.what, "held": c.held, "seen": c.seen} for c in chapter.checks],
                }
                for chapter in self.chapters
            ]
            print(json.dumps({"held": self.held, "seconds": round(seconds, 2), "chapters": chapters}, ensure_ascii=False))
            return 0 if self.held else 1
        table = Table(title="What was checked", title_justify="left")
        for name in ("", "chapter", "checks", "seconds", "held"):
            table.add_column(name, justify="right" if name in {"", "checks", "seconds"} else "left")
        for number, chapter in enumerate(self.chapters, 1):
            good = sum(check.held for check in chapter.checks)
            row = (str(number), escape(chapter.title), f"{good}/{len(chapter.checks)}", f"{chapter.seconds:.1f}")
            table.add_row(*row, "[green]yes[/green]" if chapter.held else "[red]NO[/red]")
        self.console.print()
        self.console.print(table)
        checks = sum(len(chapter.checks) for chapter in self.chapters)
        verdict = f"All {checks} checks held" if self.held else "[red]Not all checks held[/red]"
        self.console.print(f"{verdict}; {seconds:.1f} seconds.")
        return 0 if self.held else 1


async def until(what: Callable[[], object], seconds: float = 60.0) -> bool:
    """Wait until `what` gives something true (it may be a coroutine function); False when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if asyncio.iscoroutine(found):
            found = await found
        if found or time.monotonic() > deadline:
            return bool(found)
        await asyncio.sleep(_LOOK)
