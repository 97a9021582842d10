"""Claims about what the doctor reads: which sources, of which packages, whatever lies in the way."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import pytest

from broken_app import PUBSPEC, doctor, healthy_app, write, write_broken_app
from read_app import app_facts, commands, paths, read
from sentry_release.adapters.workspace import Workspace
from sentry_release.doctor.scan.build_scripts import collect_settings_files
from sentry_release.doctor.scan.packages import find_minimum_version
from sentry_release.flutter.pubspec import ResolvedVersion

NO_AUTHOR = 65534
MENTIONS = "import 'package:sentry_flutter/sentry_flutter.dart';\n"


def read_paths(workspace: Path, folder: str = ".") -> list[str]:
    return [str(one.path) for one in app_facts(workspace, folder).dart]


def app(root: Path, files: dict[str, str | bytes], pubspec: str = PUBSPEC) -> Path:
    return write(root, {"pubspec.yaml": pubspec} | files)


# --- which files ---


def test_only_relevant_files_are_read(tmp_path: Path) -> None:
    app(
        tmp_path,
        {
            "lib/main.dart": MENTIONS,
            "lib/routes.dart": "final r = GoRoute(path: '/');",
            "lib/colors.dart": "const red = 1;",
            "lib/entries.dart": "final entry = domain(Routes.all);",
        },
    )

    assert read_paths(tmp_path) == ["lib/main.dart", "lib/routes.dart"]


def test_of_the_files_around_one_that_sets_options_those_with_its_names_are_read(
    tmp_path: Path,
) -> None:
    app(
        tmp_path,
        {
            "lib/main.dart": f"import 'a.dart';\nimport 'env.dart';\nimport 'env.g.dart';\nimport 'theme.dart';\n{MENTIONS}"
            "main() => SentryFlutter.init((options) => options.release = Env.name);\n",
            "lib/a.dart": MENTIONS,
            "lib/env.dart": "class Env { static const name = 'shop@1'; }",
            "lib/env.g.dart": "class Env { static const name = 'shop@2'; }",
            "lib/theme.dart": "class Theme { static const names = 1; }",
            "lib/far.dart": "class Far { static const name = 1; }",
        },
    )

    assert read_paths(tmp_path) == ["lib/a.dart", "lib/env.dart", "lib/main.dart"]


@pytest.mark.parametrize(
    ("start", "other", "is_read"),
    [
        ("start() => {};", "main() => start();", True),
        ("start() => {};", "const started = 1;", False),
        ("main() => {};", "const main = 1;", False),
        ("final started = {};", "const main = 1;", False),
    ],
)
def test_a_file_that_calls_the_function_with_the_start_of_the_sdk_is_read(
    tmp_path: Path,
    start: str,
    other: str,
    is_read: bool,  # noqa: FBT001 - a table
) -> None:
    init = start.format("SentryFlutter.init((options) {})")
    app(tmp_path, {"lib/sdk.dart": MENTIONS + init, "lib/b.dart": f"import 'sdk.dart';{other}"})

    assert read_paths(tmp_path) == ["lib/b.dart"] * is_read + ["lib/sdk.dart"]


def test_only_the_app_itself_has_a_folder_of_entry_points(tmp_path: Path) -> None:
    app(
        tmp_path,
        {
            "entrypoints/main_dev.dart": MENTIONS,
            "core/pubspec.yaml": package("core"),
            "core/entrypoints/main.dart": MENTIONS,
            "core/lib/core.dart": MENTIONS,
        },
        package("shop", "core: {path: core}"),
    )

    assert read_paths(tmp_path) == ["core/lib/core.dart", "entrypoints/main_dev.dart"]


@pytest.mark.parametrize(
    "path",
    [
        "lib/user.g.dart",
        "lib/user.freezed.dart",
        "lib/router.gr.dart",
        "lib/generated/l10n.dart",
        "lib/third_party/kit/a.dart",
        "lib/cargokit/build.dart",
        "lib/src/test/fake.dart",
        "lib/example/main.dart",
        "lib/.hidden/a.dart",
        "test/main_test.dart",
        "integration_test/app_test.dart",
        "example/lib/main.dart",
        "build/lib/main.dart",
        ".dart_tool/lib/main.dart",
        "tool/lib/main.dart",
    ],
)
def test_what_is_generated_tested_or_foreign_is_not_checked(tmp_path: Path, path: str) -> None:
    app(tmp_path, {path: MENTIONS})

    assert read_paths(tmp_path) == []


def test_an_app_that_is_itself_an_example_is_checked(tmp_path: Path) -> None:
    write(tmp_path, {"example/pubspec.yaml": PUBSPEC, "example/lib/main.dart": MENTIONS})

    assert read_paths(tmp_path, "example") == ["example/lib/main.dart"]


# --- the packages of the app ---


def package(name: str, *needs: str) -> str:
    listed = "".join(f"  {need}\n" for need in needs)
    return f"name: {name}\ndependencies:\n  flutter: {{sdk: flutter}}\n{listed}"


def test_packages_by_path_count_also_those_that_they_need_and_no_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "apps/shop/pubspec.yaml": package("shop", "core: {path: ../../packages/core}"),
            "packages/core/pubspec.yaml": package("core", "log: {path: ../log}"),
            "packages/core/lib/core.dart": MENTIONS,
            "packages/log/pubspec.yaml": package("log", "core: {path: ../core}"),
            "packages/log/lib/log.dart": MENTIONS,
            "packages/other/pubspec.yaml": package("other"),
            "packages/other/lib/other.dart": MENTIONS,
        },
    )

    assert read_paths(tmp_path, "apps/shop") == [
        "packages/core/lib/core.dart",
        "packages/log/lib/log.dart",
    ]


def test_what_only_developers_need_is_not_of_the_app(tmp_path: Path) -> None:
    app(
        tmp_path,
        {"fakes/pubspec.yaml": package("fakes"), "fakes/lib/fakes.dart": MENTIONS},
        package("shop") + "dev_dependencies:\n  fakes: {path: fakes}\n",
    )

    assert read_paths(tmp_path) == []


def test_members_of_a_pub_workspace_are_found_by_their_names(tmp_path: Path) -> None:
    member = "resolution: workspace\n"
    write(
        tmp_path,
        {
            "pubspec.yaml": "name: root\nworkspace: [apps/shop, 'packages/*']\n",
            "apps/shop/pubspec.yaml": member + package("shop", "core: any"),
            "packages/core/pubspec.yaml": member + package("core", "sentry_flutter: ^9.0.0"),
            "packages/core/lib/core.dart": MENTIONS,
            "packages/other/pubspec.yaml": member + package("other"),
            "packages/other/lib/other.dart": MENTIONS,
            "pubspec.lock": "packages:\n  sentry_flutter:\n    version: '9.7.1'\n",
        },
    )

    found = app_facts(tmp_path, "apps/shop")

    assert [str(one.path) for one in found.dart] == ["packages/core/lib/core.dart"]
    assert found.sdk is not None
    assert (found.sdk.version, found.sdk.exact) == ("9.7.1", True)


def test_the_lock_of_a_workspace_counts_only_for_those_that_need_the_package(
    tmp_path: Path,
) -> None:
    member = "resolution: workspace\n"
    write(
        tmp_path,
        {
            "pubspec.yaml": "name: root\nworkspace: [apps/shop, apps/till]\n",
            "apps/shop/pubspec.yaml": member + package("shop"),
            "apps/till/pubspec.yaml": member + package("till", "sentry_flutter: ^9.0.0"),
            "pubspec.lock": "packages:\n  sentry_flutter:\n    version: '9.7.1'\n",
        },
    )

    assert app_facts(tmp_path, "apps/shop").sdk is None
    assert app_facts(tmp_path, "apps/till").sdk is not None


def test_packages_that_melos_links_are_found_by_their_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "melos.yaml": "name: acme\npackages: [apps/**, packages/**]\n",
            "apps/shop/pubspec.yaml": package("shop", "core: ^1.0.0"),
            "packages/core/pubspec.yaml": package("core"),
            "packages/core/lib/core.dart": MENTIONS,
        },
    )

    assert read_paths(tmp_path, "apps/shop") == ["packages/core/lib/core.dart"]


@pytest.mark.parametrize("path", ["../outside", "../../outside", "/etc", "..", "."])
def test_no_package_leads_out_of_the_workspace_or_round_in_a_circle(
    tmp_path: Path, path: str
) -> None:
    write(tmp_path, {"outside/pubspec.yaml": package("core"), "outside/lib/core.dart": MENTIONS})
    app(
        tmp_path / "inside",
        {"lib/main.dart": MENTIONS},
        package("shop", f"core: {{path: '{path}'}}"),
    )

    assert read_paths(tmp_path / "inside") == ["lib/main.dart"]


@pytest.mark.parametrize("pubspec", ["name: [", "", "version: 1.0.0\n"])
def test_a_package_whose_pubspec_cannot_be_read_is_left_out(tmp_path: Path, pubspec: str) -> None:
    app(
        tmp_path,
        {"core/pubspec.yaml": pubspec, "core/lib/core.dart": MENTIONS, "lib/main.dart": MENTIONS},
        package("shop", "core: {path: core}"),
    )

    assert read_paths(tmp_path) == ["lib/main.dart"]


# --- versions ---


def sdk(tmp_path: Path, constraint: str) -> tuple[str | None, bool] | None:
    app(tmp_path, {}, package("shop", f"sentry_flutter: {constraint}"))
    found = app_facts(tmp_path).sdk
    return None if found is None else (found.version, found.exact)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("^9.0.0", ("9.0.0", False)),
        ("'>=8.14.0 <10.0.0'", ("8.14.0", False)),
        ("9.6.0", ("9.6.0", True)),
        ("^9.0.0-alpha.2", ("9.0.0-alpha.2", False)),
        ("any", (None, False)),
        ("", (None, False)),
        ("{git: 'https://github.com/getsentry/sentry-dart'}", (None, False)),
        ("{version: ^9.1.0, hosted: 'https://pub.example.com'}", ("9.1.0", False)),
        ("'<9.0.0'", (None, False)),
    ],
)
def test_without_a_lock_the_lowest_version_that_is_allowed_counts(
    tmp_path: Path, constraint: str, expected: tuple[str | None, bool]
) -> None:
    assert sdk(tmp_path, constraint) == expected


@pytest.mark.parametrize(
    ("constraint", "below"),
    [
        ("^9.2.3", "10.0.0"),
        ("^0.2.3", "0.3.0"),
        ("^0.0.3", "0.0.4"),
        (">=8.1.0 <10.0.0", "10.0.0"),
        ("9.2.3", None),
        (">=8.1.0", None),
        (None, None),
    ],
)
def test_the_upper_bound_of_a_constraint_is_the_next_version_that_may_break(
    constraint: str | None, below: str | None
) -> None:
    assert find_minimum_version(constraint).below == below


def test_of_several_constraints_the_lowest_upper_bound_counts(tmp_path: Path) -> None:
    app(
        tmp_path,
        {
            "a/pubspec.yaml": package("a", "sentry_flutter: '>=8.0.0 <10.0.0'"),
            "b/pubspec.yaml": package("b", "sentry_flutter: '>=8.9.0 <11.0.0'"),
        },
        package("shop", "sentry_flutter: any", "a: {path: a}", "b: {path: b}"),
    )

    found = app_facts(tmp_path).sdk

    assert found
    assert (found.version, found.below) == ("8.9.0", "10.0.0")


def test_the_lock_beats_the_constraint(tmp_path: Path) -> None:
    write(tmp_path, {"pubspec.lock": "packages:\n  sentry_flutter:\n    version: '9.27.0'\n"})

    assert sdk(tmp_path, "^9.0.0") == ("9.27.0", True)


@pytest.mark.parametrize(
    ("section", "locked", "version"),
    [
        ("dev_dependencies: {sentry_dart_plugin: ^3.4.0}", "3.6.0", ("3.6.0", True, None)),
        ("dev_dependencies: {sentry_dart_plugin: ^3.4.0}", None, ("3.4.0", False, "4.0.0")),
        ("dev_dependencies: {sentry_dart_plugin: }", None, (None, False, None)),
        (
            "dev_dependencies: {sentry_dart_plugin: ^3.4.0}\n"
            "dependency_overrides: {sentry_dart_plugin: 3.5.0}",
            None,
            ("3.5.0", True, None),
        ),
        ("dependency_overrides: {sentry_dart_plugin: 3.5.0}", "3.5.0", None),
        ("dev_dependencies: {}", "3.6.0", None),
    ],
)
def test_the_version_of_the_plugin_is_that_of_the_lock_or_the_lowest_that_is_allowed(
    tmp_path: Path,
    section: str,
    locked: str | None,
    version: tuple[str | None, bool, str | None] | None,
) -> None:
    lock = f"packages:\n  sentry_dart_plugin:\n    version: '{locked}'\n"
    app(tmp_path, {"pubspec.lock": lock} if locked else {}, f"name: shop\n{section}\n")

    found = app_facts(tmp_path).dart_plugin

    assert found == (
        ResolvedVersion(version=version[0], exact=version[1], below=version[2]) if version else None
    )


def test_an_app_without_the_sdk_has_none(tmp_path: Path) -> None:
    app(tmp_path, {}, "name: shop\n")

    assert app_facts(tmp_path).sdk is None


def test_of_two_lower_bounds_the_higher_counts(tmp_path: Path) -> None:
    app(
        tmp_path,
        {"core/pubspec.yaml": package("core", "sentry_flutter: ^9.10.0")},
        package("shop", "sentry_flutter: ^9.9.0", "core: {path: core}"),
    )

    found = app_facts(tmp_path).sdk

    assert found == find_minimum_version("^9.10.0")


# --- what imports lead to ---

ENTRY = "void main() {}\n"


def reached(tmp_path: Path, files: dict[str, str | bytes]) -> list[str]:
    app(tmp_path, files)
    return paths(app_facts(tmp_path).reachable)


@pytest.mark.parametrize(
    "directive",
    [
        "import 'src/a.dart';",
        'import "src/a.dart" as a;',
        "import 'src/../src/./a.dart' show A, B;",
        "import 'package:shop/src/a.dart';",
        "export 'src/a.dart';",
        "part 'src/a.dart';",
        "import 'none.g.dart' if (dart.library.io) 'src/a.dart';",
        "import\n    'src/a.dart'\n    deferred as a;",
        "/* a licence */ /* with 'quotes' */\nimport 'src/a.dart';",
        "@TestOn('vm')\nlibrary shop;\n\nimport 'src/a.dart';",
        "import 'dart:io';import 'src/a.dart';",
    ],
)
def test_every_form_of_directive_leads_on(tmp_path: Path, directive: str) -> None:
    files: dict[str, str | bytes] = {
        "lib/main.dart": f"{directive}\n{ENTRY}",
        "lib/src/a.dart": "",
        "lib/src/b.dart": "",
    }

    assert reached(tmp_path, files) == ["lib/main.dart", "lib/src/a.dart"]


@pytest.mark.parametrize(
    "text",
    [
        "// import 'src/a.dart';",
        "/* import 'src/a.dart'; */",
        "/*\nimport 'src/a.dart';\n*/",
        "import 'package:other/src/a.dart';",
        "import 'dart:src/a.dart';",
        "part of 'src/a.dart';",
    ],
)
def test_what_only_looks_like_a_directive_leads_nowhere(tmp_path: Path, text: str) -> None:
    assert reached(tmp_path, {"lib/main.dart": f"{text}\n{ENTRY}", "lib/src/a.dart": ""}) == [
        "lib/main.dart"
    ]


def test_imports_lead_through_packages_and_round_in_circles(tmp_path: Path) -> None:
    app(
        tmp_path,
        {
            "lib/main.dart": f"import 'package:core/core.dart';\n{ENTRY}",
            "core/pubspec.yaml": package("core"),
            "core/lib/core.dart": "export 'src/a.dart';",
            "core/lib/src/a.dart": "import '../core.dart';",
            "core/lib/src/b.dart": "",
        },
        package("shop", "core: {path: core}"),
    )

    assert paths(app_facts(tmp_path).reachable) == [
        "core/lib/core.dart",
        "core/lib/src/a.dart",
        "lib/main.dart",
    ]


def test_a_missing_file_may_import_every_file(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "lib/main.dart": f"import 'injection.config.dart';\n{ENTRY}",
        "lib/a.dart": "",
    }

    assert reached(tmp_path, files) == ["lib/a.dart", "lib/main.dart"]


@pytest.mark.parametrize(
    "missing",
    [
        "part 'main.g.dart'",
        "import 'firebase_options.dart'",
        "import 'l10n/app_localizations.dart'",
    ],
)
def test_generated_files_that_import_nothing_of_the_app_may_be_missing(
    tmp_path: Path, missing: str
) -> None:
    assert reached(tmp_path, {"lib/main.dart": f"{missing};\n{ENTRY}", "lib/a.dart": ""}) == [
        "lib/main.dart"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "void main() {}",
        "Future<void> main() async {}",
        "main() => 1;",
        "FutureOr<void> main(List<String> arguments) {}",
        "@pragma('vm:entry-point')\nvoid main() {}",
        "  void main () {}",
        "class A {}\nvoid main() {}",
    ],
)
def test_every_form_of_main_is_an_entry_point(tmp_path: Path, text: str) -> None:
    app(tmp_path, {"lib/flavors/main_dev.dart": text})

    assert paths(app_facts(tmp_path).entry_points) == ["lib/flavors/main_dev.dart"]


@pytest.mark.parametrize(
    "text",
    [
        "// void main() {}",
        "/*\nvoid main() {}\n*/",
        "const text = '''\nvoid main() {}\n''';",
        "class A {\n  void main() {}\n}",
        "void domain() {}",
        "final a = b.main();",
    ],
)
def test_what_only_looks_like_a_main_is_none(tmp_path: Path, text: str) -> None:
    app(tmp_path, {"lib/a.dart": text})

    assert app_facts(tmp_path).entry_points == frozenset()


# --- what may lie in the way ---


def test_links_are_not_followed_wherever_they_lead(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"secret.dart": MENTIONS})
    shop = app(tmp_path / "shop", {"lib/main.dart": MENTIONS})
    (shop / "lib/loop").symlink_to(shop / "lib")
    (shop / "lib/self").symlink_to(shop / "lib/self")
    (shop / "lib/out").symlink_to(tmp_path / "outside")
    (shop / "lib/out.dart").symlink_to(tmp_path / "outside/secret.dart")
    (shop / "lib/gone.dart").symlink_to("nothing.dart")

    assert read_paths(shop) == ["lib/main.dart"]


def test_a_lib_that_leads_out_of_the_workspace_is_not_entered(tmp_path: Path) -> None:
    write(tmp_path / "outside", {"secret.dart": MENTIONS})
    shop = app(tmp_path / "shop", {})
    (shop / "lib").symlink_to(tmp_path / "outside")

    assert read_paths(shop) == []


def test_pipes_folders_and_odd_names_stop_nothing(tmp_path: Path) -> None:
    shop = app(tmp_path, {"lib/main.dart": MENTIONS, "lib/folder.dart/inner.dart": MENTIONS})
    os.mkfifo(shop / "lib/pipe.dart")
    (shop / os.fsdecode(b"lib/caf\xe9.dart")).write_text(MENTIONS)
    write(shop, {"lib/a b'c;d.dart": MENTIONS, "lib/line\nbreak.dart": MENTIONS})

    output = doctor(shop, "--json")

    assert output.code in {0, 3}
    assert read_paths(shop) == [
        "lib/a b'c;d.dart", "lib/folder.dart/inner.dart", "lib/line\nbreak.dart", "lib/main.dart"
    ]  # fmt: skip


@contextmanager
def any_client() -> Iterator[Path]:
    """Use a folder with open permissions, as a user who cannot read everything."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        app(
            folder,
            {"lib/main.dart": MENTIONS, "lib/locked/a.dart": MENTIONS, "lib/open.dart": MENTIONS},
        )
        read(folder)  # nothing has to be imported any more
        (folder / "lib/main.dart").chmod(0)
        (folder / "lib/locked").chmod(0)
        own = os.geteuid()
        if own == 0:
            os.seteuid(NO_AUTHOR)
        try:
            yield folder
        finally:
            os.seteuid(own)
            (folder / "lib/locked").chmod(0o755)


