"""Claims about Android: which id, name and number an app reports, or why that is not known."""

import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job import ROOT
from properties import tried
from sentry_release.flutter.android import parse_manifest_attributes, read_android_identity
from sentry_release.flutter.app_version import compute_version_code
from sentry_release.flutter.gradle.settings import FromFlutter
from sentry_release.model.platform import Identity, ReadFile, Unknown

FIXTURES = ROOT / "tests/fixtures/flutter/android"
GROOVY = "android/app/build.gradle"
KOTLIN = "android/app/build.gradle.kts"
MANIFEST = "android/app/src/main/AndroidManifest.xml"
BAKERY = "org.example.bakery"


def shape(name: str) -> ReadFile:
    """The files of one of our fixtures."""
    folder = FIXTURES / name

    def read(path: PurePosixPath) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.exists() else None

    return read


def files(**content: str | bytes) -> ReadFile:
    """An app of the given `groovy`, `kotlin` and `manifest`."""
    names = {"groovy": GROOVY, "kotlin": KOTLIN, "manifest": MANIFEST}
    known = {names[key]: text for key, text in content.items()}

    def read(path: PurePosixPath) -> bytes | None:
        text = known.get(str(path))
        return text.encode() if isinstance(text, str) else text

    return read


def identity_of(
    read: ReadFile, flavor: str | None = None, name: str | None = "1.2.3", number: str | None = "45"
) -> Identity:
    found = read_android_identity(read, flavor=flavor, build_name=name, build_number=number)
    assert found is not None
    return found


def known(read: ReadFile, flavor: str | None = None) -> tuple[object, object, object]:
    found = identity_of(read, flavor)
    return found.app_id, found.version, found.build


def unknown(fact: object) -> Unknown:
    assert isinstance(fact, Unknown), fact
    return fact


TEMPLATES = ["groovy-local-properties", "groovy-plugin", "kotlin-plugin", "kotlin-local-properties"]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize(
    ("name", "number", "version", "build"),
    [
        pytest.param("1.2.3", None, "1.2.3", "1", id="no build number"),
        pytest.param("1.2.3", "45", "1.2.3", "45", id="version and build"),
        pytest.param("1.2.3-beta.4", "5", "1.2.3-beta.4", "5", id="a prerelease"),
        pytest.param("1.2.3-rc", "7", "1.2.3-rc", "7", id="a prerelease without a number"),
        pytest.param("1.2.3", "rc.5", "1.2.3", "5", id="letters in the number"),
        pytest.param("1.2.3", "0", "1.2.3", "1", id="a number of zero"),
        pytest.param("2.0.0", "20240131.2", "2.0.0", "202401312", id="a dot in the number"),
        pytest.param("1.2.3", "abc", "1.2.3", "1", id="only letters in the number"),
        pytest.param("1.2.3", "007", "1.2.3", "7", id="leading zeros in the number"),
        pytest.param("1.2.3", "9" * 19, "1.2.3", "1", id="a number beyond 64 bits"),
        pytest.param("1.2.3", "9" * 5000, "1.2.3", "1", id="a number of 5,000 digits"),
        pytest.param(None, None, "1.0", "1", id="no version at all"),
    ],
)
def test_every_template_of_flutter_reports_what_flutter_makes_of_the_version(
    template: str, name: str | None, number: str | None, version: str, build: str
) -> None:
    found = identity_of(shape(template), name=name, number=number)

    assert found == Identity(app_id=BAKERY, version=version, build=build)


@pytest.mark.parametrize("script", ["groovy-flavors", "kotlin-flavors"])
@pytest.mark.parametrize(
    ("flavor", "expected"),
    [
        pytest.param("dev", (f"{BAKERY}.dev", "1.2.3-dev", "7"), id="suffixes and a code"),
        pytest.param("beta-test", (f"{BAKERY}.beta", "1.2.3", "45"), id="a suffix without a dot"),
        pytest.param("prod", ("com.example.bakery.store", "1.2.3", "45"), id="an id of its own"),
        pytest.param("Prod", ("com.example.bakery.store", "1.2.3", "45"), id="a capital letter"),
    ],
)
def test_a_flavor_changes_the_name_by_what_it_adds_and_the_debug_build_type_never_does(
    script: str, flavor: str, expected: tuple[str, str, str]
) -> None:
    assert known(shape(script), flavor) == expected


@pytest.mark.parametrize(
    ("flavor", "app_id"),
    [
        pytest.param("demo", "com.example.bakery.demo", id="by a delegate"),
        pytest.param("plain", BAKERY, id="without a block"),
    ],
)
def test_kotlin_may_declare_a_flavor_in_other_ways(flavor: str, app_id: str) -> None:
    assert identity_of(shape("kotlin-flavors"), flavor).app_id == app_id


