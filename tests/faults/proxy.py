"""A line between the product and its PostgreSQL server that breaks in the middle of a COMMIT, by order."""

import socket
import struct
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

# As it travels in a message of its own and in a pipeline.
COMMIT = b"COMMIT\0"
SOCKET = ".s.PGSQL.5432"
# A connection that is closed like this is reset: what was under way is gone.
_AT_ONCE = struct.pack("ii", 1, 0)


class Cut(StrEnum):
    """Where a line breaks: what the server sees of the COMMIT."""

    BEFORE = "before"
    HALF = "half"
    AFTER = "after"


class Proxy:
    """Listens on a port of this host and passes everything on, except where it is told to cut."""

    def __init__(self, folder: Path) -> None:
        """`folder` has the socket of the server."""
        self._server = str(folder / SOCKET)
        self._orders: SimpleQueue[Cut] = SimpleQueue()
        self.cuts = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        Thread(target=self._listen, daemon=True).start()

    def cut(self, where: Cut) -> None:
        """Cut the line of whoever commits next."""
        self._orders.put(where)

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                try:
                    server.connect(self._server)
                except OSError:
                    client.close()
                    continue
                Thread(target=self._pass_on, args=(client, server), daemon=True).start()
                Thread(target=_pass_back, args=(server, client), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while sent := client.recv(65536):
                if COMMIT in sent and (where := self._order()) is not None:
                    self.cuts += 1
                    _reset(client)
                    if where is Cut.HALF:
                        server.sendall(sent[: sent.index(COMMIT) + 3])
                    elif where is Cut.AFTER:
                        server.sendall(sent)
                    break
                server.sendall(sent)
        # The server reads what it was sent to the end.
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _order(self) -> Cut | None:
        with suppress(Empty):
            return self._orders.get_nowait()
        return None


def _pass_back(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while answered := server.recv(65536):
            client.sendall(answered)
    _reset(client)
    server.close()


def _reset(client: socket.socket) -> None:
    with suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        client.shutdown(socket.SHUT_RDWR)
    client.close()
