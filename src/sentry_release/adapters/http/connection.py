"""One kept connection to one server: each request is sent once, within a time and a size limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from weakref import finalize

from urllib3 import PoolManager, ProxyManager, Timeout, make_headers
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from sentry_release.adapters.http.deadline import run_with_timeout
from sentry_release.adapters.http.tls_and_proxy import create_tls_context, find_proxy
from sentry_release.words.clock import Clock

CONNECT_S = 5.0  # for the name lookup, the connection and the TLS handshake together
_MAX_BODY, _MAX_ERROR_BODY = 8 * 1024 * 1024, 64 * 1024  # bytes, after decompression
_ERROR = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete response; the names of its headers are compared without case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


class RequestFailedError(Exception):
    """No response, for the innermost error `cause`; `sent`: the server may have got the request."""

    def __init__(self, error: BaseException, *, sent: bool) -> None:
        self.cause, self.sent = find_cause(error), sent
        super().__init__(f"{type(self.cause).__name__}: {self.cause}")

    @property
    def proxy_refused(self) -> bool:
        """Whether the proxy requires other credentials."""
        return "Tunnel connection failed: 407" in str(self.cause)


class ServerConnection:
    """
    The only connection to a server. It is kept between requests.

    Some servers close a kept connection after a response without announcing it, and a request
    that is sent at that moment is lost. After one failure on a kept connection, none is kept
    any more, so at most one request is lost this way.
    Source: https://www.rfc-editor.org/rfc/rfc9112#section-9.5
    """

    def __init__(self, root: str, environ: Mapping[str, str], clock: Clock) -> None:
        """`environ` names proxies and authorities; raises WorkflowError for an unusable proxy."""
        self._root, self._environ, self._clock = root, environ, clock
        self._proxy = find_proxy(root, environ)
        self._keeps = True
        self._pool: _Pool | None = None

    def request(  # noqa: PLR0913 - what an HTTP request consists of
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        limit_s: float,
        connect_s: float = CONNECT_S,
        meanwhile: Callable[[], object] | None = None,
    ) -> Response:
        """
        Send the request once and return the complete response, whatever its status.

        The body of an error (status 400 and above) is cut off after 64 kB. `meanwhile` runs
        while the response is awaited.

        Raises:
            RequestFailedError: No response of at most 8 MB arrived within `limit_s` seconds.
            WorkflowError: A file of certificate authorities cannot be read.
        """
        pool = self._pool or self._new_pool()
        # Half for each address, so that a second one gets its turn if the first does not answer.
        timeout = Timeout(connect=connect_s / 2, read=limit_s)
        pool.reused, pool.connect_s = pool.connected, connect_s
        send = partial(
            pool.send, method, self._root + path, body=body, headers=dict(headers), timeout=timeout
        )
        self._pool = None
        try:
            response = run_with_timeout(limit_s, self._clock, send, meanwhile=meanwhile)
        except BaseException as error:
            self._keeps = self._keeps and not pool.reused
            sent = pool.abandon()
            if isinstance(error, (HTTPError, OSError, UnicodeError)):
                raise RequestFailedError(error, sent=sent) from error
            raise
        if self._keeps:
            self._pool = pool
        else:
            pool.abandon()
        return response

    def _new_pool(self) -> "_Pool":
        proxy, options = self._proxy, dict[str, Any](retries=False)
        if "https://" in f"{self._root} {proxy and proxy.url}":
            options["ssl_context"] = create_tls_context(self._environ)
        manager = PoolManager(**options)
        if proxy is not None:
            options["proxy_ssl_context"] = options.get("ssl_context")
            options["proxy_headers"] = make_headers(proxy_basic_auth=proxy.credentials)
            manager = ProxyManager(proxy.url, **options)
        pool = _Pool(manager, self._root, self._clock)
        finalize(self, pool.abandon)
        return pool


class _Pool:
    """urllib3's pool for one server, and how far the request on it has come."""

    def __init__(self, manager: PoolManager, root: str, clock: Clock) -> None:
        self.manager = manager
        self.connect_s = CONNECT_S
        self.connected = self.reused = self._abandoned = False
        pool = manager.connection_from_url(root)
        kind = pool.ConnectionCls

        def connect(connection: HTTPConnection) -> None:
            self.reused = self.connected = False
            run_with_timeout(self.connect_s, clock, partial(kind.connect, connection))
            self.connected = True
            if self._abandoned:  # the caller believes that nothing was sent
                raise TimeoutError("connected too late")

        pool.ConnectionCls = type(kind.__name__, (kind,), {"connect": connect})

    def send(self, method: str, url: str, **options: Any) -> Response:  # noqa: ANN401 - urllib3's
        """Return the response to one request, read to its end or to the limit of its size."""
        response = self.manager.urlopen(
            method, url, redirect=False, preload_content=False, **options
        )
        limit = _MAX_ERROR_BODY if response.status >= _ERROR else _MAX_BODY
        try:
            content = response.read(limit + 1)
        finally:
            response.close()  # one that was read to its end has returned its connection by now
        if len(content) > limit and response.status < _ERROR:
            raise HTTPError(f"the response is larger than {limit} bytes")
        return Response(status=response.status, headers=response.headers, content=content[:limit])

    def abandon(self) -> bool:
        """Close it for ever; return whether a request was, or may still have been, sent."""
        self._abandoned = True
        self.manager.clear()
        return self.connected


def find_cause(error: BaseException) -> BaseException:
    """Return the innermost of the errors that urllib3 and requests wrap around each other."""
    candidates = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
    inner = next((one for one in candidates if isinstance(one, BaseException)), None)
    return error if inner is None else find_cause(inner)
