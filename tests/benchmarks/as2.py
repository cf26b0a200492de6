"""AS2 against the primitives that it cannot do without (`as2_floor`), and against pyas2lib, in one run: CPU seconds, taken in turns.

Small: a 1 KB order, signed and encrypted, with a signed receipt; inbound is to open it and to build the receipt, outbound is to seal it
and to judge the receipt. Large: 100 MiB from file to file. The least of several turns counts, which a busy machine disturbs least.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import process_time
from typing import BinaryIO

from as2.cms.ber import OCTET_STRING, der, parse
from as2.content import as_content
from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.mdn import build_mdn, read_mdn
from as2.message import seal_message
from as2.receive import open_message
from as2.send import VerdictState, judge_mdn
from tests.as2.parties import NORTHMART, SOUTHGATE, Party
from tests.benchmarks import as2_floor
from tests.interop.as2.install import MissingPeerError, pyas2lib_python
from tests.support.certificates import NOW

ROUNDS = 40
CYCLES = 15
PEER_TURNS = 3
PEER_CYCLES = 60
LARGE = 100  #: blocks of 1 MiB
Row = tuple[str, float, str]
Work = Callable[[], object]


def run() -> Iterator[Row]:
    """Ratios of this run, with what is wanted of each."""
    cycles = Cycles(os.urandom(1024))
    taken = least(
        {
            "inbound": cycles.inbound,
            "inbound floor": as2_floor.inbound(cycles.size),
            "outbound": cycles.outbound,
            "outbound floor": as2_floor.outbound(cycles.size),
        }
    )
    for way, does in (("inbound", "open, receipt signed"), ("outbound", "seal, receipt judged")):
        ours, floor = taken[way], taken[f"{way} floor"]
        note = f"x the primitives; 1.5 is wanted ({1000 * ours:.2f} ms, {1 / ours:.0f}/s on one core; {does})"
        yield f"as2 {way}, 1 KB, signed + encrypted + signed MDN", ours / floor, note
    yield from _pyas2lib(cycles)
    few, many = least({"few": _chunks(500), "many": _chunks(5000)}, cycles=3).values()
    yield "as2 BER, 5000 chunks", many / few, "x 500 chunks (10 is linear; 12 is wanted)"
    yield from _large()


class Cycles:
    """Northmart sends an order to Southgate, again and again."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._sender, self._receiver = NORTHMART.own, SOUTHGATE.own
        self._of_sender, self._of_receiver = NORTHMART.profile, SOUTHGATE.profile
        self._message = self._sealed()
        self._body, self.size = self._message.body, self._message.covered.size
        self._mdn = self._answered()

    def inbound(self) -> None:
        """Open, and build the receipt."""
        assert self._answered().signed

    def outbound(self) -> None:
        """Seal, and judge the receipt of the first one, which has the same digest."""
        assert self._sealed().sha256
        mdn = read_mdn(self._mdn.headers.items(), self._mdn.body, partner=self._of_receiver, now=NOW)
        verdict = judge_mdn(self._message.message_id, self._message.mic, mdn, signed_wanted=True)
        assert verdict.state is VerdictState.RECEIPTED

    def _sealed(self):
        keys = {"own": self._sender, "partner": self._of_receiver}
        return seal_message(
            self._payload, content_type="application/edi-x12", filename="order.edi", message_id="<1@example.com>", now=NOW, **keys
        )

    def _answered(self):
        keys = {"own": self._receiver, "partner": self._of_sender}
        headers = As2Headers.parse(self._message.headers.items())
        found = open_message(headers, self._body, now=NOW, **keys)
        return build_mdn(headers, disposition=PROCESSED, mic=found.mic, message_id="<m@example.com>", now=NOW, **keys)