def test_what_may_not_be_read_is_reported_and_the_rest_is_read() -> None:
    with any_client() as folder:
        found = read(folder)

    assert found.notes == ("lib/main.dart: skipped, too large or unreadable.",)
    assert [str(one.path) for one in found.app.dart] == ["lib/open.dart"]


def test_a_fastfile_leads_to_the_ones_that_it_imports(tmp_path: Path) -> None:
    app(
        tmp_path,
        {
            "fastlane/Fastfile": "import '../lanes/shop.rb'\nimport 'missing.rb'\n",
            "lanes/shop.rb": "import '../fastlane/Fastfile'\nsh 'flutter build ipa'\n",
            "lanes/other.rb": "sh 'flutter build apk'\n",
        },
    )

    assert [one for one in commands(tmp_path) if "flutter" in one] == [
        "lanes/shop.rb:2 sh 'flutter build ipa'"
    ]


def test_scripts_beside_the_pubspec_and_in_script_folders_are_read_and_no_others(
    tmp_path: Path,
) -> None:
    names = ("build.sh", "ci/deep/build.sh", "vendor/kit/build.sh")
    app(tmp_path, dict.fromkeys(names, "flutter build web\n"))

    assert commands(tmp_path) == [f"{name}:1 flutter build web" for name in names[:2]]


