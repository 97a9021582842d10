"""Options of PyGithub's session: retries within the deadline, and certificate authorities."""

import atexit
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, ProxyError, ResponseError, SSLError

from sentry_release.adapters.http.tls_and_proxy import find_ca_folder
from sentry_release.clock import Deadline
from sentry_release.errors import WorkflowError

MAX_WAIT_S = 30.0
_DIGITS = 10  # of a number of seconds; decades
_READS = frozenset({"GET", "HEAD"})
_CA_FILES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


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
