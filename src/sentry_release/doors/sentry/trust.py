"""Environment -> a connection pool that trusts the right authorities and takes the right proxy."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import urllib3

from sentry_release.doors.sentry.line import Line
from sentry_release.words.errors import WorkflowError

_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def pool_for(url: str, environ: Mapping[str, str], line: Line) -> urllib3.PoolManager:
    """
    Open a pool for one server: one kept connection, no retries, no redirects of its own.

    Raises:
        WorkflowError: A file of certificate authorities cannot be read.
    """
    pool = _pool(url, environ)
    pool.pool_classes_by_scheme = line.pools()
    return pool


def _pool(url: str, environ: Mapping[str, str]) -> urllib3.PoolManager:
    context = _context(environ) if url.startswith("https:") else None
    proxy = _proxy(url, environ)
    if proxy is None:
        return urllib3.PoolManager(num_pools=1, maxsize=1, retries=False, ssl_context=context)
    user = urllib3.util.parse_url(proxy).auth
    return urllib3.ProxyManager(
        proxy,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else None,
        num_pools=1,
        maxsize=1,
        retries=False,
        ssl_context=context,
    )


def _context(environ: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for name in _AUTHORITIES:
        if path := environ.get(name):
            _load(context, name, path)
    return context


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


def _proxy(url: str, environ: Mapping[str, str]) -> str | None:
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
