"""How Sentry takes debug files and bundles of source maps: chunks, assembling, and its refusals."""

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from contract.servers import Reply, Server
from objects import debug_id_of, object_bytes

FORBIDDEN = (403, {"detail": "You do not have permission to perform this action."})
LOST = (404, {"detail": "The requested resource does not exist"})
BUNDLE = "/artifactbundle/assemble/"


def sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()  # noqa: S324 - a name, not a secret


def send(server: Server, *contents: bytes, name: str | None = None) -> Reply:
    """→ the answer to chunks, the first one as it is and the others compressed."""
    body = b""
    for index, content in enumerate(contents):
        field, sent = ("file_gzip", gzip.compress(content)) if index else ("file", content)
        head = f'Content-Disposition: form-data; name="{field}"; filename="{name or sha1(content)}"'
        body += f"--x\r\n{head}\r\n\r\n".encode() + sent + b"\r\n"
    multipart = "multipart/form-data; boundary=x"
    return server.query("POST", "/chunk-upload/", body + b"--x--\r\n", content_type=multipart)


def unique(name: str) -> bytes:
    """→ an object file that no server has, by padding that means nothing, and by what follows."""
    content, sign = object_bytes()[name], uuid4().bytes
    return (content[:9] + sign[:7] + content[16:] if name.startswith("elf") else content) + sign


def assemble_body(content: bytes, *chunks: bytes, name: str = "app.symbols") -> dict[str, Any]:
    debug_id = debug_id_of("elf-aarch64")
    listed = [sha1(chunk) for chunk in chunks]
    return {sha1(content): {"name": name, "debug_id": debug_id, "chunks": listed}}


def finished(server: Server, look: Callable[[], Any]) -> Any:  # noqa: ANN401 - any JSON
    """→ a status once it is final."""
    server.eventually(lambda: look()["state"] in {"ok", "error"}, expected=True)
    return look()


def test_the_options_name_every_limit(contract_server: Server) -> None:
    body = contract_server.query("GET", "/chunk-upload/").body

    assert {key: body[key] for key in ("chunkSize", "chunksPerRequest", "maxRequestSize")} == {
        "chunkSize": 8388608,
        "chunksPerRequest": 64,
        "maxRequestSize": 33554432,
    }
    assert body["url"].endswith(
        f"/api/0/organizations/{contract_server.organization}/chunk-upload/"
    )
    assert (body["compression"], body["hashAlgorithm"]) == (["gzip"], "sha1")
    assert {"debug_files", "artifact_bundles"} <= set(body["accept"])


def test_a_debug_file_is_assembled_from_its_chunks_and_found_by_its_id(
    contract_server: Server,
) -> None:
    content = unique("elf-aarch64")
    first, second = content[:1000], content[1000:]
    body = assemble_body(content, first, second)

    def look() -> Any:  # noqa: ANN401 - any JSON
        return contract_server.query("POST", contract_server.assemble, body).body[sha1(content)]

    before = look()
    assert before["state"] == "not_found"
    assert set(before["missingChunks"]) == {sha1(first), sha1(second)}
    assert send(contract_server, first, second).status == 200
    after = finished(contract_server, look)

    assert (after["state"], after["missingChunks"]) == ("ok", [])
    assert after["dif"]["debugId"] == debug_id_of("elf-aarch64")
    listed = contract_server.query(
        "GET", f"{contract_server.web_files}/dsyms/?debug_id={debug_id_of('elf-aarch64')}"
    ).body
    assert sha1(content) in {one["sha1"] for one in listed}
    assert {"debug", "symtab"} <= set(listed[0]["data"]["features"])
    assert contract_server.query(
        "GET", f"{contract_server.web_files}/dsyms/?debug_id={uuid4()}"
    ).output == (200, [])


