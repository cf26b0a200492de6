"""As little HTTP/1.1 as client and hub need, so that what is measured is the gateway: whole heads, Content-Length, keep-alive."""

__all__ = ["Framer"]

_LENGTH = b"content-length:"


class Framer:
    """Cuts a stream into messages of head and body."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Every message that is complete now. Raises ValueError for one whose length is not said."""
        self._buffer += data
        messages = []
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[: end + 2])
            whole = end + 4 + _length(head)
            if len(self._buffer) < whole:
                break
            messages.append((head, bytes(self._buffer[end + 4 : whole])))
            del self._buffer[:whole]
        return messages


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(_LENGTH)
    if at < 0:
        if lower.startswith((b"get ", b"http/1.1 204")):
            return 0
        raise ValueError(f"no length: {head[:80]!r}")
    return int(lower[at + len(_LENGTH) : lower.index(b"\r\n", at)])