def test_a_manifest_in_a_packaging_folder_is_read(tmp_path: Path) -> None:
    manifest = "modules:\n- build-commands:\n  - flutter build linux\n"
    app(tmp_path, {"packaging/flatpak/shop.yml": manifest, "other/shop.yml": manifest})

    assert commands(tmp_path) == ["packaging/flatpak/shop.yml:3 flutter build linux"]


@pytest.mark.parametrize(
    ("place", "ignored", "is_read"),
    [
        (".gitignore", ".sentryclirc", False),
        (".gitignore", "/.sentryclirc", False),
        (".gitignore", "  **/.sentryclirc  ", False),
        (".gitignore", "*rc", False),
        (".gitignore", "apps/shop/.sentryclirc", False),
        ("apps/.gitignore", "shop/.sentryclirc", False),
        (".gitignore", "\n# .sentryclirc\n!.sentryclirc\n", True),
        (".gitignore", "build", True),
        ("packages/.gitignore", ".sentryclirc", True),
    ],
)
def test_a_settings_file_that_git_ignores_is_not_of_the_repository(
    tmp_path: Path,
    place: str,
    ignored: str,
    is_read: bool,  # noqa: FBT001 - a table
) -> None:
    write(tmp_path, {"apps/shop/.sentryclirc": "a", place: ignored})

    found = collect_settings_files(PurePosixPath("apps/shop"), Workspace(root=tmp_path))

    assert list(map(str, found)) == ["apps/shop/.sentryclirc"] * is_read


