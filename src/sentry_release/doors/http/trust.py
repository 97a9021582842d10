"""Environment -> the way to a server: whom to believe, and which proxy to take."""

import ssl
from base64 import b64encode
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sentry_release.doors.http.way import Proxy, Way
from sentry_release.words.errors import WorkflowError

_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PORTS = {"http": 80, "https": 443}


def way_to(url: str, environ: Mapping[str, str]) -> Way:
    """
    The way to the server at the root `url`.

    What is wrong with a file of certificate authorities is raised, as WorkflowError, when
    the first connection is made.

    Raises:
        WorkflowError: There is a proxy, and its address cannot be used.
    """
    parts = urlsplit(url)
    return Way(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        secure=parts.scheme == "https",
        context=cache(partial(_context, environ)),
        proxy=_proxy(url, environ),
    )


def _context(environ: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not _has_authorities(context):
        from certifi import where  # noqa: PLC0415 - rarely needed

        _load(context, "certifi", where())
    known = _loaded_by_default(context)
    for name in _AUTHORITIES:
        if (path := environ.get(name)) and path not in known:
            _load(context, name, path)
            known.add(path)
    return context


def _loaded_by_default(context: ssl.SSLContext) -> set[str | None]:
    """What OpenSSL has read by itself; reading a bundle takes longer than most imports."""
    if not context.cert_store_stats()["x509_ca"]:
        return set()
    return {ssl.get_default_verify_paths().cafile}


def _has_authorities(context: ssl.SSLContext) -> bool:
    """Python from python.org has none on macOS until its user installs them."""
    folder = ssl.get_default_verify_paths().capath
    lazy = folder is not None and any(Path(folder).iterdir())  # read when they are asked for
    return lazy or context.cert_store_stats()["x509_ca"] > 0


def _load(context: ssl.SSLContext, name: str, path: str) -> None:
    try:
        if Path(path).is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        raise WorkflowError(
            f"The certificate authorities in {name}={path!r} cannot be read.",
            why=f"Opening them gave: {error.strerror or error}.",
            mend="Point the variable at a PEM file that is in the workspace or in the image.",
        ) from error


def _proxy(url: str, environ: Mapping[str, str]) -> Proxy | None:
    given = _proxy_address(url, environ)
    if given is None:
        return None
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError) as error:
        raise _no_proxy(given, environ) from error
    if not parts.hostname:
        raise _no_proxy(given, environ)
    named = parts.username is not None
    name = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    known = f"Basic {b64encode(name.encode()).decode()}"
    return Proxy(
        host=parts.hostname,
        port=port,
        secure=parts.scheme == "https",
        headers={"Proxy-Authorization": known} if named else {},
    )


def _no_proxy(given: str, environ: Mapping[str, str]) -> WorkflowError:
    names = sorted(name for name, value in environ.items() if value == given)
    return WorkflowError(
        f"The proxy that {' and '.join(names)} names cannot be used.",
        why="It is no http:// or https:// address with a host; others, such as SOCKS, are not "
        "spoken to. It is not shown here, since it may hold a password.",
        mend="Correct the variable, or name the host of your Sentry in NO_PROXY.",
    )


def _proxy_address(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy to take, by the conventions of curl and requests."""
    if not any(name.lower().endswith("_proxy") for name in environ):
        return None
    from requests.utils import select_proxy, should_bypass_proxies  # noqa: PLC0415 - rarely needed

    if should_bypass_proxies(url, no_proxy=environ.get("no_proxy") or environ.get("NO_PROXY")):
        return None
    names = ("https", "http", "all")
    given = {
        name: value
        for name in names
        if (value := environ.get(f"{name}_proxy") or environ.get(f"{name}_proxy".upper()))
    }
    return select_proxy(url, given)
