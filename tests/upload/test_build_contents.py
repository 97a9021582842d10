"""Claims about the files of a build: what each is taken for, by its path, content and age."""

from dataclasses import dataclass, field

import pytest

from object_builders import IDENTIFIED, build_elf
from objects import debug_id_of, object_bytes, zip_of
from sentry_release.model.platform import Platform
from sentry_release.upload.build_contents import (
    BuildContents,
    DebugMap,
    collect_build,
    collect_requested,
    find_dart_ids,
)
from sentry_release.upload.byte_readers import BytesReader

ALL = frozenset(Platform)
ID = "16fbd4ef-0eaf-25c8-74dd-6b23c2f9a7fd"
APK = "build/app/outputs/flutter-apk/app-release.apk"
LINUX = "build/linux/x64/release/bundle"
SYMBOLS = "build/symbols/app.android-arm64.symbols"
MAP = b'["Shop","a"]'
R8 = b"# compiler: R8\ncom.example.A -> a.a:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of a build that records how much of it is read."""

    path: str
    content: bytes
    modified: float = 100.0
    lengths: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.content)

    def read_at(self, offset: int, length: int) -> bytes:
        self.lengths.append(length)
        return self.content[offset : offset + length]


def collect(*files: File, newer_than: float | None = None) -> BuildContents:
    return collect_build(files, platforms=ALL, newer_than=newer_than)


def apk(*paths: str) -> bytes:
    return zip_of({path: object_bytes()["elf-aarch64-stripped"] for path in paths})


@pytest.mark.parametrize(
    ("modified", "newer_than", "is_found"),
    [(100.0, None, True), (100.0, 100.0, True), (99.9, 100.0, False)],
)
def test_files_older_than_the_job_are_listed_and_left_out(
    modified: float, newer_than: float | None, *, is_found: bool
) -> None:
    contents = {
        SYMBOLS: object_bytes()["elf-aarch64"],
        "build/web/main.dart.js": b"",
        "build/app/names.json": MAP,
    }
    files = [File(path=path, content=one, modified=modified) for path, one in contents.items()]

    found = collect(*files, newer_than=newer_than)

    counts = [len(found.candidates), len(found.web_files), len(found.obfuscation_maps)]
    assert counts == [int(is_found)] * 3
    assert found.older == ([] if is_found else [SYMBOLS, "build/web/main.dart.js"])


def test_only_files_of_the_platforms_count() -> None:
    files = [
        File(path=SYMBOLS, content=object_bytes()["elf-aarch64"]),
        File(path="build/symbols/app.linux-x64.symbols", content=object_bytes()["elf-x86_64"]),
        File(path="build/web/main.dart.js", content=b""),
    ]

    found = collect_build(files, platforms=frozenset({Platform.LINUX}), newer_than=None)

    assert [one.path for one in found.candidates] == ["build/symbols/app.linux-x64.symbols"]
    assert not found.web_files


def test_the_folder_of_the_web_build_is_the_one_with_the_scripts() -> None:
    files = [File(path="public/app/main.dart.js", content=b"")]

    found = collect_build(
        files, platforms=ALL, newer_than=None, web_folders=frozenset({"public/app"})
    )

    assert (found.web_folder, [*found.web_files]) == ("public/app", ["main.dart.js"])


def test_an_app_is_as_new_as_the_newest_of_its_files() -> None:
    found = collect(
        File(path=f"{LINUX}/shop", content=build_elf([IDENTIFIED]), modified=7),
        File(path=f"{LINUX}/lib/libapp.so", content=object_bytes()["elf-x86_64"], modified=9),
        File(path=f"{LINUX}/data/icon.png", content=b"", modified=8),
        File(path=APK, content=apk("lib/arm64-v8a/libapp.so"), modified=5),
    )

    assert found.app_times == {LINUX: 9, APK: 5}
    assert found.app_platforms == {LINUX: Platform.LINUX, APK: Platform.ANDROID}
    assert [(one.app, one.path) for one in found.images] == [
        (APK, "lib/arm64-v8a/libapp.so"),
        (LINUX, "bundle/shop"),
        (LINUX, "bundle/lib/libapp.so"),
    ]
    assert set(found.dart_code) == {LINUX, APK}


def test_archives_that_cannot_be_opened_are_named() -> None:
    path = "build/app/outputs/native-debug-symbols/release/native-debug-symbols.zip"
    found = collect(File(path=APK, content=b"PK"), File(path=path, content=b"PK\x03\x04"))
    collect_requested(found, "more", [File(path="a.zip", content=b"PK\x03\x04")])

    assert found.unreadable == [APK, path, "more/a.zip"]


def test_the_debug_files_of_a_build_are_not_requested() -> None:
    path = "build/app/outputs/native-debug-symbols/release/native-debug-symbols.zip"

    (found,) = collect(File(path=path, content=apk("arm64-v8a/libapp.so"))).candidates

    assert (found.path, found.is_requested) == (f"{path}/arm64-v8a/libapp.so", False)