def test_settings_of_the_cli_count_from_all_folders_above_and_properties_only_beside_the_app(
    tmp_path: Path,
) -> None:
    names = [
        f"{folder}{name}"
        for folder in ("apps/shop/", "apps/", "")
        for name in (".sentryclirc", "sentry.properties")
    ]
    write(tmp_path, {name: name for name in names})

    found = collect_settings_files(PurePosixPath("apps/shop"), Workspace(root=tmp_path))

    assert {str(path): text for path, text in found.items()} == {
        name: name for name in (*names[:3], ".sentryclirc")
    }


@pytest.mark.parametrize("size", [3 * 1024 * 1024, 12 * 1024 * 1024 + 1])
def test_one_file_that_is_too_large_is_named_alone(tmp_path: Path, size: int) -> None:
    app(tmp_path, {"lib/a.dart": ""})
    os.truncate(tmp_path / "lib/a.dart", size)

    assert read(tmp_path).notes == ("lib/a.dart: skipped, too large or unreadable.",)


def test_files_that_are_too_large_together_are_named(tmp_path: Path) -> None:
    routes = "// GoRoute".ljust(1_500_000)
    app(tmp_path, {f"lib/{name}.dart": routes for name in ("a", "b", "c")})

    found = read(tmp_path)

    assert len(found.app.dart) == 2
    assert found.notes == ("lib/c.dart: skipped, too large or unreadable.",)


