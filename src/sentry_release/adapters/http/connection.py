"""Connections to one server: each request is sent once, within a time and a size limit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from ssl import SSLCertVerificationError
from threading import Event
from typing import Any, NoReturn
from weakref import finalize

from urllib3 import PoolManager, ProxyManager, make_headers
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, LocationValueError, ProtocolError
from urllib3.response import BaseHTTPResponse

from sentry_release.adapters.http.tls_and_proxy import Proxy, create_tls_context, find_proxy
from sentry_release.adapters.threads import TimedWork, run_with_timeout
from sentry_release.clock import Clock

_CONNECT_S = 5.0  # for the name lookup, the connection and the TLS handshake together
_MAX_BODY, _MAX_ERROR_BODY = 8 * 1024 * 1024, 64 * 1024  # bytes, after decompression
_PIECE = 16 * 1024  # bytes
_EARLY_WAIT_S = 1.0  # until a request is sent on which nothing depends yet
_OVERLAP_S = 10.0  # more than `meanwhile` may delay the reading of a response
_ERROR = 400
_INFORMATIONAL, _MAX_INFORMATIONAL = range(102, 200), 20  # 101 would switch the protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete response; the names of its headers are compared without case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


PendingResponse = Callable[[Callable[[], object] | None], Response]
"""Waits for a response; see ServerConnection.start."""


class RequestFailedError(Exception):
    """No response, for the innermost error `cause`; `sent`: the server may have got the request."""

    def __init__(self, error: BaseException, *, sent: bool, proxy: Proxy | None = None) -> None:
        self.cause, self.sent = find_cause(error), sent
        place = f"through the proxy {proxy.url}: " if proxy else ""
        super().__init__(f"{place}{type(self.cause).__name__}: {self.cause}")


class ServerConnection:
    """
    The connection to a server, kept between requests; an early request may have its own.

    Some servers close a kept connection after a response without announcing it, and a request
    that is sent at that moment is lost. After one failure on a kept connection, none is kept
    any more, so at most one request is lost this way.
    Source: https://www.rfc-editor.org/rfc/rfc9112#section-9.5
    """

    def __init__(self, root: str, environ: Mapping[str, str], clock: Clock) -> None:
        """`environ` names proxies and authorities; raises WorkflowError for an unusable proxy."""
        self._root, self._clock, self._proxy = root, clock, find_proxy(root, environ)
        self._create_tls_context = cache(partial(create_tls_context, environ))
        self._keeps, self._reads_bundle = True, False
        self._pool: _Pool | None = None

    def start(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        limit_s: float,
        *,
        is_early: bool = False,
    ) -> PendingResponse:
        """
        Send the request once, on a thread, and return a function that waits for the response.

        The caller continues when it has been sent (an early one: or after a second), as two busy
        threads would slow each other down. The function takes what to do meanwhile. It returns
        the whole response, of an error (status 400 and above) 64 kB, or raises RequestFailedError
        if no response of at most 8 MB arrives within `limit_s` seconds.
        Raises WorkflowError for unreadable authorities.
        """
        try:
            pool, self._pool = self._pool or self._create_pool(), None
        except LocationValueError as error:  # no name of a host, after all
            failed = RequestFailedError(error, sent=False, proxy=self._proxy)
            return partial(_raise, failed)
        pool.limit_s, pool.reused = limit_s, pool.connected  # until it has to connect
        pool.sent.clear()
        options = {"body": body, "headers": dict(headers), "timeout": limit_s + _OVERLAP_S}
        send = partial(pool.send, method, self._root + path, **options)
        work = TimedWork(limit_s, self._clock, send, is_early=is_early)
        pool.sent.wait(_EARLY_WAIT_S if is_early else limit_s)
        work.is_busy = True
        return partial(self._finish, pool, work)

    def _finish(
        self, pool: "_Pool", work: TimedWork[Response], meanwhile: Callable[[], object] | None
    ) -> Response:
        try:
            if meanwhile is not None:
                meanwhile()
            response = work.get_result()
        except BaseException as error:
            work.cancel_alarm()
            sent = pool.abandon()
            self._keeps = self._keeps and not pool.reused
            self._reads_bundle |= isinstance(find_cause(error), SSLCertVerificationError)
            if isinstance(error, (HTTPError, OSError, UnicodeError)):
                raise RequestFailedError(error, sent=sent, proxy=self._proxy) from error
            raise
        if not self._keeps:
            pool.abandon()
        self._pool = pool if self._keeps else None
        return response

    def _create_pool(self) -> "_Pool":
        proxy, options = self._proxy, dict[str, Any](retries=False)
        if self._root.startswith("https:") or (proxy and proxy.url.startswith("https:")):
            options["ssl_context"] = self._create_tls_context(whole=self._reads_bundle)
        manager = PoolManager(**options)
        if proxy is not None:
            options["proxy_ssl_context"] = options.get("ssl_context")
            options["proxy_headers"] = make_headers(proxy_basic_auth=proxy.credentials)
            manager = ProxyManager(proxy.url, **options)
        pool = _Pool(manager, self._root, self._clock)
        finalize(self, pool.abandon)
        return pool


def read_up_to(response: BaseHTTPResponse, count: int) -> bytes:
    """
    Return at most so many bytes of a body, after decompression.

    In pieces, since urllib3 keeps an object for each chunk until it has what it was asked for: a
    body of 8 MB in chunks of one byte would take 700 MB.
    """
    content = bytearray()
    while len(content) < count:
        piece = response.read(min(count - len(content), _PIECE), decode_content=True)
        if not piece:
            break
        content += piece
    return bytes(content)


def build_response_class(standard: Any) -> type:  # noqa: ANN401 - the standard library's class
    """
    Return the class of the response after the informational ones.

    The standard library skips only 100. A response with differing lengths is refused here, as
    urllib3 would refuse it without closing it.
    Source: https://www.rfc-editor.org/rfc/rfc9110#section-15.2 and #section-8.6
    """

    def begin(response: Any) -> None:  # noqa: ANN401 - as above
        standard.begin(response)
        for _ in range(_MAX_INFORMATIONAL):
            if response.status not in _INFORMATIONAL:
                break
            response.headers = response.msg = None  # so that the next head is read
            standard.begin(response)
        else:
            raise ProtocolError("too many informational responses")
        lengths = ",".join(response.headers.get_all("Content-Length", ())).split(",")
        if len({one.strip() for one in lengths}) > 1:
            raise ProtocolError("differing Content-Length headers")

    return type("FinalResponse", (standard,), {"begin": begin})


class _Pool:
    """urllib3's pool for one server, and how far the request on it has come."""

    def __init__(self, manager: PoolManager, root: str, clock: Clock) -> None:
        self.manager, self.sent = manager, Event()
        self.connected = self.reused = self._abandoned = False
        self.limit_s = _CONNECT_S
        pool = manager.connection_from_url(root)
        kind = pool.ConnectionCls
        standard: Any = kind  # its types lack `response_class`

        def attempt(connection: HTTPConnection) -> None:
            kind.connect(connection)
            if self._abandoned:
                connection.close()

        def connect(connection: HTTPConnection) -> None:
            self.reused = self.connected = False
            connect_s = min(_CONNECT_S, self.limit_s)
            # Half for each address: a second one gets its turn if the first does not answer.
            connection.timeout = connect_s / 2
            run_with_timeout(connect_s, clock, partial(attempt, connection))
            self.connected = True
            if self._abandoned:  # the caller believes that nothing was sent
                raise TimeoutError("connected too late")

        def getresponse(connection: HTTPConnection) -> BaseHTTPResponse:
            self.sent.set()  # the request, as this is called after it
            return kind.getresponse(connection)

        attributes = {
            "connect": connect,
            "getresponse": getresponse,
            "response_class": build_response_class(standard.response_class),
        }
        pool.ConnectionCls = type(kind.__name__, (kind,), attributes)

    def send(self, method: str, url: str, **options: Any) -> Response:  # noqa: ANN401 - urllib3's
        """Return the response to one request, read to its end or to the limit of its size."""
        options |= {"redirect": False, "preload_content": False}
        try:
            response = self.manager.urlopen(method, url, **options)
        finally:
            self.sent.set()  # or never will be
        limit = _MAX_ERROR_BODY if response.status >= _ERROR else _MAX_BODY
        try:
            content = read_up_to(response, limit + 1)
        except ValueError as error:  # such as a chunk of a negative length
            raise ProtocolError(str(error)) from error
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


def _raise(error: Exception, _meanwhile: object) -> NoReturn:
    raise error


def find_cause(error: BaseException) -> BaseException:
    """Return the innermost of the errors that urllib3 and requests wrap around each other."""
    candidates = (getattr(error, "reason", None), *reversed(error.args), error.__cause__)
    inner = next((one for one in candidates if isinstance(one, BaseException)), None)
    return error if inner is None else find_cause(inner)
