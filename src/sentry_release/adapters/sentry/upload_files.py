"""Upload debug files and artifact bundles: find missing chunks, send them, wait for Sentry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sentry_release.adapters.sentry.transport import SentryTransport
from sentry_release.adapters.sentry.upload_chunks import SentChunks, send_missing_chunks
from sentry_release.adapters.sentry.upload_client import AssembleStatus, UploadClient
from sentry_release.errors import ActionError, ApiError
from sentry_release.model.upload import (
    ChunkedFile,
    FileResult,
    UploadOptions,
    UploadState,
    UploadSummary,
)

_PROCESSING_S = 30.0  # for Sentry to process a file, after its last progress
_FILES_PER_REQUEST = 100
_ROUNDS = 3  # of finding missing chunks and sending them
_FIRST_POLL_S, _MAX_POLL_S = 0.1, 2.0
_UNKNOWN_PROJECT = {400, 403, 404}
_CACHED = "Sentry keeps this result of an earlier upload for 10 minutes"
_NEVER_ARRIVED = "it was sent, and Sentry does not have it; is there a proxy that answers for it?"
_TOO_OLD = "this Sentry server is too old for files of this kind"

Statuses = Mapping[str, AssembleStatus]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleTarget:
    """The release that an artifact bundle belongs to, and the id in its manifest."""

    release: str
    dist: str | None
    bundle_id: str


@dataclass(slots=True, kw_only=True)
class Uploader:
    """
    Uploads files to all projects of a client, one upload after the other.

    `dry_run` only reads what Sentry has. `sent` and `errors` add up over the uploads.
    """

    client: UploadClient
    options: UploadOptions
    transport: SentryTransport = field(repr=False)
    dry_run: bool = False
    sent: SentChunks = field(default_factory=SentChunks)
    errors: list[ActionError] = field(default_factory=list)

    def fork(self) -> "Uploader":
        """Return an uploader for another thread, with a connection and results of its own."""
        transport = self.client.open_transport()
        return replace(self, transport=transport, sent=SentChunks(), errors=[])

    def upload_debug_files(self, files: Sequence[ChunkedFile]) -> UploadSummary:
        """
        Upload files, and return the result of each file in each project.

        A failure in one project or of one file does not affect the others. Chunks belong to the
        organization, so they are sent once for all projects.
        """
        results: list[FileResult] = []
        refused = {file.checksum: reason for file in files if (reason := self._build_refusal(file))}
        accepted = [file for file in files if file.checksum not in refused]
        for project in self.client.projects:
            results += [
                _build_failure(file, refused[file.checksum], project)
                for file in files
                if file.checksum in refused
            ]
            if accepted:
                results += self._upload_to_project(project, accepted)
        return self._summarize(results)

    def upload_bundle(self, bundle: ChunkedFile, target: BundleTarget) -> UploadSummary:
        """
        Upload an artifact bundle for all projects together, and return its result.

        If some of the projects are not accessible, it is uploaded to the others.
        """
        if reason := self._build_refusal(bundle):
            return self._summarize([_build_failure(bundle, reason, None)])
        try:
            return self._summarize([self._upload_bundle(bundle, target, self.client.projects)])
        except ApiError as error:
            self.errors.append(error)
            usable = self._filter_projects(target) if error.status in _UNKNOWN_PROJECT else ()
            if not usable or len(self.client.projects) == 1:
                return self._summarize([_build_failure(bundle, _describe_error(error), None)])
            others = [project for project in self.client.projects if project not in usable]
            failed = [_build_failure(bundle, _describe_error(error), project) for project in others]
            return self._summarize([*failed, self._build_bundle_result(bundle, target, usable)])
        except ActionError as error:
            self.errors.append(error)
            return self._summarize([_build_failure(bundle, _describe_error(error), None)])

    def _summarize(self, results: Sequence[FileResult]) -> UploadSummary:
        return UploadSummary(
            results=tuple(results),
            errors=(*self.errors, *dict.fromkeys(self.sent.errors.values())),
            sent_bytes=self.sent.size,
        )

    def _build_refusal(self, file: ChunkedFile) -> str | None:
        """Return why the options of the server exclude a file, or None."""
        if file.requires and file.requires not in self.options.accept:
            return f"{_TOO_OLD} ({file.requires})"
        if file.size > self.options.max_file_size:
            return f"{file.size} bytes are more than the server's limit of {self.options.max_file_size}"
        return None

    def _upload_to_project(self, project: str, files: Sequence[ChunkedFile]) -> list[FileResult]:
        def assemble(some: Sequence[ChunkedFile]) -> Statuses:
            found: dict[str, AssembleStatus] = {}
            for batch in _split_into_batches(some):
                found |= self.client.assemble_debug_files(
                    self.transport, project, batch, start=not self.dry_run
                )
            return found

        try:
            return self._complete(files, assemble, project)
        except ActionError as error:
            self.errors.append(error)
            return [_build_failure(file, _describe_error(error), project) for file in files]

    def _complete(
        self,
        files: Sequence[ChunkedFile],
        assemble: Callable[[Sequence[ChunkedFile]], Statuses],
        project: str | None,
    ) -> list[FileResult]:
        """Bring files to a final status: assemble, send missing chunks, assemble again, wait."""
        first = assemble(files)
        if self.dry_run:
            return [
                _build_result(file, first[file.checksum], project, nothing_sent=True)
                for file in files
            ]
        pending = [file for file in files if not first[file.checksum].is_final]
        statuses = dict(first)
        for _ in range(_ROUNDS):
            missing = {one for file in pending for one in statuses[file.checksum].missing}
            missing -= self.sent.errors.keys()
            if not missing:
                break
            self._send(pending, missing)
            pending = [file for file in pending if self._find_error(file) is None]
            statuses |= assemble(pending) if pending else {}
        complete = [file for file in pending if not statuses[file.checksum].missing]
        statuses |= self._wait(complete, statuses, assemble)
        return [
            self._build_outcome(file, first[file.checksum], statuses[file.checksum], project)
            for file in files
        ]

    def _send(self, files: Sequence[ChunkedFile], missing: set[str]) -> None:
        sent = send_missing_chunks(self.client, self.options, files, missing)
        self.sent.size += sent.size
        self.sent.errors |= sent.errors

    def _find_error(self, file: ChunkedFile) -> ActionError | None:
        errors = self.sent.errors
        found = [errors[one.checksum] for one in file.chunks if one.checksum in errors]
        return found[0] if found else None

    def _wait(
        self,
        pending: Sequence[ChunkedFile],
        statuses: Statuses,
        assemble: Callable[[Sequence[ChunkedFile]], Statuses],
    ) -> Statuses:
        """Poll until all files are processed, or Sentry makes no more progress."""
        clock, found = self.client.time.clock, dict(statuses)
        waited_s, poll_s = 0.0, _FIRST_POLL_S
        while True:
            waiting = [one for one in pending if not found[one.checksum].is_final]
            left_s = min(_PROCESSING_S - waited_s, self.client.time.left_s - 1)
            if not waiting or left_s < poll_s:
                return found
            clock.sleep(poll_s)
            waited_s, poll_s = waited_s + poll_s, min(poll_s * 1.5, _MAX_POLL_S)
            before = {one.checksum: found[one.checksum].state for one in waiting}
            found |= assemble(waiting)
            if any(found[one].state != state for one, state in before.items()):
                self.client.time.report_progress()
                waited_s = 0.0

    def _build_outcome(
        self,
        file: ChunkedFile,
        first: AssembleStatus,
        last: AssembleStatus,
        project: str | None,
    ) -> FileResult:
        if first.is_final:
            return _build_result(file, first, project, nothing_sent=True)
        error = self._find_error(file)
        if error is not None:
            return _build_failure(file, _describe_error(error), project)
        if last.missing:
            return _build_failure(file, _NEVER_ARRIVED, project)
        return _build_result(file, last, project, nothing_sent=False)

    def _build_bundle_result(
        self, bundle: ChunkedFile, target: BundleTarget, projects: Sequence[str]
    ) -> FileResult:
        try:
            return self._upload_bundle(bundle, target, projects)
        except ActionError as error:
            self.errors.append(error)
            return _build_failure(bundle, _describe_error(error), None)

    def _upload_bundle(
        self, bundle: ChunkedFile, target: BundleTarget, projects: Sequence[str]
    ) -> FileResult:
        reports_missing = "artifact_bundles_v2" in self.options.accept
        if (self.dry_run or not reports_missing) and self._has_bundle(target, projects):
            return FileResult(file=bundle, state=UploadState.PRESENT)
        if self.dry_run:
            return FileResult(file=bundle, state=UploadState.MISSING)
        if not reports_missing:  # older servers fail a bundle with missing chunks
            self._send([bundle], {chunk.checksum for chunk in bundle.chunks})
            if error := self._find_error(bundle):
                raise error

        def assemble(_files: Sequence[ChunkedFile]) -> Statuses:
            return {
                bundle.checksum: self.client.assemble_bundle(
                    self.transport,
                    bundle,
                    projects=projects,
                    release=target.release,
                    dist=target.dist,
                )
            }

        (result,) = self._complete([bundle], assemble, None)
        return result

    def _has_bundle(self, target: BundleTarget, projects: Sequence[str]) -> bool:
        return all(
            self.client.has_bundle(
                self.transport, project, target.bundle_id, release=target.release, dist=target.dist
            )
            for project in projects
        )

    def _filter_projects(self, target: BundleTarget) -> tuple[str, ...]:
        """Return the projects that the token may upload to."""
        usable = []
        for project in self.client.projects:
            try:
                self._has_bundle(target, [project])
            except ActionError:
                continue  # reported in its result
            usable.append(project)
        return tuple(usable)


def _split_into_batches(files: Sequence[ChunkedFile]) -> Iterator[Sequence[ChunkedFile]]:
    for start in range(0, len(files), _FILES_PER_REQUEST):
        yield files[start : start + _FILES_PER_REQUEST]


def _build_result(
    file: ChunkedFile, status: AssembleStatus, project: str | None, *, nothing_sent: bool
) -> FileResult:
    """Return the result for a status; `nothing_sent` is whether it was read before."""
    if status.state == "error":
        detail = status.detail or "Sentry gives no reason"
        return _build_failure(file, f"{detail} ({_CACHED})" if nothing_sent else detail, project)
    if status.state == "ok":
        state = UploadState.PRESENT if nothing_sent else UploadState.NEW
    else:
        state = UploadState.MISSING if nothing_sent else UploadState.UNPROCESSED
    return FileResult(file=file, state=state, project=project)


def _build_failure(file: ChunkedFile, detail: str, project: str | None) -> FileResult:
    return FileResult(file=file, state=UploadState.FAILED, project=project, detail=detail)


def _describe_error(error: ActionError) -> str:
    return f"{error.message} {error.reason}"
