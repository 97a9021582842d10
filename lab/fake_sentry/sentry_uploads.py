"""Sentry's endpoints for uploads: chunks, debug files, and bundles of source maps."""

import gzip
import hashlib
import io
import json
import re
import zipfile
from typing import Any

from fake_sentry.sentry_access import not_found, token_of
from fake_sentry.state import Store, Uploads, now
from fake_sentry.wire import Answer, Query, Refused

UPLOAD_ROUTE = re.compile(
    r"/api/0/(?:organizations/(?P<org>[^/]+)/(?P<part>chunk-upload|artifactbundle/assemble)"
    r"|projects/(?P<owner>[^/]+)/(?P<project>[^/]+)/files/"
    r"(?P<files>difs/assemble|dsyms|artifact-bundles))/"
)
MAX_CHUNKS, MAX_REQUEST_SIZE = 64, 32 * 1024 * 1024
_CHECKSUM = re.compile(r"[0-9a-f]{40}")
_PART = re.compile(rb'name="(file|file_gzip)"; filename="([^"]*)"')
_IMAGES = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"MZ", b"Microsoft C/C++ MSF")
_UNIVERSAL = b"\xca\xfe\xba\xbe"
Body = dict[str, Any]


def answer_on_uploads(store: Store, query: Query, found: re.Match[str]) -> Answer:
    """
    Return what an endpoint for uploads answers.

    Raises:
        Refused: as the endpoint says
    """
    token_of(store, query)
    if (found["org"] or found["owner"]) != store.organization:
        not_found()
    project = found["project"]
    if project and not store.project(project):
        not_found()
    endpoint = {
        ("GET", "chunk-upload"): lambda: _options(store),
        ("POST", "chunk-upload"): lambda: _take_chunks(store.uploads, query),
        ("POST", "artifactbundle/assemble"): lambda: _assemble_bundle(store, _json(query)),
        ("POST", "difs/assemble"): lambda: _assemble_debug_files(store, project, _json(query)),
        ("GET", "dsyms"): lambda: _list_debug_files(store.uploads, project, query),
        ("GET", "artifact-bundles"): lambda: _list_bundles(store.uploads, project, query),
    }.get((query.method, found["part"] or found["files"]))
    if endpoint is None:
        raise Refused(405, {"detail": f'Method "{query.method}" not allowed.'})
    return endpoint()


def _options(store: Store) -> Answer:
    path = f"/api/0/organizations/{store.organization}/chunk-upload/"
    return Answer(
        body={
            "url": f"{store.url}{path}",
            "chunkSize": store.uploads.chunk_size,
            "chunksPerRequest": MAX_CHUNKS,
            "maxFileSize": 2 * 1024**3,
            "maxRequestSize": MAX_REQUEST_SIZE,
            "concurrency": 8,
            "hashAlgorithm": "sha1",
            "compression": ["gzip"],
            "accept": list(store.uploads.accept),
        }
    )


def chunks_in(query: Query) -> list[tuple[str, bytes]]:
    """Return the name and the decompressed bytes of each chunk of a multipart body."""
    boundary = query.headers.get("content-type", "").partition("boundary=")[2].encode()
    found = []
    for part in query.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if named := _PART.search(head):
            content = content.removesuffix(b"\r\n")
            plain = gzip.decompress(content) if named[1] == b"file_gzip" else content
            found.append((named[2].decode(), plain))
    return found


def _take_chunks(uploads: Uploads, query: Query) -> Answer:
    chunks = chunks_in(query)
    if any(len(content) > uploads.chunk_size for _, content in chunks):
        raise Refused(400, {"error": "Chunk size too large"})
    if sum(len(content) for _, content in chunks) > MAX_REQUEST_SIZE:
        raise Refused(400, {"error": "Request too large"})
    if len(chunks) > MAX_CHUNKS:
        raise Refused(400, {"error": "Too many chunks"})
    for name, content in chunks:
        if hashlib.sha1(content).hexdigest() != name:
            raise Refused(400, {"error": "Checksum mismatch"})
        uploads.chunks[name] = content
    return Answer(body="", headers={"Content-Type": "text/html; charset=utf-8"})


def _json(query: Query) -> Body:
    try:
        found = json.loads(query.body)
    except ValueError:
        raise Refused(400, {"error": "Invalid json body"}) from None
    if not isinstance(found, dict):
        raise Refused(400, {"error": f"{found!r} is not of type 'object'"})
    return found


def _assemble_debug_files(store: Store, project: str, body: Body) -> Answer:
    for checksum, one in body.items():
        if not _CHECKSUM.fullmatch(checksum) or not {"name", "chunks"} <= set(one):
            raise Refused(400, {"error": "'name' is a required property"})
    return Answer(body={key: _assemble(store, project, key, one) for key, one in body.items()})