@pytest.mark.parametrize("script", ["groovy-dimensions", "kotlin-dimensions"])
@pytest.mark.parametrize(
    ("flavor", "expected"),
    [
        pytest.param(
            "freeProd",
            ("com.example.free.app.free.shop", "9.9-base-free.r", "45"),
            id="the first dimension gives the id",
        ),
        pytest.param(
            "paidProd",
            ("com.example.prod.app.paid.shop", "9.9-base.r", "45"),
            id="the second does where the first has none",
        ),
        pytest.param(
            "paidStaging",
            ("com.example.base.app.paid.staging.shop", "1.2.3-base+staging.r", "12"),
            id="defaultConfig does where no flavor has one",
        ),
    ],
)
def test_flavors_of_several_dimensions_add_up_in_the_order_of_the_dimensions(
    script: str, flavor: str, expected: tuple[str, str, str]
) -> None:
    assert known(shape(script), flavor) == expected


@pytest.mark.parametrize("script", ["groovy-dimensions", "kotlin-dimensions"])
@pytest.mark.parametrize("flavor", ["prodFree", "free", "freeprod", "FREEPROD", "freeProdX", ""])
def test_a_flavor_that_gradle_would_not_build_is_reported_as_unknown(
    script: str, flavor: str
) -> None:
    found = identity_of(shape(script), flavor)

    assert found.app_id == found.version == found.build
    assert repr(flavor) in unknown(found.app_id).reason
    assert "`flavor`" in unknown(found.app_id).hint


@pytest.mark.parametrize(
    "dimensions",
    [
        'flavorDimensions "a", "b"',
        "flavorDimensions = ['a', 'b']",
        "flavorDimensions('a', 'b')",
        "flavorDimensions += ['a', 'b']",
        "flavorDimensions += 'a'\nflavorDimensions += 'b'",
        "flavorDimensions.add('a')\nflavorDimensions.addAll(listOf('b'))",
        "flavorDimensions 'x', 'y'\nflavorDimensions 'a', 'b'",
        "def first = 'a'\nflavorDimensions first, 'b'",
        "android.flavorDimensions('a',\n 'b',\n)",
    ],
)
def test_dimensions_are_read_in_every_form_of_the_language(dimensions: str) -> None:
    flavors = """productFlavors {
        two { dimension 'b'; applicationId 'x.two' }
        one { dimension 'a'; applicationId 'x.one' }
    }"""
    whole = dimensions if dimensions.startswith("android.") else f"android {{ {dimensions} }}"
    script = f"{whole}\nandroid {{ {flavors} }}"

    assert identity_of(files(groovy=script), "oneTwo").app_id == "x.one"
    assert "'twoOne'" in unknown(identity_of(files(groovy=script), "twoOne").app_id).reason


@pytest.mark.parametrize(
    "dimensions", ["listOf(stage)", "Config.stage", "listOf(Config.stage)", "['a']", "dims"]
)
def test_an_app_of_one_dimension_may_call_it_what_it_likes(dimensions: str) -> None:
    script = f"""android {{
        flavorDimensions.addAll({dimensions})
        productFlavors {{ create("prod") {{ applicationId = "a.b"; dimension = stage }} }}
    }}"""
    assert identity_of(files(kotlin=script), "prod").app_id == "a.b"


@pytest.mark.parametrize(
    "flavor",
    [
        pytest.param("one { applicationId 'x.one' }", id="none"),
        pytest.param("one { dimension 'c' }", id="another"),
        pytest.param("one { dimension dims[0] }", id="one that only Gradle knows"),
        pytest.param("one { if (ci) dimension 'a' }", id="one on a condition"),
    ],
)
def test_of_several_dimensions_every_flavor_must_name_its_own(flavor: str) -> None:
    script = f"""android {{
        flavorDimensions 'a', 'b'
        productFlavors {{
            {flavor}
            two {{ dimension 'b' }}
        }}
    }}"""
    reason = unknown(identity_of(files(groovy=script), "oneTwo").app_id).reason

    assert reason == "is unknown, because the flavor 'one' has no dimension here"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param('dependencies { add("api", "x") }', id="a dependency that is added"),
        pytest.param('def flavorDimensions = "a"', id="a variable of that name"),
    ],
)
def test_what_is_no_dimension_leaves_a_flavor_known(other: str) -> None:
    script = f"{other}\nandroid {{ productFlavors {{ one {{ applicationId 'x.one' }} }} }}"

    assert identity_of(files(groovy=script), "one").app_id == "x.one"


def test_dimensions_on_a_condition_make_every_flavor_unknown() -> None:
    script = "android { if (ci) { flavorDimensions 'a' }\nproductFlavors { one { } } }"

    assert "`flavorDimensions`" in unknown(identity_of(files(groovy=script), "one").app_id).reason


def test_a_flavor_that_can_be_made_up_in_two_ways_is_unknown() -> None:
    script = """android {
        flavorDimensions 'a', 'b'
        productFlavors {
            x { dimension 'a' }
            xY { dimension 'a' }
            yZ { dimension 'b' }
            z { dimension 'b' }
        }
    }"""
    reason = unknown(identity_of(files(groovy=script), "xYZ").app_id).reason

    assert reason == "is not known for 'xYZ', which several flavors add up to"


def test_a_flavor_for_an_app_that_has_none_is_unknown() -> None:
    assert (
        "names no such flavor" in unknown(identity_of(shape("kotlin-plugin"), "prod").app_id).reason
    )


