"""The way to a server: straight, or through a proxy; encrypted or not."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy: where it is, whether one speaks TLS with it, and how one names oneself to it."""

    host: str
    port: int
    secure: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`context` gives whom to believe; it is asked when the first connection is made."""

    host: str
    port: int
    secure: bool
    context: Callable[[], ssl.SSLContext] = field(repr=False)
    proxy: Proxy | None = None

    @property
    def first_stop(self) -> tuple[str, int]:
        """Where to connect to."""
        stop = self.proxy or self
        return stop.host, stop.port

    def asked_for(self, path: str) -> tuple[str, Mapping[str, str]]:
        """What to ask for, and the headers that the way needs: a proxy is told the whole address."""
        if self.proxy is None or self.secure:
            return path, {}
        return f"http://{self._place}{path}", self.proxy.headers

    def gone(self, plain: socket.socket) -> socket.socket:
        """
        The connection on which the server itself listens, once there is one to the first stop.

        Raises:
            OSError: The proxy would not; ssl.SSLError, if somebody is not to be believed.
        """
        try:
            connection, inside = plain, False
            if self.proxy and self.proxy.secure:
                connection, inside = self._encrypted(plain, self.proxy.host), True
            if self.proxy and self.secure:
                self._passed_on(connection, self.proxy)
            if self.secure:
                return self._encrypted(connection, self.host, inside=inside)
        except BaseException:
            plain.close()
            raise
        return connection

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def _encrypted(
        self, connection: socket.socket, host: str, *, inside: bool = False
    ) -> socket.socket:
        if not inside:
            return self.context().wrap_socket(connection, server_hostname=host)
        from urllib3.util.ssltransport import SSLTransport  # noqa: PLC0415 - TLS in TLS is rare

        # It has all that an HTTP connection asks of a socket.
        return cast(
            "socket.socket",
            SSLTransport(connection, self.context(), server_hostname=host),
        )

    def _passed_on(self, connection: socket.socket, proxy: Proxy) -> None:
        """Have the proxy connect us. Source: RFC 9110, 9.3.6."""
        from http.client import HTTPResponse  # noqa: PLC0415 - the first connection does not wait

        lines = [f"CONNECT {self._place} HTTP/1.1", f"Host: {self._place}"]
        lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
        connection.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
        response = HTTPResponse(connection, method="CONNECT")
        response.begin()
        response.close()
        if response.status != _OK:
            raise OSError(f"the proxy answered {response.status} {response.reason}")
