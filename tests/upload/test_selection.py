"""Claims about which files are uploaded, and what of a shipped app is found missing."""

import io
import zipfile
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from object_builders import IDENTIFIED, build_elf
from objects import debug_id_of, entries_of, object_bytes, parse_bytes, zip_of
from properties import tried
from sentry_release.upload.app_images import (
    AppLayout,
    Origin,
    ShippedImage,
    find_dart_code,
    find_images,
    find_origin,
)
from sentry_release.upload.byte_readers import (
    ArchiveEntry,
    BytesReader,
    ObjectFormatError,
    open_archive,
)
from sentry_release.upload.debug_files import (
    DebugFileCandidate,
    Selection,
    check_completeness,
    list_ids_to_look_up,
    select_debug_files,
)

ABIS = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv7a", "x86_64": "x86_64"}


def candidates(path: str, name: str, *, is_requested: bool = False) -> list[DebugFileCandidate]:
    reader = BytesReader(object_bytes()[name])
    return [
        DebugFileCandidate(path=path, object=one, reader=reader, is_requested=is_requested)
        for one in parse_bytes(object_bytes()[name])
    ]


def chosen_paths(selection: Selection) -> list[str]:
    return [one.path for one in selection.chosen]


def app_bundle() -> dict[str, bytes]:
    files = {
        f"base/lib/{abi}/libapp.so": object_bytes()[f"elf-{name}-stripped"]
        for abi, name in ABIS.items()
    }
    return files | {
        "base/lib/arm64-v8a/libflutter.so": object_bytes()["elf-short-build-id"],
        "base/manifest/AndroidManifest.xml": b"\x08\0\0\0",
        "BUNDLE-METADATA/x/libapp.so": object_bytes()["elf-aarch64"],
    }


def images() -> tuple[ShippedImage, ...]:
    return find_images("app-release.aab", entries_of(app_bundle()), AppLayout.ANDROID)


def test_one_file_of_each_id_is_uploaded_and_it_is_the_one_with_lines() -> None:
    found = [
        *candidates("build/intermediates/libapp.so", "elf-aarch64-stripped"),
        *candidates("build/symbols/app.android-arm64.symbols", "elf-aarch64"),
        *candidates("copy/app.android-arm64.symbols", "elf-aarch64"),
    ]

    selection = select_debug_files(found, ())

    assert chosen_paths(selection) == ["build/symbols/app.android-arm64.symbols"]


def test_files_that_explain_nothing_are_left_out_and_hide_no_others() -> None:
    content = build_elf([IDENTIFIED])
    (without,) = parse_bytes(content)
    empty = DebugFileCandidate(
        path="a.so", object=without, reader=BytesReader(content), is_requested=True
    )

    assert chosen_paths(select_debug_files([empty, *candidates("b.so", "elf-x86_64")], ())) == [
        "b.so"
    ]


def test_an_executable_with_something_to_say_is_uploaded_beside_its_pdb() -> None:
    found = [*candidates("shop.dll", "pe-x86_64"), *candidates("shop.pdb", "pdb-x86_64")]

    assert chosen_paths(select_debug_files(found, ())) == ["shop.dll", "shop.pdb"]


def test_each_architecture_of_a_universal_binary_is_sent_on_its_own() -> None:
    selection = select_debug_files(candidates("App", "macho-universal"), ())

    contents = [one.content.read_at(0, one.content.size) for one in selection.chosen]

    assert contents == [object_bytes()["macho-x86_64"], object_bytes()["macho-arm64"]]


def test_symbols_of_another_build_are_left_out_and_named() -> None:
    found = [
        *candidates("build/symbols/app.android-arm64.symbols", "elf-no-build-id"),
        *candidates("build/symbols/app.android-x64.symbols", "elf-x86_64"),
    ]

    selection = select_debug_files(found, images())

    assert chosen_paths(selection) == ["build/symbols/app.android-x64.symbols"]
    assert [one.path for one in selection.of_other_builds] == [
        "build/symbols/app.android-arm64.symbols"
    ]


def test_what_symbols_path_names_is_taken_whatever_build_it_belongs_to() -> None:
    found = candidates("symbols/app.android-arm64.symbols", "elf-no-build-id", is_requested=True)

    assert chosen_paths(select_debug_files(found, images())) == [found[0].path]


def test_without_an_app_to_compare_with_everything_is_taken() -> None:
    found = candidates("a.symbols", "elf-aarch64") + candidates("b.symbols", "elf-no-build-id")

    assert chosen_paths(select_debug_files(found, ())) == ["a.symbols", "b.symbols"]


def test_the_images_of_an_android_app_are_those_it_installs() -> None:
    found = {(one.path, one.object.arch, one.origin) for one in images()}

    assert found == {
        ("base/lib/arm64-v8a/libapp.so", "arm64", Origin.DART),
        ("base/lib/armeabi-v7a/libapp.so", "arm", Origin.DART),
        ("base/lib/x86_64/libapp.so", "x86_64", Origin.DART),
        ("base/lib/arm64-v8a/libflutter.so", "arm64", Origin.ENGINE),
    }


