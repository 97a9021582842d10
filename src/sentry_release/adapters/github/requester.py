"""Sends PyGithub's requests over one session, which limits the size and the form of responses."""

import json
from contextlib import suppress
from copy import copy
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)
from requests import ConnectionError as RequestsConnectionError
from requests import Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from sentry_release.adapters.http.connection import build_response_class
from sentry_release.model.json_text import parse_json

MAX_BODY = 16 * 1024 * 1024
"""Bytes after decompression; a comparison with 300 changed files has a few megabytes."""
_MAX_ERROR_BODY = 64 * 1024
_ERROR = 400


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

        Raises ValueError for the URL of another host, as the token is for this one.
        """
        if cnx is not None:
            raise ValueError("the URL of another host")
        connection = copy(self._connection)
        status, headers, text = super().requestJson(
            verb, url, parameters, headers, input, connection, follow_302_redirect
        )
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
        content = response.raw.read(limit + 1, decode_content=True)
    except HTTPError as error:
        response.close()
        raise RequestsConnectionError(error) from error
    if len(content) > limit:
        response.close()
        if not is_error:
            raise RequestsConnectionError(f"the response is larger than {limit} bytes")
    response.raw = HTTPResponse(BytesIO(content[:limit]), preload_content=False)
    return response
