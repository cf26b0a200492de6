"""Peers that run in a process of their own, one for the whole run: JSON lines on its standard input and output."""

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.interop.as2.cells import Cell
from tests.interop.as2.party import KEYS, NAMES, Fields, Received, Sealed

__all__ = ["FlatProcess", "PeerProcess"]


class PeerProcess:
    """One end of every cell. Raises RuntimeError when the process gives up or reports a fault of its own."""

    def __init__(self, command: Sequence[str], *, cwd: str | None = None, side: str = "peer") -> None:
        self._process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
        )
        opposite = "us" if side == "peer" else "peer"
        own, other = KEYS[side, "rsa"], KEYS[opposite, "rsa"]
        said = self._ask(
            do="keys",
            own_name=NAMES[side],
            own_key=own.key,
            own_certificate=own.certificate,
            own_ec_key=KEYS[side, "ec"].key,
            own_ec_certificate=KEYS[side, "ec"].certificate,
            other_name=NAMES[opposite],
            other_certificate=other.certificate,
            other_ec_certificate=KEYS[opposite, "ec"].certificate,
        )
        self.version = str(said["version"])

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)
        assert self._process.stdout
        self._process.stdout.close()

    def seal(self, cell: Cell, payload: bytes, mdn_url: str) -> Sealed:
        said = self._ask(do="seal", cell=asdict(cell), payload=_encoded(payload), mdn_url=mdn_url)
        return Sealed(_fields(said["headers"]), base64.b64decode(said["body"]), said["message_id"], said["mic"])

    def receive(self, cell: Cell, headers: Fields, body: bytes) -> Received:
        said = self._ask(do="receive", cell=asdict(cell), headers=headers, body=_encoded(body))
        mdn = (_fields(said["mdn"][0]), base64.b64decode(said["mdn"][1])) if said.get("mdn") else None
        return Received(said["fault"], base64.b64decode(said.get("payload") or ""), said.get("mic"), mdn)

    def judge(self, cell: Cell, sent: Sealed, headers: Fields, body: bytes) -> str:
        said = self._ask(do="judge", cell=asdict(cell), message_id=sent.message_id, mic=sent.mic, headers=headers, body=_encoded(body))
        return str(said["fault"])

    def _written(self, request: dict[str, Any]) -> str:
        return json.dumps(request)

    def _read(self, line: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(self._written(request) + "\n")
        self._process.stdin.flush()
        while (line := self._process.stdout.readline()) and not line.startswith("{"):
            pass  # node says on standard output that a security fix is off
        if not line:
            raise RuntimeError(f"the peer's process ended ({self._process.wait(timeout=60)})")
        answer = self._read(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


class FlatProcess(PeerProcess):
    """The same in lines of `name=base64` items, for a language without JSON in its library."""

    def _written(self, request: dict[str, Any]) -> str:
        items = [("do", request["do"])]
        for name, value in request.items():
            if name == "cell":
                items += [("payload_kind" if key == "payload" else key, text) for key, text in value.items()]
            elif name == "headers":
                items += [("headers", f"{key}: {text}") for key, text in value]
            elif name in {"body", "payload"}:
                items.append((name, base64.b64decode(value).decode("latin-1")))
            elif value is not None:
                items.append((name, value))
        return " ".join(f"{name}={_encoded(text.encode('latin-1'))}" for name, text in items)

    def _read(self, line: str) -> dict[str, Any]:
        items = [item.partition("=")[::2] for item in line.strip("{\n ").split(" ")]
        found = {name: base64.b64decode(value).decode("latin-1") for name, value in items if name != "headers"}
        fields = [base64.b64decode(value).decode("latin-1").split(": ", 1) for name, value in items if name == "headers"]
        answer: dict[str, Any] = dict(found)
        for name in ("body", "payload", "mdn_body"):
            if name in answer:
                answer[name] = _encoded(found[name].encode("latin-1"))
        if "mdn_body" in answer:
            answer["mdn"] = [fields, answer["mdn_body"]]
        return answer | {"headers": fields}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _fields(found: list[list[str]]) -> Fields:
    return [(name, value) for name, value in found]