@pytest.mark.parametrize("script", ["groovy-flavors", "kotlin-flavors"])
def test_without_a_flavor_all_that_flavors_differ_in_is_unknown(script: str) -> None:
    found = identity_of(shape(script))

    for fact in (found.app_id, found.version, found.build):
        assert unknown(fact).reason == "depends on the flavor, but no flavor is set"
        assert unknown(fact).hint == "give the input `flavor`"


def test_without_a_flavor_all_that_flavors_do_not_touch_is_known() -> None:
    script = """android {
        defaultConfig { applicationId = "org.example.bakery"; versionCode = 3 }
        flavorDimensions += "stage"
        productFlavors {
            create("dev") { versionNameSuffix = "-dev" }
            create("prod") { minSdk = 23 }
        }
    }"""
    found = identity_of(files(kotlin=script))

    assert (found.app_id, found.build) == (BAKERY, "3")
    assert unknown(found.version).location == f"{KOTLIN}, line 5"


def test_the_only_flavor_counts_without_being_requested() -> None:
    assert known(shape("extension-by-type")) == (BAKERY, "4.2-prod", "42")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(
            "namespace-only", ("org.example.kitchen", "3.1-lts", "31"), id="the namespace"
        ),
        pytest.param(
            "manifest-only", ("org.example.manifest.app", "0.5-old", "5"), id="a manifest"
        ),
    ],
)
def test_what_gradle_does_not_set_comes_from_the_namespace_or_the_manifest(
    script: str, expected: tuple[str, str, str]
) -> None:
    assert known(shape(script)) == expected


@pytest.mark.parametrize("script", ["braces", "kotlin-braces"])
def test_braces_and_settings_in_comments_and_strings_are_only_text(script: str) -> None:
    assert known(shape(script)) == (BAKERY, "1.0 { beta }", "3")


