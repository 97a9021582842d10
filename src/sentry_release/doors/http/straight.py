"""The straight way to a server, made only of what is quick to import."""

import os
import socket
import ssl
import sys
from collections.abc import Mapping

_SCHEMES = (("https://", 443), ("http://", 80))
_OWN_WAY = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
# As strict as the other way, on each Python as ssl.create_default_context is there.
_STRICT = ssl.VerifyFlags.VERIFY_DEFAULT
if sys.version_info >= (3, 13):
    _STRICT = ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags.VERIFY_X509_STRICT
_HASHED = ".0"  # how the name of a file ends that OpenSSL finds by its subject


class Straight:
    """
    A way without a proxy, which believes the authorities that lie in the system's folder.

    OpenSSL reads of such a folder what it needs; reading all that a system believes, as
    `ssl.create_default_context` does, takes longer than to start Python. It is no dataclass,
    since importing those takes as long again: see docs/adr/0015-start-up.md.
    """

    __slots__ = ("_authorities", "_host", "_port")

    def __init__(self, host: str, port: int, authorities: str | None) -> None:
        """`authorities` is the folder; None where nothing is encrypted."""
        # For a text Python would import its table of all the world's letters.
        self._host = host.encode("ascii")
        self._port = port
        self._authorities = authorities

    @property
    def first_stop(self) -> tuple[bytes, int]:
        """Where to connect to."""
        return self._host, self._port

    def gone(self, plain: socket.socket) -> socket.socket:
        """
        The connection on which the server listens.

        Raises:
            OSError: ssl.SSLError, if the server is not to be believed.
        """
        if self._authorities is None:
            return plain
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.verify_flags |= _STRICT
            context.load_verify_locations(capath=self._authorities)
            return context.wrap_socket(plain, server_hostname=self._host)
        except BaseException:
            plain.close()
            raise


def straight_way(root: str, environ: Mapping[str, str]) -> Straight | None:
    """
    The straight way to `https://HOST[:PORT]`; None where only trust.way_to knows the way.

    So it is where there may be a proxy, where certificate authorities are named or do not lie
    in a folder, and where the address has more in it.
    """
    for scheme, usual in _SCHEMES:
        if root.startswith(scheme):
            host, colon, port = root.removeprefix(scheme).partition(":")
            if not _is_plain(host) or (colon and not _is_port(port)) or _has_proxy(environ):
                return None
            if scheme == "http://":
                return Straight(host, int(port or usual), None)
            folder = _authorities(environ)
            return Straight(host, int(port or usual), folder) if folder else None
    return None


def _is_plain(host: str) -> bool:
    return bool(host) and host.isascii() and host.replace("-", "").replace(".", "").isalnum()


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65_536  # noqa: PLR2004 - TCP's


def _has_proxy(environ: Mapping[str, str]) -> bool:
    return any(name.lower().endswith("_proxy") for name in environ)


def _authorities(environ: Mapping[str, str]) -> str | None:
    if any(environ.get(name) for name in _OWN_WAY):
        return None
    folder = ssl.get_default_verify_paths().capath
    if folder is None:
        return None
    try:
        return folder if any(name.endswith(_HASHED) for name in os.listdir(folder)) else None  # noqa: PTH208 - pathlib is slow to import
    except OSError:
        return None
