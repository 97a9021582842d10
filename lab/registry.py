"""
An image registry for rehearsals: what `docker save` wrote, to be pulled by digest from 127.0.0.1.

    with Registry(archive, "acme/app") as registry:
        docker pull registry.image

It has only what a pull requests: https://github.com/opencontainers/distribution-spec
"""

import hashlib
import json
import re
import shutil
import tarfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Self

INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_ROUTE = re.compile(r"/v2/(?P<name>.+)/(?:manifests|blobs)/(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A blob of an image: its file and media type."""

    kind: str
    file: Path
    digest: str

    @property
    def descriptor(self) -> dict[str, object]:
        """The descriptor of the blob."""
        size = self.file.stat().st_size
        return {"mediaType": self.kind, "digest": self.digest, "size": size}


@dataclass(slots=True)
class Registry:
    """Serves one image under a name for as long as the block lasts."""

    archive: Path
    name: str
    image: str = field(default="", init=False)
    index: bytes = field(default=b"", init=False)
    requests: list[str] = field(default_factory=list, init=False)
    blobs: dict[str, Blob] = field(default_factory=dict, init=False, repr=False)
    _folder: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory, init=False)
    _server: ThreadingHTTPServer = field(init=False, repr=False)

    def __enter__(self) -> Self:
        index = self._index()
        self.index = index.file.read_bytes()
        self._server = _Server(self)
        self.image = f"127.0.0.1:{self._server.server_port}/{self.name}@{index.digest}"
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def _index(self) -> Blob:
        """The image index for both architectures; one image is used for both, because only one is pulled."""
        with tarfile.open(self.archive) as tar:
            [parts] = json.loads(self._read(tar, "manifest.json"))
            config = self._keep(_CONFIG, tar, parts["Config"])
            layers = [self._keep(_LAYER, tar, layer) for layer in parts["Layers"]]
        manifest = self._write(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": config.descriptor,
                "layers": [layer.descriptor for layer in layers],
            }
        )
        machines = ({"os": "linux", "architecture": name} for name in ("amd64", "arm64"))
        listed = [{**manifest.descriptor, "platform": machine} for machine in machines]
        return self._write({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed})

    def _read(self, tar: tarfile.TarFile, member: str) -> bytes:
        file = tar.extractfile(member)
        if file is None:
            raise FileNotFoundError(member)
        return file.read()

    def _keep(self, kind: str, tar: tarfile.TarFile, member: str) -> Blob:
        """A member of the archive, as a blob."""
        place = Path(self._folder.name) / str(len(self.blobs))
        source = tar.extractfile(member)
        if source is None:
            raise FileNotFoundError(member)
        with place.open("wb") as file:
            shutil.copyfileobj(source, file)
        return self._named(kind, place)

    def _write(self, document: dict[str, object]) -> Blob:
        place = Path(self._folder.name) / str(len(self.blobs))
        place.write_text(json.dumps(document))
        return self._named(str(document["mediaType"]), place)

    def _named(self, kind: str, place: Path) -> Blob:
        with place.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        return self.blobs.setdefault(digest, Blob(kind=kind, file=place, digest=digest))


class _Server(ThreadingHTTPServer):
    def __init__(self, registry: Registry) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.registry = registry

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: Docker tries TLS first, and disconnects without it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        registry = self.server.registry
        registry.requests.append(f"{self.command} {self.path}")
        found = _ROUTE.fullmatch(self.path)
        blob = registry.blobs.get(found["digest"]) if found else None
        here = found is not None and blob is not None and found["name"] == registry.name
        self.send_response(200 if here or self.path == "/v2/" else 404)
        if not here or blob is None:
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_header("Content-Type", blob.kind)
        self.send_header("Content-Length", str(blob.file.stat().st_size))
        self.send_header("Docker-Content-Digest", blob.digest)
        self.end_headers()
        if with_body:
            with blob.file.open("rb") as file:
                shutil.copyfileobj(file, self.wfile)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Log nothing: `requests` has every request."""