@pytest.mark.parametrize(("size", "is_known"), [(4096, True), (4097, False)])
def test_an_r8_mapping_is_known_by_its_first_4096_bytes(size: int, *, is_known: bool) -> None:
    first = b"com.example.A -> a.a:\n"
    content = b"#".ljust(size - len(first) - 1, b"x") + b"\n" + first
    found = collect(File(path="build/app/outputs/mapping/release/mapping.txt", content=content))
    collect_requested(found, "more", [File(path="mapping.txt", content=content)])

    assert len(found.r8_mappings) == (2 if is_known else 0)


@pytest.mark.parametrize(("size", "ids"), [(64 * 1024, [ID]), (64 * 1024 + 1, [])])
def test_the_ids_of_mappings_are_in_the_first_64_kibibytes(size: int, ids: list[str]) -> None:
    line = f"io.sentry.ProguardUuids={ID}".encode()
    properties = b"#".ljust(size - len(line) - 1, b"x") + b"\n" + line
    content = zip_of({"assets/sentry-debug-meta.properties": properties})

    assert collect(File(path=APK, content=content)).mapping_ids == ids


@pytest.mark.parametrize("folder", ["", "base/"])
def test_an_android_app_names_the_ids_of_its_mappings(folder: str) -> None:
    properties = f"io.sentry.ProguardUuids={ID}\n".encode()
    content = zip_of({f"{folder}assets/sentry-debug-meta.properties": properties, "other": b""})

    assert collect(File(path=APK, content=content)).mapping_ids == [ID]


def test_the_symbols_within_an_app_bundle_are_debug_files() -> None:
    folder = "BUNDLE-METADATA/com.android.tools.build.debugsymbols"
    path = "build/app/outputs/bundle/release/app-release.aab"

    found = collect(File(path=path, content=apk(f"{folder}/arm64-v8a/libapp.so", "other/a.so")))

    assert [one.path for one in found.candidates] == [f"{path}/{folder}/arm64-v8a/libapp.so"]
    assert not found.candidates[0].is_requested


def test_a_json_file_is_read_as_a_whole_only_if_it_begins_like_a_map() -> None:
    other = File(path="build/a.json", content=b'{"a":"%s"}' % (b"x" * 1000))
    map_ = File(path="build/b.json", content=b" " * 63 + MAP)

    found = collect(other, map_)

    assert [one.path for one in found.obfuscation_maps] == ["build/b.json"]
    assert sum(other.lengths) == 64


@pytest.mark.parametrize(("more", "is_read"), [(0, True), (1, False)])
def test_an_obfuscation_map_has_at_most_32_mebibytes(more: int, *, is_read: bool) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Large(File):
        @property
        def size(self) -> int:
            return 32 * 1024 * 1024 + more

    found = collect(Large(path="build/a.json", content=MAP))

    assert bool(found.obfuscation_maps) is is_read


def test_a_requested_folder_is_taken_whatever_the_names_and_ages_are() -> None:
    found = BuildContents(web_files={"a.js": BytesReader(b"of the build")})
    contents = {
        "a.js": b"x",
        "b.js.map": b"{}",
        "symbols.zip": apk("a.so"),
        "names.json": MAP,
        "other.json": b"{}",
        "mapping.txt": R8,
        "old/mapping.txt": b"text",
        "app.so": object_bytes()["elf-x86_64"],
    }

    collect_requested(
        found, "more", [File(path=path, content=one) for path, one in contents.items()]
    )

    assert [*found.web_files] == ["a.js", "b.js.map"]
    assert found.web_files["a.js"].size == len(b"of the build")
    assert [(one.path, one.is_requested) for one in found.candidates] == [
        ("more/symbols.zip/a.so", True),
        ("more/app.so", True),
    ]
    assert [one.path for one in found.obfuscation_maps] == ["more/names.json"]
    assert [one.path for one in found.r8_mappings] == ["more/mapping.txt"]


@pytest.mark.parametrize(
    ("modified", "name"),
    [(5.0, "elf-aarch64"), (10.0, "elf-aarch64"), (10.5, "elf-x86_64"), (90.0, "elf-x86_64")],
    ids=["before both", "with the first", "between both", "after both"],
)
def test_an_obfuscation_map_belongs_to_the_app_that_was_finished_next(
    modified: float, name: str
) -> None:
    found = collect(
        File(path=APK, content=apk("lib/arm64-v8a/libapp.so"), modified=10),
        File(path=f"{LINUX}/lib/libapp.so", content=object_bytes()["elf-x86_64"], modified=20),
        File(path=f"{LINUX}/shop", content=build_elf([IDENTIFIED]), modified=19),
    )
    obfuscation_map = DebugMap(path="a.json", reader=BytesReader(MAP), modified=modified)

    assert find_dart_ids(found, obfuscation_map) == (debug_id_of(name),)


def test_without_an_app_an_obfuscation_map_belongs_to_the_symbol_files() -> None:
    found = collect(
        File(path=SYMBOLS, content=object_bytes()["elf-aarch64"]),
        File(path="copy/app.android-arm64.symbols", content=object_bytes()["elf-aarch64"]),
        File(
            path="build/app/intermediates/merged_native_libs/release/out/lib/x86_64/libapp.so",
            content=object_bytes()["elf-x86_64"],
        ),
    )
    obfuscation_map = DebugMap(path="a.json", reader=BytesReader(MAP), modified=0)

    assert find_dart_ids(found, obfuscation_map) == (debug_id_of("elf-aarch64"),)
