"""A loopback proxy that cuts the connection, or falls silent, after so many bytes of one side."""

import socket
import threading
from contextlib import suppress
from typing import Self


class FaultyProxy:
    """Between a client and a server on this machine. `after` bytes go through; then the fault.

    They are the server's, or the client's where the cut is to be `upwards`.
    """

    def __init__(self, target: int, *, after: int, stall: bool = False, upwards: bool = False) -> None:
        self.target = target
        self._after = after
        self._stall = stall
        self._upwards = upwards
        self.passed = 0
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._cut()
        for thread in self._threads:
            thread.join(60)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._sockets += [client, server]
                for way in ((client, server, self._upwards), (server, client, not self._upwards)):
                    thread = threading.Thread(target=self._carry, args=way, daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                rest = self._after - self.passed if counted else len(data)
                sink.sendall(data[:rest])
                self.passed += len(data) if counted else 0
                if len(data) > rest:
                    if not self._stall:
                        self._cut()
                    return

    def _cut(self) -> None:
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
