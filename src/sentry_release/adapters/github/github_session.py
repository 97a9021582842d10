"""PyGithub's one session: retries within the deadline, certificate authorities, limits of responses."""

import atexit
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)
from requests import ConnectionError as RequestsConnectionError
from requests import Response
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, ProxyError, ResponseError, SSLError

from sentry_release.adapters.http.connection import build_response_class, read_up_to
from sentry_release.adapters.http.tls_and_proxy import find_ca_folder
from sentry_release.clock import Deadline
from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import parse_json

MAX_WAIT_S = 30.0
_DIGITS = 10  # of a number of seconds; decades
_READS = frozenset({"GET", "HEAD"})
_CA_FILES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


MAX_BODY = 16 * 1024 * 1024
"""Bytes after decompression; a comparison with 300 changed files has a few megabytes."""
_MAX_ERROR_BODY = 64 * 1024
_REDIRECT, _ERROR = 300, 400


@dataclass(slots=True, kw_only=True)
class TimeLimit:
    """The deadline of the current call, which all its requests share."""

    deadline: Deadline


class RetryWithinDeadline(Retry):
    """
    urllib3's retries for GitHub, which wait only as long as the time limit allows.

    A read is repeated twice after a failure of the server (500, 502, 503, 504) or of the
    connection; a write only if it was not sent. `Retry-After` is honoured, with the statuses
    that GitHub uses for its rate limits, up to 30 seconds and to the deadline of the call;
    after a longer one the response is final. A request that a proxy refuses is not repeated.
    Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """

    RETRY_AFTER_STATUS_CODES = frozenset({403, 413, 429, 503})

    def __init__(self, *, limit: TimeLimit, **options: Any) -> None:  # noqa: ANN401 - urllib3's
        """`options` are those of urllib3's Retry."""
        self._limit = limit
        super().__init__(**options)

    @classmethod
    def create(cls, limit: TimeLimit) -> Self:
        """Return the retries for a session."""
        return cls(
            limit=limit,
            total=2,
            backoff_factor=0.5,  # 0 s before the first retry, 1 s before the second
            allowed_methods=_READS,
            status_forcelist={500, 502, 503, 504},
            raise_on_status=False,
        )

    def new(self, **options: Any) -> Self:  # noqa: ANN401 - urllib3's
        """Return a copy with these options changed, as urllib3 makes one for each retry."""
        return super().new(limit=self._limit, **options)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return the retries that are left. Raises MaxRetryError if another try is not worth it."""
        retries = super().increment(method, url, response, error, _pool, _stacktrace)
        # urllib3 repeats whatever failed with a TLS error, even if it was sent.
        sent = isinstance(error, SSLError) and method not in _READS
        if isinstance(error, ProxyError) or sent:
            raise MaxRetryError(_pool, url or "", error)  # type: ignore[arg-type] # always given
        if retries.wait_s(response) >= min(MAX_WAIT_S, self._limit.deadline.remaining_s):
            raise MaxRetryError(_pool, url or "", error or ResponseError("too long a wait"))  # type: ignore[arg-type] # as above
        return retries

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait before the next try, by the clock of the job."""
        self._limit.deadline.clock.sleep(self.wait_s(response))

    def wait_s(self, response: BaseHTTPResponse | None) -> float:
        """Return the seconds to wait: what GitHub asks for (never a date), or urllib3's backoff."""
        header = (response.headers.get("Retry-After") or "").strip() if response else ""
        requested_s = (
            int(header) if header.isascii() and header.isdecimal() and len(header) < _DIGITS else 0
        )
        return requested_s or self.get_backoff_time()


def find_ca_bundle(environ: Mapping[str, str]) -> str | bool:
    """
    Return what requests should verify certificates with: a path, or True for certifi.

    It takes only one path. Without variables that is the system's folder, of which OpenSSL reads
    what it needs, or its bundle. Files that the variables name are joined with the system's
    bundle in a temporary file, which is deleted at exit. SSL_CERT_DIR replaces the system's
    folder.

    Raises:
        WorkflowError: A file that a variable names cannot be read.
    """
    own = dict.fromkeys(path for name in _CA_FILES if (path := environ.get(name)))
    if not own:
        return find_ca_folder(environ) or _find_system_bundle() or True
    from certifi import where

    with NamedTemporaryFile("wb", suffix=".pem", delete=False) as bundle:
        atexit.register(Path(bundle.name).unlink, missing_ok=True)
        for path in (_find_system_bundle() or where(), *own):
            bundle.writelines(_read_pem_lines(path))
    return bundle.name