def test_asking_without_chunks_starts_nothing(contract_server: Server) -> None:
    content = unique("elf-aarch64")
    send(contract_server, content)

    for _ in range(2):
        actual = contract_server.query("POST", contract_server.assemble, assemble_body(content))
        assert actual.output == (200, {sha1(content): {"state": "not_found", "missingChunks": []}})


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("macho-universal", "Object contains 2 architectures (1 expected)"),
        (None, "Invalid debug information file: unsupported object file format"),
    ],
)
def test_a_file_that_sentry_cannot_use_ends_with_its_reason_which_is_remembered(
    contract_server: Server, name: str | None, detail: str
) -> None:
    content = unique(name) if name else b'["Shop","a"]' + uuid4().hex.encode()
    send(contract_server, content)

    def look() -> Any:  # noqa: ANN401 - any JSON
        return contract_server.query(
            "POST", contract_server.assemble, assemble_body(content, content)
        ).body[sha1(content)]

    for _ in range(2):
        status = finished(contract_server, look)
        assert (status["state"], status["detail"]) == ("error", detail)


def bundle(server: Server, release: str, bundle_id: str) -> bytes:
    target = io.BytesIO()
    manifest: dict[str, object] = {"org": server.organization, "release": release}
    manifest |= {"dist": "1", "debug_id": bundle_id}
    manifest["files"] = {"files/_/_/a.js": {"type": "minified_source", "url": "~/a.js"}}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("files/_/_/a.js", b"var a;")
        archive.writestr("manifest.json", json.dumps(manifest))
    return b"SYSB\x02\0\0\0" + target.getvalue()


def bundle_body(content: bytes, release: str, *projects: str) -> dict[str, Any]:
    found = {"checksum": sha1(content), "chunks": [sha1(content)], "version": release, "dist": "1"}
    return found | {"projects": list(projects) or ["web"]}


def test_a_bundle_is_listed_with_its_release_and_dist(
    contract_server: Server, contract_name: str
) -> None:
    bundle_id = str(uuid4())
    content = bundle(contract_server, contract_name, bundle_id)
    send(contract_server, content)
    body = bundle_body(content, contract_name)

    status = finished(contract_server, lambda: contract_server.query("POST", BUNDLE, body).body)

    assert status["state"] == "ok"
    listed = contract_server.query(
        "GET", f"{contract_server.web_files}/artifact-bundles/?query={bundle_id}"
    ).body
    assert [(one["bundleId"], one["associations"]) for one in listed] == [
        (bundle_id, [{"release": contract_name, "dist": "1"}])
    ]
    assert contract_server.query(
        "GET", f"{contract_server.web_files}/artifact-bundles/?query={uuid4()}"
    ).output == (
        200,
        [],
    )
    assert contract_server.query("GET", contract_server.at(contract_name)).status == 404


def test_an_older_server_takes_a_bundle_without_its_chunks_for_broken(
    contract_server: Server, contract_name: str
) -> None:
    content = bundle(contract_server, contract_name, str(uuid4()))
    body = bundle_body(content, contract_name)

    status = finished(contract_server, lambda: contract_server.query("POST", BUNDLE, body).body)

    assert status["state"] == "error"
    assert status["detail"] == "Not all chunks available for assembling"


def test_unknown_projects_are_refused(contract_server: Server, contract_name: str) -> None:
    content = bundle(contract_server, contract_name, str(uuid4()))
    body = bundle_body(content, contract_name, "web", "nowhere")

    assert contract_server.query("POST", BUNDLE, body).output == (
        400,
        {"error": "One or more projects are invalid"},
    )
    lost = contract_server.query("POST", contract_server.assemble.replace("/web/", "/nowhere/"), {})
    assert lost.output == LOST


def test_a_token_of_an_organization_may_upload_and_one_that_only_reads_may_not(
    contract_server: Server,
) -> None:
    for token, output in (
        (contract_server.organization_token, 200),
        (contract_server.readonly_token, 403),
    ):
        actual = contract_server.query(
            "POST", contract_server.assemble, {}, authorization=f"Bearer {token}"
        )
        assert actual.status == output
    bearer = f"Bearer {contract_server.readonly_token}"
    actual = contract_server.query("POST", "/chunk-upload/", b"", authorization=bearer)
    assert actual.output == FORBIDDEN