@pytest.mark.parametrize("name", ["braces", "kotlin-braces", "groovy-dimensions"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace(b"\n", b"\r\n"), id="line ends of Windows"),
        pytest.param(lambda text: text.replace(b"\n", b"\r"), id="line ends of old Macs"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="a byte order mark"),
        pytest.param(lambda text: text.replace(b"    ", b"\t"), id="tabs"),
        pytest.param(lambda text: text + b"\n// \xff\xfe\x00\x80\n", id="binary bytes"),
        pytest.param(lambda text: text.rstrip(), id="no line end at the end"),
    ],
)
def test_the_format_of_the_file_does_not_matter(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    read = shape(name)
    flavor = "freeProd" if name == "groovy-dimensions" else None

    def changed(path: PurePosixPath) -> bytes | None:
        text = read(path)
        return None if text is None else change(text)

    assert identity_of(changed, flavor) == identity_of(read, flavor)
    assert identity_of(read, flavor).app_id in {BAKERY, "com.example.free.app.free.shop"}


def test_a_name_that_the_script_gives_a_value_once_is_followed() -> None:
    assert known(shape("variables")) == (f"{BAKERY}.shop", "4.1", "41")


def test_kotlin_names_are_followed_and_delegated_ones_are_not() -> None:
    found = identity_of(shape("kotlin-variables"))

    assert (found.app_id, found.build) == (f"{BAKERY}.shop", "41")
    assert "`storeName`" in unknown(found.version).reason


@pytest.mark.parametrize(
    "script",
    [
        pytest.param('def id = "a.b"\nid = "c.d"\n%s', id="a name with two values"),
        pytest.param('def id = "a.b"\nif (ci) id = "c.d"\n%s', id="a second value in a condition"),
        pytest.param('def id = "a.b"\nid += ".c"\n%s', id="a name that is added to"),
        pytest.param('def f() {\n def id = "a.b"\n}\n%s', id="a name of a function"),
        pytest.param('%s\ndef id = "a.b"', id="a name given a value afterwards"),
        pytest.param("%s", id="a name from somewhere else"),
    ],
)
def test_a_name_that_may_have_another_value_is_not_followed(script: str) -> None:
    use = "android {\n defaultConfig {\n applicationId id\n }\n}"

    assert "`id`" in unknown(identity_of(files(groovy=script % use)).app_id).reason


@pytest.mark.parametrize("second", ['"a.$b"', "other", "project.id"])
def test_a_name_for_something_unknown_is_reported_with_its_source(second: str) -> None:
    script = (
        f'def other = "a.b"\ndef id = {second}\nandroid {{ defaultConfig {{ applicationId id }} }}'
    )

    found = unknown(identity_of(files(groovy=script)).app_id)

    assert f"`{second}`" in found.reason
    assert found.location == f"{GROOVY}, line 2"


@pytest.mark.parametrize(
    "expression",
    [
        "rootProject.ext.appId",
        "project.findProperty('appId')",
        "System.getenv('APP_ID') ?: 'org.example.bakery'",
        "libs.versions.appId.get()",
        '"org.example.${stage}"',
        '"org.example.$stage"',
        "'org.example' + '.bakery'",
        "ci ? 'a.b' : 'c.d'",
        '("org.example" + stage)',
        "'org\\u002eexample'",
        "localProperties.getProperty('app.id')",
        "$/org.example/$",
        "['a.b'][0]",
    ],
)
def test_an_expression_is_never_guessed(expression: str) -> None:
    script = f"android {{\n  defaultConfig {{\n    applicationId {expression}\n  }}\n}}\n"

    found = unknown(identity_of(files(groovy=script)).app_id)

    assert "only Gradle can evaluate" in found.reason
    assert found.location == f"{GROOVY}, line 3"
    assert found.hint == "give the input `release`"


def test_a_version_catalog_is_not_read_and_every_fact_has_a_hint() -> None:
    found = identity_of(shape("version-catalog"))

    assert unknown(found.app_id).location == f"{KOTLIN}, line 4"
    assert "`libs.versions.versionName.get()`" in unknown(found.version).reason
    assert unknown(found.build).hint == "give the inputs `release` and `dist`"


def test_functions_and_arithmetic_are_not_worked_out() -> None:
    found = identity_of(shape("computed"))

    assert "suffixOf(" in unknown(found.app_id).reason
    assert "System.getenv('BUILD')" in unknown(found.version).reason
    assert "`flutter.versionCode + 1000`" in unknown(found.build).reason


def test_what_code_sets_on_variants_makes_the_fact_unknown_and_no_other() -> None:
    found = identity_of(shape("variant-overrides"))

    assert unknown(found.app_id).location == f"{GROOVY}, line 16"
    assert unknown(found.build).location == f"{GROOVY}, line 9"
    assert found.version == "1.2.3"


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param('if (ci) applicationId "c.d"', id="on the same line"),
        pytest.param('if (ci)\n  applicationId "c.d"', id="on the next line"),
        pytest.param('if (ci) {\n  applicationId "c.d"\n}', id="in braces"),
        pytest.param('if (ci)\n{\n  applicationId = "c.d"\n}', id="in braces on the next line"),
        pytest.param('if (ci) { }\nelse\n  applicationId("c.d")', id="or else"),
        pytest.param('if (ci) { } else applicationId = "c.d"', id="or else on the same line"),
        pytest.param('ci ? setApplicationId("c.d") : null', id="by a question mark"),
        pytest.param('with { applicationId "c.d" }', id="in a closure"),
        pytest.param('applicationId = run { "c.d" }', id="to what a closure gives"),
    ],
)
def test_a_setting_on_a_condition_is_not_taken_for_one_that_always_counts(inner: str) -> None:
    script = f'android {{ defaultConfig {{\napplicationId "a.b"\n{inner}\n}} }}'

    reason = unknown(identity_of(files(groovy=script)).app_id).reason

    assert reason == "is also set by code that only Gradle can evaluate"


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param('buildTypes { staging { applicationIdSuffix ".s" } }', id="other build types"),
        pytest.param(
            'buildTypes { debug { if (ci) { applicationIdSuffix ".d" } } }',
            id="a condition in another build type",
        ),
        pytest.param(
            "buildTypes { staging { initWith release } }", id="a copy of the release type"
        ),
        pytest.param('defaultConfig { testApplicationId "a.test" }', id="the id of the tests"),
        pytest.param('def applicationId = "x.y"', id="a variable of that name"),
        pytest.param("println(applicationId)", id="a look at it"),
        pytest.param("if (applicationId == 'x') { println 1 }", id="a comparison"),
        pytest.param("manifestPlaceholders = [applicationId: 'x.y']", id="a key of a map"),
    ],
)
def test_what_does_not_reach_the_release_is_left_alone(extra: str) -> None:
    script = f'android {{\ndefaultConfig {{ applicationId "a.b" }}\n{extra}\n}}'

    assert identity_of(files(groovy=script)).app_id == "a.b"


def test_a_release_copied_from_another_build_type_is_unknown() -> None:
    script = """android {
        defaultConfig { applicationId "a.b" }
        buildTypes { release { initWith debug } }
    }"""
    found = unknown(identity_of(files(groovy=script)).app_id)

    assert found.reason == "is copied from another block by `initWith`"


@pytest.mark.parametrize(
    ("suffix", "app_id"),
    [("", "a.b"), (".c", "a.b.c"), ("c", "a.b.c"), (".c.d", "a.b.c.d"), ("..c", "a.b..c")],
)
def test_a_suffix_is_joined_with_one_dot_and_an_empty_one_with_none(
    suffix: str, app_id: str
) -> None:
    script = (
        f"android {{ defaultConfig {{ applicationId 'a.b'; applicationIdSuffix '{suffix}' }} }}"
    )

    assert identity_of(files(groovy=script)).app_id == app_id


@pytest.mark.parametrize(
    "form",
    [
        'applicationId "a.b"',
        "applicationId 'a.b'",
        'applicationId = "a.b"',
        'applicationId="a.b"',
        'applicationId("a.b")',
        'applicationId ("a.b")',
        'applicationId = ("a.b")',
        'applicationId.set("a.b")',
        'setApplicationId("a.b")',
        'this.applicationId = "a.b"',
        'applicationId """a.b"""',
        'applicationId =\n  "a.b"',
        'applicationId "x.y"\n  applicationId "a.b"',
    ],
)
def test_an_id_is_read_in_every_form_of_the_language(form: str) -> None:
    script = f"android {{\n defaultConfig {{\n  {form}\n }}\n}}"

    assert identity_of(files(groovy=script)).app_id == "a.b"
    assert identity_of(files(groovy=f"{script}\nandroid {{ }}")).app_id == "a.b"


