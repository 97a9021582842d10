"""Claims about source maps and obfuscation maps: the build's own files stay as they are."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.upload.build_contents import BuildContents, DebugMap
from sentry_release.upload.byte_readers import BytesReader
from sentry_release.upload.debug_files import (
    MAP_MARKER,
    build_mapping_name,
    is_obfuscation_map,
    is_r8_mapping,
    mark_obfuscation_map,
    parse_mapping_ids,
)
from sentry_release.upload.upload_plan import plan_upload
from sentry_release.upload.web_bundle import (
    ArtifactType,
    BundledFile,
    BundleOwner,
    embed_sources,
    find_debug_id,
    find_map_name,
    write_artifact_bundle,
)

ID = "16fbd4ef-0eaf-25c8-74dd-6b23c2f9a7fd"
OWNER = BundleOwner(organization="acme", projects=("shop",), release="shop@1.0+1", dist="1")
SCRIPT = b"var a=1;\n//# sourceMappingURL=main.dart.js.map\n"
DART2JS = {
    "version": 3,
    "engine": "v2",
    "file": "main.dart.js",
    "sourceRoot": "",
    "sources": [
        "../../../lib/main.dart",
        "../../../../.pub-cache/hosted/pub.dev/http-1.2.0/lib/http.dart",
        "org-dartlang-sdk:///lib/core/list.dart",
    ],
    "names": ["main"],
    "mappings": "AAAA",
    "x_org_dartlang_dart2js": {"minified_names": {"global": "a,0"}},
}


def created(content: bytes, debug_id: str = ID) -> bytes:
    reader = mark_obfuscation_map(content, debug_id)
    marked = reader.read_at(0, reader.size)
    assert len(marked) == reader.size
    return marked


@tried
@given(st.lists(st.tuples(st.text(), st.text()), min_size=1), st.sampled_from([None, 1]))
def test_a_marked_map_is_the_map_with_one_more_pair(
    pairs: list[tuple[str, str]], indent: int | None
) -> None:
    names = [name for pair in pairs for name in pair]
    text = json.dumps(names, ensure_ascii=indent is None, indent=indent)
    content = text.encode("utf-8", "surrogatepass")
    is_utf8 = text.encode("utf-8", "replace") == content

    assert is_obfuscation_map(content) is is_utf8
    if is_utf8:
        assert json.loads(created(content)) == [MAP_MARKER, ID, *names]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'["a"]',
        b'["a","b","c"]',
        b'["a",1]',
        b'{"a":"b"}',
        b'["a","b"] x',
        b'["a","b",]',
        b'["a" "b"]',
        b'["a","\\ud8zz"]',
        b'[["a","b"]]',
        b'["a","b\n"]',
        b'["a","b"',
    ],
)
def test_other_json_is_not_an_obfuscation_map(content: bytes) -> None:
    assert not is_obfuscation_map(content)


def test_each_architecture_gets_a_copy_of_its_own() -> None:
    content = b'["Shop","a"]'

    assert created(content) == b'["SENTRY_DEBUG_ID_MARKER","%s","Shop","a"]' % ID.encode()
    assert created(content, "other") != created(content)


def read_lib(path: PurePosixPath) -> str | None:
    return {"lib/main.dart": "void main() {}\n"}.get(str(path))


def test_only_the_apps_own_sources_are_embedded_and_the_rest_of_the_map_stays() -> None:
    content = json.dumps(DART2JS).encode()

    embedded = json.loads(embed_sources(content, read_lib))

    assert embedded.pop("sourcesContent") == ["void main() {}\n", None, None]
    assert embedded == DART2JS


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"version":3}',
        b'{"version":2,"sources":["lib/main.dart"]}',
        b'{"version":3,"sources":["lib/main.dart"],"sourcesContent":[null]}',
        b'{"version":3,"sources":["lib/../../secret.dart"]}',
        b'{"version":3,"sources":["/lib/main.dart"]}',
        b'{"version":3,"sources":["..\\\\lib\\\\main.dart"]}',
        b'{"version":3,"sources":["lib/main.txt"]}',
        b'{"version":3,"sources":["lib/a\\\\b.dart"]}',
        b'{"version":3,"sources":["lib/a\\u0000.dart"]}',
        b'{"version":3,"sources":[["lib/main.dart"]]}',
        b'{"version":3,"sources":["lib/main.dart"]} x',
        b'{"version":3,"sources":["lib/main.dart"]',
        b'{"a":' * 5000,
    ],
)
def test_a_map_without_sources_of_the_app_is_sent_as_it_is(content: bytes) -> None:
    assert (
        embed_sources(content, lambda _path: "secret") is content
        or embed_sources(content, lambda _path: "secret") == content
    )


@tried
@given(st.recursive(st.none() | st.text() | st.integers(), st.lists))
def test_any_member_of_a_map_survives(extra: object) -> None:
    content = json.dumps({"extra": extra} | DART2JS, indent=2).encode()

    embedded = json.loads(embed_sources(content, read_lib))

    assert {key: value for key, value in embedded.items() if key != "sourcesContent"} == {
        "extra": extra
    } | DART2JS


@pytest.mark.parametrize(
    ("tail", "name"),
    [
        (SCRIPT, "main.dart.js.map"),
        (b"//@ sourceMappingURL=a.js.map", "a.js.map"),
        (b"//# sourceMappingURL=old.map\n//# sourceMappingURL=new.map", "new.map"),
        (b"//# sourceMappingURL=../../etc/passwd.map", None),
        (b"//# sourceMappingURL=https://cdn.example/a.map", None),
        (b"//# sourceMappingURL=data:application/json;base64,e30=", None),
        (b"//# sourceMappingURL=\xff.map", None),
        (b"var flutter = 1;", None),
    ],
)
def test_the_map_of_a_script_is_the_file_beside_it(tail: bytes, name: str | None) -> None:
    assert find_map_name(tail) == name


def test_a_debug_id_that_was_injected_is_found() -> None:
    assert find_debug_id(SCRIPT + b"//# debugId=" + ID.encode()) == ID
    assert find_debug_id(f"//# debugId={ID[::-1]}\n//# debugId={ID}".encode()) == ID
    assert find_debug_id(SCRIPT + b"//# debugId=" + b"-" * 36) is None
    assert find_debug_id(SCRIPT) is None


def bundle_of(*files: BundledFile, owner: BundleOwner = OWNER) -> bytes:
    target = io.BytesIO()
    write_artifact_bundle(files, owner, target)
    return target.getvalue()


def web_files(debug_id: str | None = None) -> tuple[BundledFile, BundledFile]:
    return (
        BundledFile(
            path="main.dart.js",
            type=ArtifactType.SOURCE,
            reader=BytesReader(SCRIPT),
            source_map="main.dart.js.map",
            debug_id=debug_id,
        ),
        BundledFile(
            path="main.dart.js.map",
            type=ArtifactType.SOURCE_MAP,
            reader=BytesReader(json.dumps(DART2JS).encode()),
            debug_id=debug_id,
        ),
    )


def test_the_same_build_gives_the_same_bundle_whatever_the_order() -> None:
    first, second = web_files()

    assert bundle_of(first, second) == bundle_of(second, first)


def test_another_release_dist_project_or_content_gives_another_bundle_id() -> None:
    script, source_map = web_files()
    owners = [
        OWNER,
        BundleOwner(organization="acme", projects=("shop",), release="shop@1.0+2", dist="1"),
        BundleOwner(organization="acme", projects=("shop",), release="shop@1.0+1", dist="2"),
        BundleOwner(organization="acme", projects=("web",), release="shop@1.0+1", dist="1"),
    ]
    bundles = [bundle_of(script, source_map, owner=owner) for owner in owners]
    bundles.append(bundle_of(script))

    ids = [json.loads(read_bundle(one)["manifest.json"])["debug_id"] for one in bundles]

    assert len(set(ids)) == len(bundles)


def read_bundle(content: bytes) -> dict[str, bytes]:
    assert content.startswith(b"SYSB\x02\0\0\0")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_holds_the_files_as_they_were_built_and_both_ways_to_find_them() -> None:
    files = read_bundle(bundle_of(*web_files(ID)))
    manifest = json.loads(files["manifest.json"])

    assert files["files/_/_/main.dart.js"] == SCRIPT
    assert manifest["files"]["files/_/_/main.dart.js"] == {
        "type": "minified_source",
        "url": "~/main.dart.js",
        "headers": {"sourcemap": "main.dart.js.map", "debug-id": ID},
    }
    assert (manifest["release"], manifest["dist"]) == ("shop@1.0+1", "1")


def test_a_bundle_for_several_projects_names_the_first() -> None:
    owner = BundleOwner(organization="acme", projects=("shop", "web"), release="a@1", dist=None)

    manifest = json.loads(read_bundle(bundle_of(*web_files(), owner=owner))["manifest.json"])

    assert (manifest["project"], "dist" in manifest) == ("shop", False)


@pytest.mark.parametrize(
    "head",
    [
        b"# compiler: R8\n# pg_map_id: 1\ncom.example.A -> a.a:\n",
        b"com.example.A -> a.a:\r\n    void b() -> c\r\n",
    ],
)
def test_an_r8_mapping_is_known_by_its_first_class(head: bytes) -> None:
    assert is_r8_mapping(head)


@pytest.mark.parametrize("head", [b"# a comment alone\n", b"key: value\n", b"a -> b\n", b""])
def test_other_text_is_not_an_r8_mapping(head: bytes) -> None:
    assert not is_r8_mapping(head)


def test_the_ids_of_a_mapping_come_from_the_app() -> None:
    text = f"#Generated\nio.sentry.ProguardUuids=none|{ID}|{ID}|none\nio.sentry.build-tool=gradle\n"

    assert parse_mapping_ids(text.encode()) == (ID,)
    assert parse_mapping_ids(b"io.sentry.build-tool=gradle") == ()
    assert build_mapping_name(ID) == f"/proguard/{ID}.txt"


@dataclass(frozen=True, slots=True)
class Sized:
    """A file that claims a size."""

    content: bytes
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        return self.content[offset : offset + length]


@pytest.mark.parametrize(("more", "is_embedded"), [(0, True), (1, False)])
def test_sources_are_embedded_in_maps_of_at_most_64_mebibytes(
    more: int, *, is_embedded: bool
) -> None:
    source_map = Sized(json.dumps(DART2JS).encode(), 64 * 1024 * 1024 + more)
    found = BuildContents(web_files={"a.js": BytesReader(SCRIPT), "main.dart.js.map": source_map})

    (_, planned) = plan_upload(found, chunk_size=1000, read_source=read_lib).web_files

    assert (b"void main" in planned.reader.read_at(0, 1000)) is is_embedded


@pytest.mark.parametrize(("more", "name"), [(0, "other.js.map"), (1, "a.js.map")])
def test_the_name_of_the_map_is_in_the_last_2048_bytes(more: int, name: str) -> None:
    reference = b"//# sourceMappingURL=other.js.map"
    script = b"x" * 3000 + b"\n" + reference.ljust(2048 + more)
    found = BuildContents(
        web_files={
            "a.js": BytesReader(script),
            "a.js.map": BytesReader(b"{}"),
            "other.js.map": BytesReader(b"{}"),
        }
    )

    plan = plan_upload(found, chunk_size=1000, read_source=None)

    assert [one.path for one in plan.web_files] == ["a.js", name]
    assert plan.web_files[0].source_map == name


def test_a_script_may_be_nothing_but_the_name_of_its_map() -> None:
    found = BuildContents(
        web_files={
            "a.js": BytesReader(b"//# sourceMappingURL=b.js.map"),
            "b.js.map": BytesReader(b"{}"),
        }
    )

    plan = plan_upload(found, chunk_size=1000, read_source=None)

    assert [one.path for one in plan.web_files] == ["a.js", "b.js.map"]


def test_only_dart_scripts_need_a_map() -> None:
    found = BuildContents(
        web_files={"main.dart.js": BytesReader(b""), "flutter.js": BytesReader(b"")}
    )

    plan = plan_upload(found, chunk_size=1000, read_source=None)

    assert (plan.web_files, plan.without_map) == ((), ("main.dart.js",))


def test_the_newest_mapping_gets_the_last_id_of_the_app() -> None:
    mappings = [
        DebugMap(path=path, reader=BytesReader(path.encode()), modified=modified)
        for path, modified in (("a.txt", 1.0), ("b.txt", 3.0), ("c.txt", 2.0))
    ]
    found = BuildContents(r8_mappings=mappings, mapping_ids=["0", ID])

    (planned,) = plan_upload(found, chunk_size=1000, read_source=None).files
    without_id = plan_upload(BuildContents(r8_mappings=mappings), chunk_size=9, read_source=None)

    assert (planned.path, planned.file.name) == ("b.txt", f"/proguard/{ID}.txt")
    assert without_id.files == ()
