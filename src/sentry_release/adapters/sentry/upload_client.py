"""UploadClient: one method for each request of Sentry's upload protocol."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sentry_release.adapters.sentry.parse import as_dict, as_list
from sentry_release.adapters.sentry.responses import ApiResponse, build_api_error
from sentry_release.adapters.sentry.retry import UploadTime
from sentry_release.adapters.sentry.transport import Body, RawBody, SentryTransport
from sentry_release.model.upload import ChunkedFile, UploadOptions

_KIB, _MIB = 1024, 1024 * 1024
_DEFAULT_CHUNK_SIZE = 8 * _MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class AssembleStatus:
    """
    Sentry's status of one file.

    `state` is `ok`, `created`, `assembling`, `not_found` or `error`; `missing` are the checksums
    of missing chunks; `detail` is the reason of an error.
    """

    state: str
    missing: frozenset[str] = frozenset()
    detail: str | None = None

    @property
    def is_final(self) -> bool:
        """Return whether the state will not change any more."""
        return self.state in {"ok", "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadClient:
    """
    Sentry's endpoints for uploads, of one organization.

    `connect` returns a new connection, for concurrent requests. Each method raises ApiError if
    Sentry refuses, and ServiceUnavailableError if it cannot be reached in time.
    Source: `src/sentry/api/endpoints/chunk.py` and those beside it, as recorded by the tests.
    """

    connect: Callable[[], SentryTransport] = field(repr=False)
    organization: str
    projects: tuple[str, ...]
    time: UploadTime

    def open_transport(self) -> SentryTransport:
        """Return a new connection with the time limits of the upload."""
        return replace(self.connect(), budget=self.time.create_budget())

    def read_options(self, transport: SentryTransport) -> UploadOptions:
        """Return the options of the server, within sensible bounds."""
        response = self._send(transport, "GET", self._chunk_path, doing="upload files")
        found = response.body
        return UploadOptions(
            path=self._choose_chunk_path(transport, found.get("url")),
            chunk_size=_limit_number(
                found.get("chunkSize"),
                lowest=64 * _KIB,
                highest=64 * _MIB,
                default=_DEFAULT_CHUNK_SIZE,
            ),
            chunks_per_request=_limit_number(
                found.get("chunksPerRequest"), lowest=1, highest=1024, default=64
            ),
            max_request_size=_limit_number(
                found.get("maxRequestSize"),
                lowest=64 * _KIB,
                highest=1024 * _MIB,
                default=32 * _MIB,
            ),
            max_file_size=_limit_number(
                found.get("maxFileSize"), lowest=_MIB, highest=2**40, default=2048 * _MIB
            ),
            concurrency=_limit_number(found.get("concurrency"), lowest=1, highest=64, default=1),
            compression=_parse_texts(found.get("compression")),
            accept=frozenset(_parse_texts(found.get("accept"))),
        )

    def assemble_debug_files(
        self,
        transport: SentryTransport,
        project: str,
        files: Sequence[ChunkedFile],
        *,
        start: bool = True,
    ) -> Mapping[str, AssembleStatus]:
        """
        Return the status of each file by its checksum; complete files begin to be processed.

        Args:
            transport: The connection.
            project: The slug of the project.
            files: At most some hundred files.
            start: Whether processing may begin; otherwise the request only reads the status.
        """
        body = {file.checksum: _build_assemble_entry(file, start=start) for file in files}
        response = self._send(
            transport,
            "POST",
            f"{self._build_project_path(project)}/files/difs/assemble/",
            body,
            doing="upload debug files",
        )
        return {file.checksum: _parse_status(response.body.get(file.checksum)) for file in files}

    def assemble_bundle(
        self,
        transport: SentryTransport,
        bundle: ChunkedFile,
        *,
        projects: Sequence[str],
        release: str,
        dist: str | None,
    ) -> AssembleStatus:
        """Return the status of an artifact bundle; a complete one begins to be processed."""
        body: dict[str, Any] = {
            "checksum": bundle.checksum,
            "chunks": [chunk.checksum for chunk in bundle.chunks],
            "projects": list(projects),
            "version": release,
        }
        body |= {"dist": dist} if dist else {}
        path = f"{self._organization_path}/artifactbundle/assemble/"
        return _parse_status(
            self._send(transport, "POST", path, body, doing="upload source maps").body
        )

    def has_bundle(
        self,
        transport: SentryTransport,
        project: str,
        bundle_id: str,
        *,
        release: str,
        dist: str | None,
    ) -> bool:
        """Return whether the project has the artifact bundle for this release and dist."""
        path = f"{self._build_project_path(project)}/files/artifact-bundles/"
        response = self._send(
            transport,
            "GET",
            f"{path}?{urlencode({'query': bundle_id})}",
            shape=list,
            doing="list source maps",
        )
        return any(
            {"release": release, "dist": dist or None} in _as_dicts(one.get("associations"))
            for one in _as_dicts(response.body)
            if one.get("bundleId") == bundle_id
        )

    def has_debug_info(self, transport: SentryTransport, project: str, debug_id: str) -> bool:
        """Return whether the project has a file with debug information for an id."""
        path = f"{self._build_project_path(project)}/files/dsyms/"
        response = self._send(
            transport,
            "GET",
            f"{path}?{urlencode({'debug_id': debug_id})}",
            shape=list,
            doing="list debug files",
        )
        return any(
            "debug" in _parse_texts(as_dict(one.get("data")).get("features"))
            for one in _as_dicts(response.body)
            if str(one.get("debugId")).lower() == debug_id
        )

    def send_chunks(
        self, transport: SentryTransport, options: UploadOptions, body: bytes, boundary: str
    ) -> None:
        """Send chunks as one multipart body; the request is idempotent."""
        form = RawBody(content=body, content_type=f"multipart/form-data; boundary={boundary}")
        # Older servers remember for 10 minutes that chunks were missing, so the answer of a proxy
        # must not count as a success.
        self._send(transport, "POST", options.path, form, shape=NoneType, doing="upload chunks")
        self.time.report_progress()

    @property
    def _organization_path(self) -> str:
        return f"/api/0/organizations/{quote(self.organization, safe='')}"

    @property
    def _chunk_path(self) -> str:
        return f"{self._organization_path}/chunk-upload/"

    def _build_project_path(self, project: str) -> str:
        return f"/api/0/projects/{quote(self.organization, safe='')}/{quote(project, safe='')}"

    def _choose_chunk_path(self, transport: SentryTransport, url: object) -> str:
        """
        Return the path for chunks, always on the server that the token is for.

        Behind a proxy a server often names another scheme or host than that of its public URL;
        the endpoint of the options accepts chunks as well.
        """
        parts = urlsplit(url if isinstance(url, str) else "")
        root = urlsplit(transport.root)
        is_same = (parts.scheme, parts.netloc) == (root.scheme, root.netloc)
        prefix = root.path.rstrip("/")
        if is_same and parts.path.startswith(f"{prefix}/api/"):
            return parts.path.removeprefix(prefix)
        return self._chunk_path

    def _send(
        self,
        transport: SentryTransport,
        method: str,
        path: str,
        body: Body = None,
        *,
        shape: type = dict,
        doing: str,
    ) -> ApiResponse:
        transport = replace(transport, budget=self.time.create_budget())
        response = transport.request(method, path, body, shape=shape)
        if not response.is_success:
            raise build_api_error(
                response,
                doing,
                organization=self.organization,
                projects=self.projects,
                release=None,
            )
        return response


def _build_assemble_entry(file: ChunkedFile, *, start: bool) -> dict[str, Any]:
    chunks = [chunk.checksum for chunk in file.chunks] if start else []
    entry: dict[str, Any] = {"name": file.name, "chunks": chunks}
    return entry | ({"debug_id": file.debug_id} if file.debug_id else {})


def _parse_status(found: object) -> AssembleStatus:
    """Parse one status of a response; a missing status means that the file is missing."""
    values = as_dict(found)
    detail = values.get("detail")
    return AssembleStatus(
        state=str(values.get("state", "not_found")),
        missing=frozenset(_parse_texts(values.get("missingChunks"))),
        detail=str(detail)[:500] if isinstance(detail, str) else None,
    )


def _limit_number(value: object, *, lowest: int, highest: int, default: int) -> int:
    """Return the number between two bounds; the default if the value is no whole number."""
    return max(lowest, min(value, highest)) if isinstance(value, int) else default


def _parse_texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in as_list(value) if isinstance(one, str))


def _as_dicts(value: object) -> list[Mapping[str, Any]]:
    return [one for one in as_list(value) if isinstance(one, dict)]