@pytest.mark.parametrize(
    "script",
    [
        'android.defaultConfig.applicationId = "a.b"',
        'android.defaultConfig {\n applicationId "a.b"\n}',
        'android\n{\n defaultConfig\n {\n  applicationId = "a.b"\n }\n}',
        'android { defaultConfig { applicationId "a.b" } }',
        'android { }\nandroid { defaultConfig { applicationId "a.b" } }',
        'configure<BaseAppModuleExtension> { defaultConfig { applicationId = "a.b" } }',
    ],
)
def test_an_id_is_found_however_its_block_is_written(script: str) -> None:
    assert identity_of(files(kotlin=script)).app_id == "a.b"


def test_a_suffix_that_is_set_after_initwith_counts() -> None:
    script = """android {
        defaultConfig { versionName '1.0' }
        buildTypes { release { initWith debug\n versionNameSuffix '-r' } }
    }"""

    assert identity_of(files(groovy=script)).version == "1.0-r"


def test_a_block_within_a_flavor_is_no_flavor() -> None:
    script = "android { productFlavors { one { applicationId 'x.one'; ndk { abiFilters 'a' } } } }"

    assert identity_of(files(groovy=script)).app_id == "x.one"


@pytest.mark.parametrize("name", ["versionName", "ext.versionName", "ext.shop.versionName"])
def test_a_property_of_the_project_sets_nothing_of_the_app(name: str) -> None:
    script = f"{name} = '9'\nandroid {{ defaultConfig {{ versionName '1.0' }} }}"

    assert identity_of(files(groovy=script)).version == "1.0"


@pytest.mark.parametrize(
    "block",
    [
        "productFlavors { one { if (ci) { versionNameSuffix '-x' } } }",
        "productFlavors { one { }\nall { flavor ->\nflavor.versionNameSuffix = '-x'\n} }",
        "buildTypes { release { if (ci) { versionNameSuffix '-x' } } }",
    ],
    ids=["on a condition in the flavor", "in all flavors", "on a condition in the release"],
)
def test_a_suffix_that_the_release_may_have_makes_the_version_unknown(block: str) -> None:
    script = f"android {{ defaultConfig {{ versionName '1.0' }}\n{block} }}"

    found = identity_of(files(groovy=script)).version

    assert unknown(found).reason == "is also set by code that only Gradle can evaluate"


@pytest.mark.parametrize("brace", [" {", "\n{"])
def test_a_flavor_is_found_wherever_its_brace_stands(brace: str) -> None:
    script = f"android{brace}\nproductFlavors{brace}\none{brace}\napplicationId 'x.one'\n}} }} }}"

    assert identity_of(files(groovy=script), "one").app_id == "x.one"


ADDED = "is appended to, which only Gradle can evaluate"
COPIED = "is copied from another block by `initWith`"
FROM_FLUTTER = "comes from Flutter, but neither the pubspec nor a flag sets it"
READ = "localProperties.getProperty('flutter.versionName')"


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (["versionName '1.0'", "versionName '1.1'", "versionName += '-rc'"], ADDED),
        (["versionName += '-rc'", "versionName '1.0'"], "1.0"),
        (["versionName '1.0'", "versionName '1.1'", "initWith other"], COPIED),
        (["versionName '1.0'", "versionName '1.1'", f"versionName {READ}"], FROM_FLUTTER),
        ([f"versionName {READ}", "versionName '1.0'"], "1.0"),
    ],
)
def test_of_several_settings_of_a_block_the_last_one_counts(lines: list[str], version: str) -> None:
    script = "\n".join(["android { defaultConfig {", *lines, "} }"])

    found = identity_of(files(groovy=script), name=None).version

    if isinstance(found, Unknown):
        assert (found.reason, found.location) == (version, f"{GROOVY}, line {len(lines) + 1}")
    else:
        assert found == version