def least(works: dict[str, Work], *, rounds: int = ROUNDS, cycles: int = CYCLES) -> dict[str, float]:
    """CPU seconds of each, done in turns."""
    taken = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            begin = process_time()
            for _ in range(cycles):
                work()
            taken[name] = min(taken[name], (process_time() - begin) / cycles)
    return taken


def _end(own: Party, other: Party) -> dict[str, str]:
    """A party as pyas2lib is told of it; it does not take the blank in a name."""
    return {
        "own_name": own.name.replace(" ", ""),
        "own_key": own.pair.key,
        "own_certificate": own.pair.certificate,
        "other_name": other.name.replace(" ", ""),
        "other_certificate": other.pair.certificate,
    }


def _pyas2lib(cycles: Cycles) -> Iterator[Row]:
    """How many times our time pyas2lib's is, with the same keys and algorithms; it is in a process of its own environment."""
    try:
        python = pyas2lib_python(install=True)
    except MissingPeerError as reason:
        yield "as2: pyas2lib", 0.0, f"skipped: {reason}"
        return
    with tempfile.TemporaryDirectory() as folder:
        ends = Path(folder) / "ends.json"
        ends.write_text(json.dumps({"sender": _end(NORTHMART, SOUTHGATE), "receiver": _end(SOUTHGATE, NORTHMART)}), encoding="utf-8")
        script = Path(__file__).with_name("peers") / "pyas2lib_cycles.py"
        theirs, ours = {"inbound": float("inf"), "outbound": float("inf")}, {"inbound": float("inf"), "outbound": float("inf")}
        for _ in range(PEER_TURNS):
            done = subprocess.run([python, script, ends, str(PEER_CYCLES)], check=True, capture_output=True, text=True)
            mine = least({"inbound": cycles.inbound, "outbound": cycles.outbound}, rounds=4)
            for way, seconds in json.loads(done.stdout).items():
                theirs[way], ours[way] = min(theirs[way], seconds), min(ours[way], mine[way])
    for way, seconds in theirs.items():
        yield f"as2 {way}: pyas2lib", seconds / ours[way], f"times our time; 6 is wanted ({1000 * seconds:.2f} ms)"


def _chunks(count: int) -> Work:
    """The content of a message of indefinite length, as it is read to be decrypted."""
    message = b"\x24\x80" + der(OCTET_STRING, bytes(1000)) * count + b"\0\0"

    def read() -> None:
        assert sum(map(len, parse(message).blocks())) == 1000 * count

    return read


def _large() -> Iterator[Row]:
    """From file to file: a seal reads the payload twice and writes once; an opening writes once and reads that twice."""
    with ExitStack() as files:

        def scratch() -> BinaryIO:
            return files.enter_context(tempfile.TemporaryFile())

        payload = scratch()
        for _ in range(LARGE):
            payload.write(os.urandom(as2_floor.BLOCK))
        own, partner = NORTHMART.own, SOUTHGATE.having(max_bytes=1 << 30).profile

        def seal():
            keys = {"own": own, "partner": partner, "scratch": scratch}
            return seal_message(payload, content_type="application/edi-x12", message_id="<1@example.com>", now=NOW, **keys)

        message = seal()
        headers = As2Headers.parse(message.headers.items())

        def opened() -> None:
            found = open_message(headers, message.content, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW, scratch=scratch)
            assert found.payloads[0].body.size == as_content(payload).size

        works: dict[str, Work] = {
            "opened": opened,
            "opened floor": lambda: as2_floor.opening(LARGE),
            "sealed": seal,
            "sealed floor": lambda: as2_floor.sealing(LARGE),
        }
        taken = least(works, rounds=3, cycles=1)
        for way in ("opened", "sealed"):
            ours, floor = taken[way], taken[f"{way} floor"]
            note = f"x AES and digests of as many bytes in memory ({LARGE * 1.048576 / ours:.0f} MB/s; the floor {LARGE * 1.048576 / floor:.0f})"
            yield f"as2 {LARGE} MiB {way}, signed + encrypted", ours / floor, note