@pytest.mark.parametrize(
    ("layout", "path", "origin"),
    [
        (AppLayout.ANDROID, "lib/arm64-v8a/libapp.so", Origin.DART),
        (AppLayout.APPLE, "Payload/Runner.app/Frameworks/App.framework/App", Origin.DART),
        (AppLayout.APPLE, "Payload/Runner.app/Runner", Origin.LIBRARY),
        (AppLayout.APPLE, "Payload/Runner.app/Frameworks/Flutter.framework/Flutter", Origin.ENGINE),
        (AppLayout.APPLE, "Payload/Runner.app/Frameworks/libswiftCore.dylib", Origin.ENGINE),
        (
            AppLayout.APPLE,
            "Products/Applications/Runner.app/Frameworks/App.framework/App",
            Origin.DART,
        ),
        (AppLayout.APPLE, "shop.app/Contents/Frameworks/App.framework/Versions/A/App", Origin.DART),
        (AppLayout.APPLE, "shop.app/Contents/MacOS/shop", Origin.LIBRARY),
        (AppLayout.DESKTOP, "data/app.so", Origin.DART),
        (AppLayout.DESKTOP, "shop.exe", Origin.LIBRARY),
        (AppLayout.DESKTOP, "flutter_windows.dll", Origin.ENGINE),
        (AppLayout.DESKTOP, "lib/libapp.so", Origin.DART),
        (AppLayout.DESKTOP, "shop", Origin.LIBRARY),
    ],
)
def test_images_of_each_platform_are_found_where_flutter_puts_them(
    layout: AppLayout, path: str, origin: Origin
) -> None:
    found = find_images("app", entries_of({path: object_bytes()["macho-arm64"]}), layout)

    assert [(one.path, one.origin) for one in found] == [(path, origin)]
    assert find_origin(path) is origin


@dataclass(frozen=True, slots=True)
class Vanished:
    """A file that is gone again."""

    size: int = 10

    def read_at(self, offset: int, length: int) -> bytes:
        raise OSError(f"{length} bytes at {offset} are gone")


def test_files_that_are_no_images_or_cannot_be_read_hide_no_others() -> None:
    entries = [
        ArchiveEntry(path="assets/a.so", reader=BytesReader(object_bytes()["elf-x86_64"])),
        ArchiveEntry(path="lib/x86_64/libgone.so", reader=Vanished()),
        ArchiveEntry(path="lib/x86_64/libtext.so", reader=BytesReader(b"text")),
        ArchiveEntry(path="lib/x86_64/libapp.so", reader=BytesReader(object_bytes()["elf-x86_64"])),
    ]

    found = find_images("app.apk", entries, AppLayout.ANDROID)

    assert [one.path for one in found] == ["lib/x86_64/libapp.so"]


def test_an_app_has_at_most_500_images() -> None:
    reader = BytesReader(build_elf([IDENTIFIED]))
    entries = (
        ArchiveEntry(path=f"lib/x86_64/lib{number}.so", reader=reader) for number in range(600)
    )

    assert len(find_images("app.apk", entries, AppLayout.ANDROID)) == 500
    assert len([*entries]) == 100


def test_the_code_of_an_app_is_its_first_image_that_was_compiled_from_dart() -> None:
    paths = ("other/libapp.so", "lib/a/libmore.so", "lib/a/libapp.so", "lib/b/libapp.so")
    entries = [ArchiveEntry(path=path, reader=BytesReader(path.encode())) for path in paths]

    found = find_dart_code(entries, AppLayout.ANDROID)

    assert found == BytesReader(b"lib/a/libapp.so")
    assert find_dart_code(entries[:2], AppLayout.ANDROID) is None


def test_an_app_is_complete_when_sentry_has_the_symbols_of_each_dart_image() -> None:
    known = {debug_id_of(f"elf-{name}") for name in ABIS.values()}

    result = check_completeness(images(), known)

    assert result.is_complete
    assert result.missing == result.without_symbols == ()


def test_what_is_missing_is_named_with_its_architecture() -> None:
    known = {debug_id_of("elf-aarch64"), debug_id_of("elf-x86_64")}

    result = check_completeness(images(), known)

    assert result.is_complete is False
    assert [(one.path, one.object.arch) for one in result.missing] == [
        ("base/lib/armeabi-v7a/libapp.so", "arm")
    ]
    assert list_ids_to_look_up(images(), known) == (debug_id_of("elf-armv7a"),)