@pytest.mark.parametrize(
    ("number", "code"),
    [("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "1")],
)
def test_a_number_beyond_64_bits_becomes_1_as_in_flutter(number: str, code: str) -> None:
    source = FromFlutter(key="versionCode", default=None)

    assert compute_version_code(source, build_name=None, build_number=number) == code


@pytest.mark.parametrize(
    ("form", "build"),
    [
        ("versionCode 12", "12"),
        ("versionCode = 1_200", "1200"),
        ('versionCode = "12".toInteger()', "12"),
        ("versionCode flutterVersionCode as Integer", "45"),
        ("versionCode Integer.valueOf(flutterVersionCode)", "45"),
        ("versionCode = (localProperties['flutter.versionCode'] ?: 9).toInteger()", "45"),
        ("versionCode = localProperties.getProperty('flutter.versionCode')?.toInt() ?: 9", "45"),
        ("versionCode = flutter.versionCode", "45"),
    ],
)
def test_a_version_code_is_read_through_its_conversions(form: str, build: str) -> None:
    script = f"""def flutterVersionCode = localProperties.getProperty('flutter.versionCode')
    android {{ defaultConfig {{
        {form}
    }} }}"""
    assert identity_of(files(groovy=script)).build == build


@pytest.mark.parametrize(
    ("read", "version"),
    [
        pytest.param("getProperty('flutter.versionName') ?: '0.9'", "0.9", id="or else"),
        pytest.param("getProperty('flutter.versionName', '0.9')", "0.9", id="with a default"),
    ],
)
def test_without_a_version_the_default_of_the_script_counts(read: str, version: str) -> None:
    script = f"android {{ defaultConfig {{\n versionName localProperties.{read}\n}} }}"

    assert identity_of(files(groovy=script), name=None).version == version


def test_without_a_version_and_without_a_default_it_is_unknown() -> None:
    read = "localProperties.getProperty('flutter.versionName')"
    script = f"android {{ defaultConfig {{\n versionName {read}\n}} }}"

    reason = unknown(identity_of(files(groovy=script), name=None).version).reason

    assert reason == "comes from Flutter, but neither the pubspec nor a flag sets it"


@pytest.mark.parametrize("number", ["2147483648", "9" * 18])
def test_a_number_that_android_cannot_take_is_unknown(number: str) -> None:
    found = unknown(identity_of(shape("kotlin-plugin"), number=number).build)

    assert "2147483647" in found.reason
    assert found.hint == "give the input `build-number`"


def test_what_another_script_may_set_is_unknown_and_flutters_own_script_is_no_such() -> None:
    script = "apply from: project(':env').projectDir.path + '/env.gradle'\n\nandroid {\n}\n"

    found = unknown(identity_of(files(groovy=script)).app_id)

    assert found.reason == "may be set by another script that this one applies"
    assert found.location == f"{GROOVY}, line 1"


def test_a_script_that_applies_a_missing_one_says_so() -> None:
    found = unknown(identity_of(shape("applied-script")).app_id)

    assert found.reason == (
        "is in a script that cannot be read: it applies identity.gradle, which does not exist"
    )


def applying(statement: str, **scripts: str) -> ReadFile:
    """An app with a whole `android` block whose script then runs a statement."""
    main = f"{WHOLE}\n{statement}\n"
    known = {KOTLIN: main} | {f"android/{path}": text for path, text in scripts.items()}
    return lambda path: known[str(path)].encode() if str(path) in known else None


WHOLE = """android {
    defaultConfig {
        applicationId = "org.example.bakery"
        versionName = flutter.versionName
        versionCode = flutter.versionCode
    }
}"""
# The shape in which flutter_flavorizr keeps all flavors of an app.
FLAVORS = """val android = project.extensions.getByType(AppExtension::class.java)

android.apply {
    flavorDimensions("flavor-type")

    productFlavors {
        create("dev") {
            dimension = "flavor-type"
            applicationId = "org.example.bakery.dev"
            resValue(type = "string", name = "app_name", value = "Bakery dev")
        }
        create("prod") {
            dimension = "flavor-type"
            applicationId = "org.example.pastry"
        }
    }
}
"""


@pytest.mark.parametrize(
    "statement",
    [
        'apply { from("flavors.gradle.kts") }',
        'apply(from = "flavors.gradle.kts")',
        'apply(from = "../app/flavors.gradle.kts")',
        'apply(from = "$rootDir/app/flavors.gradle.kts")',
        'apply(from = "${rootProject.projectDir}/app/flavors.gradle.kts")',
    ],
)
def test_flavors_in_an_applied_script_are_those_of_the_app(statement: str) -> None:
    read = applying(statement, **{"app/flavors.gradle.kts": FLAVORS})

    assert known(read, "prod") == ("org.example.pastry", "1.2.3", "45")
    assert known(read, "dev") == ("org.example.bakery.dev", "1.2.3", "45")


def test_without_a_flavor_the_place_in_the_applied_script_is_shown() -> None:
    scripts = {"app/flavors.gradle.kts": f"\n{FLAVORS}"}
    read = applying('apply { from("flavors.gradle.kts") }', **scripts)

    found = unknown(identity_of(read).app_id)

    assert found.reason == "depends on the flavor, but no flavor is set"
    assert found.location == "android/app/flavors.gradle.kts, line 10"


def test_an_applied_script_may_apply_another_one_from_the_folder_of_the_app() -> None:
    scripts = {
        "more/all.gradle.kts": 'apply(from = "flavors.gradle.kts")',
        "app/flavors.gradle.kts": FLAVORS,
    }

    read = applying('apply(from = "../more/all.gradle.kts")', **scripts)

    assert known(read, "prod")[0] == "org.example.pastry"


def test_scripts_that_apply_each_other_end() -> None:
    again = 'apply(from = "again.gradle.kts")'

    found = unknown(identity_of(applying(again, **{"app/again.gradle.kts": again})).app_id)

    assert found.reason == "is in a script that cannot be read: it applies too many scripts"


@pytest.mark.parametrize(
    ("head", "tail"), [("android {\ndefaultConfig {", "} }"), ("android.defaultConfig {", "}")]
)
def test_a_constant_of_a_script_that_is_applied_first_is_known(head: str, tail: str) -> None:
    main = f"""apply from: 'versions.gradle'
{head}
        applicationId 'org.example.bakery'
        versionName flutter.versionName
        versionCode shopCode
{tail}"""
    scripts = {GROOVY: main, "android/app/versions.gradle": "ext.shopCode = 77\n"}

    def read(path: PurePosixPath) -> bytes | None:
        return scripts[str(path)].encode() if str(path) in scripts else None

    assert known(read) == (BAKERY, "1.2.3", "77")


def test_a_script_outside_of_the_app_is_never_read() -> None:
    read_paths = []

    def read(path: PurePosixPath) -> bytes | None:
        read_paths.append(str(path))
        return (
            f"{WHOLE}\napply(from = '../../../secret.gradle')".encode()
            if path.name == "build.gradle.kts"
            else None
        )

    assert identity_of(read).app_id == BAKERY
    assert set(read_paths) <= {GROOVY, KOTLIN, MANIFEST}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(None, id="no manifest"),
        pytest.param("", id="an empty one"),
        pytest.param("<manifest", id="one that is cut short"),
        pytest.param("<manifest />", id="one without a package"),
        pytest.param("<!-- <manifest package='a.b'/>", id="one in a comment"),
        pytest.param("<x package='a.b'/>", id="another file"),
        pytest.param("<manifest package='${id}'/>", id="a placeholder"),
        pytest.param("<manifest package='a.b'/>" + " " * 300_000, id="one that is too long"),
    ],
)
def test_a_missing_id_is_reported(manifest: str | None) -> None:
    content = {"groovy": "android { }"} | ({} if manifest is None else {"manifest": manifest})
    found = identity_of(files(**content))

    assert unknown(found.app_id).hint == "give the input `release`"
    assert unknown(found.build).hint == "give the inputs `release` and `dist`"
    assert found.version is None