def _find_system_bundle() -> str | None:
    path = ssl.get_default_verify_paths().openssl_cafile
    return path if Path(path).is_file() else None


def _read_pem_lines(path: str) -> Iterator[bytes]:
    place = Path(path)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    try:
        for file in files:
            yield file.read_bytes() + b"\n"
    except OSError as error:
        raise WorkflowError(
            f"The certificate authorities in {path!r} cannot be read.",
            reason=f"Opening them failed: {error.strerror or error}.",
            hint="Set REQUESTS_CA_BUNDLE and SSL_CERT_FILE to PEM files.",
        ) from error


class SessionRequester(Requester):
    """
    PyGithub's requester, with a connection object for each request and one session for all.

    PyGithub stores a request in its connection object and then sends what is stored there, so a
    connection that threads share may send the request of another one.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - PyGithub's
        """`options` are all those of PyGithub's Requester."""
        super().__init__(**options)
        server = urlsplit(options["base_url"])
        is_secure = server.scheme == "https"
        kind = HTTPSRequestsConnectionClass if is_secure else HTTPRequestsConnectionClass
        shared = {name: options[name] for name in ("timeout", "verify", "retry", "pool_size")}
        self._connection = kind(server.hostname or "", server.port, **shared)
        adapter = _LimitingAdapter(
            max_retries=options["retry"],
            pool_connections=options["pool_size"],
            pool_maxsize=options["pool_size"],
        )
        self._connection.session.mount(f"{server.scheme}://", adapter)

    def requestJson(  # noqa: N802, PLR0913, PLR0917 - the signature is PyGithub's
        self,
        verb: str,
        url: str,
        parameters: dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        input: Any | None = None,  # noqa: A002, ANN401 - as above
        cnx: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass | None = None,
        follow_302_redirect: bool = False,  # noqa: FBT001, FBT002 - as above
    ) -> tuple[int, dict[str, Any], str]:
        """
        Return status, headers and body of the response to one request.

        Raises:
            ValueError: The URL is of another host; the token is for this one.
            ConnectionError: A redirect that is not followed, or a success with neither an object
                nor a list, of which PyGithub would make an empty list.
        """
        if cnx is not None:
            raise ValueError("the URL of another host")
        connection = copy(self._connection)
        status, headers, text = super().requestJson(
            verb, url, parameters, headers, input, connection, follow_302_redirect
        )
        if _REDIRECT <= status < _ERROR:
            raise RequestsConnectionError(f"it answered {status}, a redirect")
        if status < _REDIRECT and verb != "DELETE" and text.lstrip()[:1] not in {"{", "["}:
            raise RequestsConnectionError(f"it answered {status} without an object or a list")
        return status, headers, _replace_half_pairs(text)


def _replace_half_pairs(text: str) -> str:
    """Return the JSON with U+FFFD for each half of a pair of surrogates; other text as it is."""
    with suppress(ValueError):  # which PyGithub reports
        if "\\ud" in text.lower():
            return json.dumps(parse_json(text))
    return text


class _LimitingAdapter(HTTPAdapter):
    """The adapter of requests, with connections and bodies that are limited."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - requests'
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - requests'
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, *args: Any, **options: Any) -> Response:  # noqa: ANN401 - requests'
        return _read_body(super().send(*args, **options))


def _limit_pool(standard: Any) -> Any:  # noqa: ANN401 - a pool class of urllib3
    """Return the class of pools whose connections read only well-formed responses."""
    kind = standard.ConnectionCls
    connection = type(
        kind.__name__, (kind,), {"response_class": build_response_class(kind.response_class)}
    )
    return type(standard.__name__, (standard,), {"ConnectionCls": connection})


_POOLS = {"http": _limit_pool(HTTPConnectionPool), "https": _limit_pool(HTTPSConnectionPool)}


def _read_body(response: Response) -> Response:
    """
    Replace the stream of the response by its content.

    Raises requests' ConnectionError if a success is larger than the limit or breaks off; the body
    of an error is cut off after 64 kB.
    """
    is_error = response.status_code >= _ERROR
    limit = _MAX_ERROR_BODY if is_error else MAX_BODY
    try:
        content = read_up_to(response.raw, limit + 1)
    except HTTPError as error:
        response.close()
        raise RequestsConnectionError(error) from error
    if len(content) > limit:
        response.close()
        if not is_error:
            raise RequestsConnectionError(f"the response is larger than {limit} bytes")
    response.raw = HTTPResponse(BytesIO(content[:limit]), preload_content=False)
    return response