def test_a_prebuilt_library_without_symbols_leaves_the_app_complete() -> None:
    files = {
        "lib/x86_64/libapp.so": object_bytes()["elf-x86_64-stripped"],
        "lib/x86_64/libsqlite3.so": object_bytes()["elf-no-build-id"],
    }
    found = find_images("app.apk", entries_of(files), AppLayout.ANDROID)

    result = check_completeness(found, {debug_id_of("elf-x86_64")})

    assert result.is_complete
    assert [one.path for one in result.without_symbols] == ["lib/x86_64/libsqlite3.so"]


def test_nothing_is_claimed_without_an_app_or_without_an_answer() -> None:
    assert check_completeness((), set()).is_complete is None
    assert check_completeness(images(), set(), is_certain=False).is_complete is None


def test_an_archive_is_read_entry_by_entry_in_any_order() -> None:
    content = bytes(range(256)) * 20_000
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        (entry,) = open_archive(BytesReader(zip_of({"a": content}, compression=compression)))

        assert entry.reader.size == len(content)
        assert entry.reader.read_at(3_000_000, 10) == content[3_000_000:3_000_010]
        assert entry.reader.read_at(5, 2_500_000) == content[5:2_500_005]
        assert entry.reader.read_at(len(content) - 3, 10) == content[-3:]


def test_an_archive_unpacks_to_no_more_than_its_limit() -> None:
    bomb = zip_of({"lib/arm64/libapp.so": bytes(5_000_000)})

    (entry,) = open_archive(BytesReader(bomb), max_unpacked=5_000_000)
    assert entry.reader.read_at(0, 5_000_000) == bytes(5_000_000)
    (entry,) = open_archive(BytesReader(bomb), max_unpacked=5_000_001)
    assert entry.reader.read_at(0, 5_000_009) == bytes(5_000_000)
    (entry,) = open_archive(BytesReader(bomb), max_unpacked=4_999_999)
    with pytest.raises(ObjectFormatError, match="limit"):
        entry.reader.read_at(0, 5_000_000)


def test_reading_an_entry_in_parts_costs_no_more_than_reading_it_once() -> None:
    (entry,) = open_archive(BytesReader(zip_of({"a": b"0123456789"})), max_unpacked=10)

    parts = [entry.reader.read_at(0, 5), entry.reader.read_at(5, 1), entry.reader.read_at(7, 3)]

    assert parts == [b"01234", b"5", b"789"]


def test_reading_an_entry_again_counts_towards_the_limit() -> None:
    first, second = open_archive(
        BytesReader(zip_of({"a": b"aaaaa", "b": b"bbbbb"})), max_unpacked=12
    )

    assert (first.reader.read_at(0, 5), second.reader.read_at(4, 1)) == (b"aaaaa", b"b")
    with pytest.raises(ObjectFormatError, match="limit"):
        first.reader.read_at(2, 1)


@pytest.mark.parametrize(("more", "is_opened"), [(0, True), (1, False)])
def test_an_archive_has_at_most_4_mebibytes_of_entries(more: int, *, is_opened: bool) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(64):
            entry = zipfile.ZipInfo(f"{number:02}")
            # A row of the list has 46 bytes, the name and the comment: 64 KiB together.
            entry.comment = bytes(64 * 1024 - 48 + (0 if number else more))
            archive.writestr(entry, b"")

    if is_opened:
        assert open_archive(BytesReader(target.getvalue()))
    else:
        with pytest.raises(ObjectFormatError, match="too many entries"):
            open_archive(BytesReader(target.getvalue()))


def test_folders_and_entries_that_cannot_be_unpacked_are_left_out() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("folder/", b"")
        archive.writestr("rare", b"content", zipfile.ZIP_BZIP2)
        archive.writestr("locked", b"content")
        archive.writestr("plain", b"content")
    content = bytearray(target.getvalue())
    content[content.rindex(b"locked") - 38] |= 1  # encrypted

    assert [one.path for one in open_archive(BytesReader(bytes(content)))] == ["plain"]


def test_archives_in_archives_are_not_opened() -> None:
    inner = zip_of({"lib/arm64-v8a/libapp.so": object_bytes()["elf-aarch64"]})

    assert (
        find_images("app.apk", entries_of({"lib/arm64-v8a/inner.so": inner}), AppLayout.ANDROID)
        == ()
    )


@tried
@given(st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), max_size=12), st.data())
def test_a_damaged_archive_is_read_or_refused(
    changes: list[tuple[int, int]], data: st.DataObject
) -> None:
    content = bytearray(zip_of({"lib/a/libapp.so": object_bytes()["elf-aarch64"], "b": b"text"}))
    for at, value in changes:
        content[at % len(content)] = value
    damaged = bytes(content[: data.draw(st.integers(0, len(content)))] or content)

    for one in (damaged, bytes(content)):
        try:
            found = find_images("app.apk", open_archive(BytesReader(one)), AppLayout.ANDROID)
        except ObjectFormatError:
            continue
        assert len(found) <= 1
