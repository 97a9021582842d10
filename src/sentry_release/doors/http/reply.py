"""What came back over the line, whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Self, cast

_CHUNK_BYTES = 64 * 1024
_MOST_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A status, the headers whatever the case of their names, and the body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @classmethod
    def read(cls, response: HTTPResponse) -> Self:
        """
        Read it to its end.

        Raises:
            HTTPException: The body is too large, or ends too soon.
            OSError: The connection broke; TimeoutError, if it took too long.
        """
        headers = cast("Mapping[str, str]", response.headers)
        return cls(status=response.status, headers=headers, content=_content(response))


def _content(response: HTTPResponse) -> bytes:
    content = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        content += chunk
        if len(content) > _MOST_BYTES:
            raise HTTPException("the answer is too large")
    if response.length:  # http.client does not mind a body that ends too soon
        raise IncompleteRead(bytes(content), response.length)
    return bytes(content)
