"""Which certificate authorities to trust and which proxy to use, from the environment."""

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from sentry_release.errors import WorkflowError

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy: its URL without credentials, and these as `user:password`, or None."""

    url: str
    credentials: str | None = field(default=None, repr=False)


def create_tls_context(environ: Mapping[str, str], *, whole: bool = False) -> ssl.SSLContext:
    """
    Return a context that trusts the system's authorities and those that the variables name.

    If the system has a folder of them, OpenSSL reads only the one it needs; reading a bundle of
    all takes 20 ms. With `whole` the bundle is read too, as some systems add only to that.
    A certificate must name its host as subjectAltName; its common name does not count.
    Source: https://www.rfc-editor.org/rfc/rfc9110#section-4.3.4

    Raises WorkflowError if a file or folder of authorities cannot be read.
    """
    folder = find_ca_folder(environ)
    context = ssl.create_default_context(capath=None if whole else folder)
    context.hostname_checks_common_name = False
    if not (folder or context.cert_store_stats()["x509_ca"]):
        from certifi import where

        _load(context, "certifi", where())
    for name in _CA_VARIABLES:
        if path := environ.get(name):
            _load(context, name, path)
    return context


def find_ca_folder(environ: Mapping[str, str]) -> str | None:
    """Return the system's folder of authorities if OpenSSL can search it by their hashes."""
    folder = Path(environ.get("SSL_CERT_DIR") or ssl.get_default_verify_paths().openssl_capath)
    hashed = folder.is_dir() and any(one.suffix == ".0" for one in folder.iterdir())
    return str(folder) if hashed else None


def find_proxy(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """
    Return the proxy for requests to `url`, or None for a direct connection.

    The variables are HTTPS_PROXY or HTTP_PROXY, then ALL_PROXY; names in lower case win.
    NO_PROXY lists names (with their subdomains), `host:port`, addresses and CIDR ranges, or is
    `*`. These are the rules of urllib.request, with the CIDR ranges of requests.

    Raises WorkflowError if the proxy's URL is malformed, or is no HTTP proxy, such as SOCKS.
    """
    for name in (f"{urlsplit(url).scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if address := environ.get(variable):
                return None if _is_bypassed(url, environ) else _parse_proxy(address, variable)
    return None


def _is_bypassed(url: str, environ: Mapping[str, str]) -> bool:
    from urllib import request

    listed = (environ.get("no_proxy") or environ.get("NO_PROXY") or "").split(",")
    entries = [entry.strip().removeprefix("*.") for entry in listed]
    target = urlsplit(url)
    host = target.hostname or ""
    place = f"{host}:{target.port or _PORTS[target.scheme]}"
    return bool(
        request.proxy_bypass_environment(place, {"no": ",".join(entries)})  # type: ignore[attr-defined] # typeshed has it for macOS only
        or any(_is_in_network(host, entry.strip("[]")) for entry in entries)
    )


def _is_in_network(host: str, entry: str) -> bool:
    with suppress(ValueError):  # one of them is a name
        return ip_address(host) in ip_network(entry, strict=False)
    return False


def _parse_proxy(address: str, variable: str) -> Proxy:
    parts = Url()
    with suppress(LocationParseError):
        parts = parse_url(address if "://" in address else f"http://{address}")
    if parts.host and parts.scheme in _PORTS:
        credentials = None if parts.auth is None else unquote(parts.auth)
        return Proxy(url=f"{parts.scheme}://{parts.netloc}", credentials=credentials)
    raise WorkflowError(
        f"The proxy in {variable} cannot be used.",
        reason="It is not an http:// or https:// URL with a host; SOCKS is not supported. "
        "It is not shown, since it may contain a password.",
        hint=f"Correct {variable}, or add the host of your Sentry to NO_PROXY.",
    )


def _load(context: ssl.SSLContext, name: str, path: str) -> None:
    is_folder = Path(path).is_dir()
    try:
        context.load_verify_locations(**{"capath" if is_folder else "cafile": path})
    except OSError as error:  # ssl.SSLError is one
        raise WorkflowError(
            f"The certificate authorities in {name}={path!r} cannot be read.",
            reason=f"Opening them failed: {error.strerror or error}.",
            hint=f"Set {name} to a PEM file in the workspace or in the image.",
        ) from error