def test_workflows_and_scripts_that_are_too_large_together_are_one_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentry_release.doctor.scan.build_scripts._MAX_ALL", len(PUBSPEC) + 150)
    workflow = "jobs: {a: {steps: [{run: flutter build web}]}}\n"
    script = "flutter build web\n".ljust(70)
    names = (".github/workflows/a.yml", "build.sh", "ci/b.sh", "ci/c.sh")
    app(tmp_path, {name: workflow if name.endswith("yml") else script for name in names})

    found = read(tmp_path)

    assert [str(step.path) for step in found.app.steps] == [names[0], names[1]]
    assert found.notes == (
        "Workflows and scripts have more than 3 MB together: those beyond were skipped.",
    )


@pytest.mark.parametrize(("scope", "count"), [("shop", 1), ("till", 0)])
def test_a_build_by_melos_concerns_the_app_of_that_name(
    tmp_path: Path, scope: str, count: int
) -> None:
    app(tmp_path, {"build.sh": f"melos exec --scope={scope} -- flutter build web\n"})

    assert len(commands(tmp_path)) == count


def test_several_files_that_are_too_large_are_one_note(tmp_path: Path) -> None:
    app(tmp_path, {"lib/main.dart": MENTIONS, "lib/a.dart": "", "lib/b.dart": ""})
    for name in ("a", "b"):
        os.truncate(tmp_path / f"lib/{name}.dart", 3 * 1024 * 1024)

    found = read(tmp_path)

    assert found.notes == ("lib/a.dart and 1 more: skipped, too large or unreadable.",)


@pytest.mark.parametrize(
    "content",
    [
        MENTIONS.encode() + b"\xff\xfe\x00 // \xc3\x28\n",
        b"\xef\xbb\xbf" + MENTIONS.encode(),
        MENTIONS.encode() + b"void f() {{{{ '''${${${\n",
        MENTIONS.encode() + b"}" * 1000 + b"/*" * 1000,
        MENTIONS.encode() + b"\0" * 1000,
        b"",
    ],
)
def test_no_bytes_end_the_check(tmp_path: Path, content: bytes) -> None:
    healthy_app(tmp_path, {"lib/odd.dart": content})

    assert doctor(tmp_path, "--json").code in {0, 3}


def test_a_file_of_a_million_lines_is_reported_not_to_be_read_and_costs_no_time(
    tmp_path: Path,
) -> None:
    huge = MENTIONS + "final a = SentryNavigatorObserver();\n" * 1_000_000
    write_broken_app(tmp_path, {"lib/huge.dart": huge})

    began = time.process_time()
    output = doctor(tmp_path, "--json")

    assert time.process_time() - began < 2
    assert output.json["notes"] == ["lib/huge.dart: skipped, too large or unreadable."]
    assert output.lines[0] == "FD07 error lib/main.dart:6"