def test_groovy_counts_where_there_is_kotlin_as_well() -> None:
    both = files(
        groovy="android { namespace 'a.groovy' }", kotlin='android { namespace = "a.kotlin" }'
    )
    assert identity_of(both).app_id == "a.groovy"


def test_a_folder_without_an_android_app_has_no_identity() -> None:
    read = files(manifest="<manifest package='a.b'/>")

    assert read_android_identity(read, flavor=None, build_name="1.0.0", build_number="1") is None


def test_the_manifest_is_only_read_when_it_is_needed() -> None:
    names: list[str] = []

    def read(path: PurePosixPath) -> bytes | None:
        names.append(path.name)
        return shape("groovy-plugin")(path)

    identity_of(read)

    assert names == ["build.gradle"]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("android {", id="a brace that is not closed"),
        pytest.param("android { } }", id="a brace too many"),
        pytest.param("android { defaultConfig { applicationId('a.b' } }", id="a parenthesis"),
        pytest.param("android { /* }", id="a comment that does not end"),
        pytest.param('android { namespace "a.b\n" }', id="a string that does not end"),
        pytest.param('x = "${ {"', id="a template that does not end"),
        pytest.param("x = $/ {", id="a dollar slashy string that does not end"),
        pytest.param("{" * 5000 + "}" * 5000, id="blocks without end"),
        pytest.param("android { }\n" * 450_000, id="5 MB"),
    ],
)
def test_a_script_that_cannot_be_read_is_reported_at_once(script: str) -> None:
    began = time.process_time()
    found = identity_of(files(groovy=script, manifest="<manifest package='a.b'/>"))

    assert "a script that cannot be read" in unknown(found.app_id).reason
    assert found.app_id == found.version == found.build
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("script", "location"),
    [
        ("x = 1\nandroid { } }", f"{GROOVY}, line 2"),
        ('"', f"{GROOVY}, line 1"),
        (" " * (128 * 1024 + 1), GROOVY),
    ],
    ids=["a brace too many", "a string without end", "too long"],
)
def test_a_script_that_cannot_be_read_is_shown_by_the_line_of_the_mistake(
    script: str, location: str
) -> None:
    assert unknown(identity_of(files(groovy=script)).app_id).location == location


LONG = 128 * 1024
PIECES = [
    "{}",
    "a{}\n",
    "=\n",
    "if (a)\n",
    'a("")\n',
    "versionName=x;",
    "a.",
    "=/a/",
    "\n ",
    '"${"',
]


