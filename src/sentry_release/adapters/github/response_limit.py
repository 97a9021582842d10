"""Limits the size of GitHub's responses, which PyGithub's session reads without one."""

from io import BytesIO

from requests import ConnectionError as RequestsConnectionError
from requests import PreparedRequest, Response
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

MAX_BODY = 16 * 1024 * 1024
"""Bytes after decompression; a comparison with 300 changed files has a few megabytes."""
_MAX_ERROR_BODY = 64 * 1024
_ERROR = 400


def limit_responses() -> None:
    """Have this module read the bodies of all responses to PyGithub, up to the limit."""
    from github.Requester import Requester

    # The one place where PyGithub lets a caller reach the session that it creates.
    Requester.noopAuth = staticmethod(_limit_response)  # type: ignore[method-assign] # on purpose


def _limit_response(request: PreparedRequest) -> PreparedRequest:
    request.register_hook("response", _read_body)
    return request


def _read_body(response: Response, *_args: object, **_options: object) -> Response:
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
