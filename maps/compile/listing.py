"""The listing of a compiled map: one line for each rule, with the file and line that set it. Tracebacks into generated code show it."""

import linecache
import re
from typing import Final

from maps.compile.quote import Line
from maps.lint.rules import all_rules
from maps.model import MapSpec, RuleKind

__all__ = ["Listing"]

_WORD: Final = re.compile(r"[^A-Za-z0-9]+")


class Listing:
    """The lines of one map."""

    def __init__(self, spec: MapSpec) -> None:
        self.file = f"<map {spec.name}@{spec.version} {spec.hash[:8]}>"
        self._lines = {"": 1}
        texts = [f"{spec.name}@{spec.version}"]
        for rule in all_rules(spec.rules):
            keys = spec.origins.get(rule.address, {})
            origin = keys.get("") or next(iter(keys.values()), None)
            kind = "hl" if rule.kind is RuleKind.LEVELS else f"{rule.kind.value}: {rule.tag}"
            texts.append(f"rule {rule.address}  {kind}  ({origin})" if origin else f"rule {rule.address}  {kind}")
            self._lines[rule.address] = len(texts)
        self.text = "\n".join(texts) + "\n"
        self._stems: dict[str, str] = {}
        self._used: dict[str, int] = {}

    def line(self, address: str) -> Line:
        """The line of a rule, or of the nearest rule around."""
        while address not in self._lines:
            address = address.rpartition("/")[0]
        return self._lines[address]

    def stem(self, address: str) -> str:
        """What the functions of a rule are called, behind read_ or write_; it shows in tracebacks."""
        if address not in self._stems:
            stem = _WORD.sub("_", address) or "set"
            count = self._used[stem] = self._used.get(stem, 0) + 1
            self._stems[address] = stem if count == 1 else f"{stem}_{count}"
        return self._stems[address]

    def function(self, does: str, address: str) -> str:
        """The name of a function: `read_line_desc`."""
        return f"{does}_{self.stem(address)}"

    def publish(self) -> None:
        """Let tracebacks find the lines."""
        linecache.cache[self.file] = (len(self.text), None, self.text.splitlines(keepends=True), self.file)