@pytest.mark.large
@pytest.mark.parametrize("piece", PIECES)
def test_the_longest_script_takes_less_than_a_second(piece: str) -> None:
    script = piece * (LONG // len(piece))
    began = time.process_time()

    identity_of(files(kotlin=script, manifest="<manifest a='" * 10_000))

    assert time.process_time() - began < 1


def test_an_app_of_forty_flavors_is_read_in_no_time() -> None:
    flavors = "".join(
        f'create("brand{n}") {{\n  applicationId = "org.example.brand{n}"\n}}\n' for n in range(40)
    )
    script = f"android {{\n productFlavors {{\n{flavors}}}\n}}\n"
    began = time.process_time()

    assert identity_of(files(kotlin=script), "brand39").app_id == "org.example.brand39"
    assert time.process_time() - began < 0.3


def test_attributes_of_a_manifest_are_distinguished_from_what_looks_like_them() -> None:
    text = b"""<manifest note=' package="a.b" ' x:package='c.d' package = "e.f">"""

    assert parse_manifest_attributes(text)["package"] == "e.f"


WORDS = st.sampled_from(
    [
        "android", "defaultConfig", "productFlavors", "buildTypes", "release", "prod", "applicationId",
        "versionName", "versionCode", "namespace", "flavorDimensions", "dimension", "create", "set",
        "flutter", "localProperties", "def", "val", "ext", "if", "else", "(", ")", "{", "}", "[", "]",
        '"', "'", '"""', "'''", '"a.b"', "/*", "*/", "//", "/", "$", "${", "$/", "/$", "\\", "=", "+=",
        ".", ",", ";", ":", "?:", "==", "\n", "\r\n", " ", "\t", "\0", "é", "\ufeff", "1", "null",
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200)


@given(script=TEXTS, manifest=TEXTS, flavor=st.none() | TEXTS, number=st.none() | TEXTS)
@tried
def test_any_text_gives_an_identity_and_never_an_exception(
    script: str, manifest: str, flavor: str | None, number: str | None
) -> None:
    bytes_ = script.encode("utf-8", errors="surrogatepass")
    for read in (files(groovy=bytes_, manifest=manifest), files(kotlin=bytes_, manifest=manifest)):
        found = identity_of(read, flavor, name="1.2.3", number=number)

        assert isinstance(found.app_id, str | Unknown)
        assert isinstance(found.build, str | Unknown)
        for fact in (found.app_id, found.version, found.build):
            assert not isinstance(fact, Unknown) or (fact.reason and fact.location and fact.hint)


@given(data=st.binary(max_size=300))
@tried
def test_any_bytes_give_an_identity_and_never_an_exception(data: bytes) -> None:
    assert identity_of(files(groovy=data, manifest=data)).build


@given(kept=st.integers(0, 2000), name=st.sampled_from(sorted(p.name for p in FIXTURES.iterdir())))
@tried
def test_a_script_cut_short_is_never_read_as_another_app(kept: int, name: str) -> None:
    whole = identity_of(shape(name), "freeProd" if "dimensions" in name else None)
    script = next((FIXTURES / name / "android/app").glob("build.gradle*"))

    def read(path: PurePosixPath) -> bytes | None:
        return script.read_bytes()[:kept] if Path(path).name == script.name else None

    found = identity_of(read, "freeProd" if "dimensions" in name else None)

    assert isinstance(found.app_id, Unknown) or found.app_id == whole.app_id


def build_of(number: str) -> object:
    script = f'android {{ defaultConfig {{\n versionCode = "{number}".toInteger()\n}} }}'
    return identity_of(files(groovy=script)).build


@pytest.mark.parametrize(
    ("number", "build"), [("2147483647", "2147483647"), ("007", "7"), ("000", "0")]
)
def test_a_version_code_is_a_whole_number_of_32_bits(number: str, build: str) -> None:
    assert build_of(number) == build


@pytest.mark.parametrize("number", ["2147483648", "9" * 11, "1.2", "x", "\u0663"])
def test_a_version_code_that_android_refuses_is_unknown(number: str) -> None:
    found = unknown(build_of(number))

    assert "Android requires whole numbers up to 2147483647" in found.reason


def flavored(flavors: int, more: str = "") -> ReadFile:
    """An app with flavors whose names are f0, f1 and so on."""
    blocks = "\n".join(f"f{number} {{ versionCode {number} }}" for number in range(flavors))
    return files(
        groovy=f"""android {{
    defaultConfig {{
        applicationId 'org.example.bakery'
        versionName flutter.versionName
        versionCode flutter.versionCode
    }}
    productFlavors {{
        {blocks}
    }}
    {more}
}}"""
    )


@pytest.mark.parametrize(("flavors", "end"), [(10, "f8, f9"), (11, "f8, f9…")])
def test_ten_flavors_are_named_if_none_fits(flavors: int, end: str) -> None:
    found = unknown(identity_of(flavored(flavors), "other").build)

    assert found.reason.endswith(end)


def test_an_override_with_the_default_hides_the_value_of_a_flavor() -> None:
    override = (
        "applicationVariants.all { variant ->\n variant.outputs.each { output ->\n"
        "output.versionCodeOverride = defaultConfig.versionCode\n }\n }"
    )

    assert isinstance(identity_of(flavored(1, override), "f0").build, Unknown)
    assert identity_of(flavored(0, override)).build == "45"


def test_a_variable_of_a_block_sets_nothing_of_the_app() -> None:
    more = "applicationVariants.all { variant ->\n def versionCode = 7\n }"

    assert identity_of(flavored(1, more), "f0").build == "0"


def test_a_manifest_has_at_most_256_kibibytes() -> None:
    manifest = b'<manifest package="a">'.ljust(256 * 1024)

    assert parse_manifest_attributes(manifest) == {"package": "a"}
    assert parse_manifest_attributes(manifest + b" ") == {}
