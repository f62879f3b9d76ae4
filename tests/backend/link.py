"""A link to a PostgreSQL that counts the messages on it, and can be cut at any of them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from typing import Final

_ENCRYPTION: Final = {80877103, 80877104}
"""The codes of SSLRequest and GSSENCRequest (PostgreSQL's documentation, "Message Formats")."""


class Link:
    """Passes messages on, both ways, until `cut_at` of them have passed; then nobody gets through any more."""

    def __init__(self, target: int) -> None:
        self.cut_at: int | None = None
        self.passed = 0
        self.asked: list[bytes] = []
        """The kinds of all messages of clients after their start packets."""
        self.is_open = True
        self._target = target
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def again(self, cut_at: int | None) -> None:
        """Let through anew."""
        with self._lock:
            self.cut_at, self.passed, self.asked = cut_at, 0, []

    @property
    def was_cut(self) -> bool:
        return self.cut_at is not None and self.passed >= self.cut_at

    def close(self) -> None:
        self.is_open = False
        self._listener.close()
        self._hang_up()

    def _accept(self) -> None:
        while self.is_open:
            with suppress(OSError):
                client, _ = self._listener.accept()
                if self.was_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                for one in (client, server):  # each message goes by itself, and at once
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._sockets += [client, server]
                Thread(target=self._from_client, args=(client, server), daemon=True).start()
                Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                head = _read(client, 8)
                length, code = struct.unpack("!II", head)
                packet = head + _read(client, length - 8)
                if code not in _ENCRYPTION:
                    break
                client.sendall(b"N")
            server.sendall(packet)
            self._pass_on(client, server, True)

    def _pass_on(self, source: socket.socket, target: socket.socket, asks: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while True:
                head = _read(source, 5)
                message = head + _read(source, struct.unpack("!I", head[1:])[0] - 4)
                if not self._counts(head[:1], asks):
                    break
                target.sendall(message)
        for one in (source, target):
            _close(one)

    def _counts(self, kind: bytes, asks: bool) -> bool:  # noqa: FBT001
        with self._lock:
            if asks:
                self.asked.append(kind)
            self.passed += 1
            cut = self.cut_at is not None and self.passed >= self.cut_at
        if cut:
            self._hang_up()
        return not cut

    def _hang_up(self) -> None:
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            _close(one)


def _read(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = source.recv(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def linked(target: int) -> Iterator[Link]:
    """A link to the port `target` of this machine."""
    link = Link(target)
    try:
        yield link
    finally:
        link.close()