def _assemble(store: Store, project: str, checksum: str, body: Body) -> Body:
    uploads = store.uploads
    key = (project, checksum)
    if key in uploads.states:
        return _remembered(uploads, key)
    own = [one for one in uploads.debug_files.get(project, []) if one["sha1"] == checksum]
    if own:
        return {"state": "ok", "detail": None, "missingChunks": [], "dif": own[-1]}
    if not body["chunks"]:
        return {"state": "not_found", "missingChunks": []}
    missing = [one for one in body["chunks"] if one not in uploads.chunks]
    if missing:
        return {"state": "not_found", "missingChunks": missing}
    content = b"".join(uploads.chunks[one] for one in body["chunks"])
    uploads.states[key] = _debug_file(uploads, project, checksum, body, content)
    return {"state": "created", "missingChunks": []}


def _remembered(uploads: Uploads, key: tuple[str, str]) -> Body:
    uploads.polls[key] = uploads.polls.get(key, 0) + 1
    if uploads.polls[key] <= uploads.busy_polls:
        return {"state": "assembling", "detail": None, "missingChunks": []}
    return uploads.states[key]


def _debug_file(uploads: Uploads, project: str, checksum: str, body: Body, content: bytes) -> Body:
    if hashlib.sha1(content).hexdigest() != checksum:
        return _error("Reported checksum mismatch")
    if content.startswith(_UNIVERSAL):
        return _error("Object contains 2 architectures (1 expected)")
    is_map = "dartsymbolmap" in uploads.accept and content.lstrip().startswith(b"[")
    is_mapping = "proguard" in uploads.accept and body["name"].startswith("/proguard/")
    if not (content.startswith(_IMAGES) or is_map or is_mapping):
        return _error("Invalid debug information file: unsupported object file format")
    dif = {
        "id": str(1 + sum(map(len, uploads.debug_files.values()))),
        "uuid": str(body.get("debug_id"))[:36],
        "debugId": body.get("debug_id"),
        "codeId": None,
        "cpuName": "any",
        "symbolType": "elf",
        "headers": {"Content-Type": "application/octet-stream"},
        "dateCreated": now().isoformat(),
        "objectName": body["name"],
        "sha1": checksum,
        "size": len(content),
        "data": {"type": "lib", "features": ["symtab"] + ["debug"] * (b".debug_info" in content)},
    }
    uploads.debug_files.setdefault(project, []).append(dif)
    return {"state": "ok", "detail": None, "missingChunks": [], "dif": dif}


def _error(detail: str) -> Body:
    return {"state": "error", "detail": detail, "missingChunks": []}


def _assemble_bundle(store: Store, body: Body) -> Answer:
    uploads, projects = store.uploads, body.get("projects") or []
    if not _CHECKSUM.fullmatch(str(body.get("checksum"))) or "/" in body.get("version", ""):
        raise Refused(400, {"error": "the body does not match the schema"})
    if not projects:
        raise Refused(400, {"error": "You need to specify at least one project"})
    if not all(map(store.project, projects)):
        raise Refused(400, {"error": "One or more projects are invalid"})
    key = ("", body["checksum"])
    missing = [one for one in body["chunks"] if one not in uploads.chunks]
    if missing and uploads.asks_for_chunks:
        return Answer(body={"state": "not_found", "missingChunks": missing})
    if key in uploads.states:
        return Answer(body=_remembered(uploads, key))
    if not body["chunks"]:
        return Answer(body={"state": "not_found", "missingChunks": []})
    content = b"" if missing else b"".join(uploads.chunks[one] for one in body["chunks"])
    uploads.states[key] = _bundle(uploads, projects, body, content)
    return Answer(body={"state": "created", "missingChunks": []})


def _bundle(uploads: Uploads, projects: list[str], body: Body, content: bytes) -> Body:
    if not content:
        return _error("Not all chunks available for assembling")
    if hashlib.sha1(content).hexdigest() != body["checksum"]:
        return _error("Reported checksum mismatch")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            manifest = json.loads(archive.read("manifest.json"))
    except (zipfile.BadZipFile, KeyError, ValueError):
        return _error("the bundle is invalid")
    bundle = {
        "bundleId": manifest["debug_id"],
        "associations": [{"release": body.get("version"), "dist": body.get("dist")}],
        "fileCount": len(manifest["files"]),
    }
    for project in projects:
        uploads.bundles.setdefault(project, []).append(bundle)
    return {"state": "ok", "detail": None, "missingChunks": []}


def _list_debug_files(uploads: Uploads, project: str, query: Query) -> Answer:
    expected = query.one("debug_id")
    listed = uploads.debug_files.get(project, [])
    return Answer(body=[one for one in listed if expected in {"", one["debugId"]}])


def _list_bundles(uploads: Uploads, project: str, query: Query) -> Answer:
    expected = query.one("query")
    listed = uploads.bundles.get(project, [])
    return Answer(body=[one for one in listed if expected in {"", one["bundleId"]}])
