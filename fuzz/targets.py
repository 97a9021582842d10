"""What is fuzzed: for each parser, bytes in, and nothing but its own errors out."""

import json
import re
import resource
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from answering import github_answers, sentry_answers
from building import of_script, of_workflow
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.config.sentry_server import choose_server, parse_token
from sentry_release.dart.conditions import find_reachability
from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.dart.expressions import find_calls
from sentry_release.dart.sentry_options import find_option_assignments, find_sentry_inits
from sentry_release.doctor.analysis.web import parse_csp
from sentry_release.doctor.ci_files.builds import parse_dart_defines, parse_define_files
from sentry_release.errors import ActionError
from sentry_release.flutter import android, apple, artifacts, platforms, pubspec
from sentry_release.flutter.app_version import AppVersion, VersionFlags
from sentry_release.flutter.yaml_document import parse_editable_yaml, parse_pub_yaml, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.commits import Commit
from sentry_release.model.job import StepOutputs
from sentry_release.release import commit_details, release_name
from sentry_release.release.announcement_policy import parse_rows
from sentry_release.release.release_notes import (
    GOOGLE_PLAY_LIMIT,
    build_release_notes,
    build_store_text,
    count_characters,
)
from uploading import of_archive, of_debug_map, of_object

Target = Callable[[bytes], None]
_TEMPLATE_S, _TEMPLATE_BYTES = 1.0, 256 * 1024 * 1024
VERSION = AppVersion(pubspec_name="1.4.0", pubspec_number="27", flags=VersionFlags())
SHOP = Path(__file__).resolve().parents[1] / "tests/fixtures/flutter/shop"


def _shop_with(**files: bytes) -> Callable[[PurePosixPath], bytes | None]:
    """The files of a real project, with some of them replaced; `__` in a name is a slash."""
    replaced = {name.replace("__", "/"): content for name, content in files.items()}

    def read(path: PurePosixPath) -> bytes | None:
        if str(path) in replaced:
            return replaced[str(path)]
        file = SHOP / path
        return file.read_bytes() if file.is_file() else None

    return read


def of_pubspec(data: bytes) -> None:
    """pubspec.yaml, its lock, and what melos says in it."""
    text = data.decode("utf-8", "replace")
    with suppress(ActionError):
        pubspec.parse_pubspec(text)
    pubspec.find_locked_version(text, "sentry_flutter")
    pubspec.list_ignored_by_melos(text, "melos.yaml")


def of_yaml(data: bytes) -> None:
    """YAML as GitHub and as pub read it: small, and each node on a line of the text."""
    text = data.decode("utf-8", "replace")
    parse_editable_yaml(text)
    for read in (parse_yaml, parse_pub_yaml):
        with suppress(ActionError):
            document = read(text, "some.yaml")
            assert document.size <= 2 * len(text) + _MAX_REPEATED_NODES
            _check_places(document, lines=len(text.splitlines()) + 1)


def _check_places(document: YamlNode, *, lines: int) -> None:
    waiting = [document]
    while waiting:
        node = waiting.pop()
        assert 1 <= node.line <= lines
        waiting += [one for entry in node.entries for one in entry]
        waiting += node.sequence


def of_gradle(data: bytes) -> None:
    """build.gradle in Groovy, or in Kotlin when the first byte is odd."""
    name = "android/app/build.gradle" + (".kts" if data[:1] and data[0] % 2 else "")
    read: Mapping[str, bytes] = {name: data[1:]}
    for flavor in (None, "prod"):
        android.read_android_identity(
            lambda path: read.get(str(path)), flavor=flavor, build_name="1.4.0", build_number="27"
        )


def _apple(**files: bytes) -> None:
    read = _shop_with(**files)
    for flavor in (None, "prod"):
        apple.read_apple_identity(
            read, platform="ios", flavor=flavor, build_name="1.4.0", build_number="27"
        )


def of_pbxproj(data: bytes) -> None:
    """project.pbxproj."""
    _apple(**{"ios__Runner.xcodeproj__project.pbxproj": data})


def of_xcconfig(data: bytes) -> None:
    """Release.xcconfig, which the project includes."""
    _apple(**{"ios__Flutter__Release.xcconfig": data})


def of_plist(data: bytes) -> None:
    """Info.plist, XML or binary; the same inside of what was built."""
    _apple(**{"ios__Runner__Info.plist": data})


def of_rc(data: bytes) -> None:
    """Runner.rc."""
    platforms.read_windows_identity(
        lambda path: data if path == platforms.WINDOWS_RESOURCES else None, VERSION
    )


def of_artifacts(data: bytes) -> None:
    """What a build leaves behind."""
    for artifact in artifacts.ARTIFACTS:
        artifacts.read_artifact_identity(artifact, data, flavor=None)


def of_dart(data: bytes) -> None:
    """A Dart file: its code is as long as its text, and breaks its lines in the same places."""
    text = data.decode("utf-8", "replace")
    read = parse_dart(text)
    assert len(read.code) == len(text)
    assert [at for at, one in enumerate(read.code) if one == "\n"] == [
        at for at, one in enumerate(text) if one == "\n"
    ]
    for init in find_sentry_inits(read):
        find_reachability(read, init.call.start)
    list(find_option_assignments(read, "release"))
    for call in find_calls(read, _CALL):
        find_reachability(read, call.start)


def of_template(data: bytes) -> None:
    """A user's template, in the sandbox: a text or a problem; its process ends it otherwise."""
    from sentry_release.adapters.templates import render

    request = {
        "template": data.decode("utf-8", "replace"),
        "values": [{"package": "shop", "version": "1.4.0"}],
        "is_name": True,
    }
    with suppress(_TooLongError), _alarmed(_TEMPLATE_S):
        json.loads(render.render_request(json.dumps(request)))


class _TooLongError(BaseException):
    """Raised by an alarm; no `except Exception` of a template engine swallows it."""


@contextmanager
def _alarmed(seconds: float) -> Iterator[None]:
    """Give up after so many seconds, again and again where that is swallowed, and at 256 MB more."""

    def fire(*_: object) -> None:
        raise _TooLongError

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _TEMPLATE_BYTES, hard))
    before = signal.signal(signal.SIGALRM, fire)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def of_file_commands(data: bytes) -> None:
    """Values that reach the runner's files come out as they went in, and bring nothing along."""
    key, _, value = data.decode("utf-8", "replace").replace("\r", "").partition("\0")
    name = "".join(one for one in key if one.isalnum() and one.isascii()) or "key"
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8", newline="\n") as file:
        runner = ActionsRunner(
            files=MappingProxyType({"GITHUB_OUTPUT": file.name}),
            on_actions=True,
            is_debug=False,
            write=StringIO(),
        )
        runner.set_outputs(StepOutputs(outputs={name: value, "last": "1"}))
        assert _as_the_runner_reads(Path(file.name)) == {name: value, "last": "1"}
    log = StringIO()
    ActionsRunner(files={}, on_actions=True, is_debug=True, write=log).log_line(value)


def _as_the_runner_reads(path: Path) -> dict[str, str]:
    """Source: actions/runner, src/Runner.Worker/FileCommandManager.cs"""
    with path.open(encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    found, at = {}, 0
    while at < len(lines) and lines[at]:
        key, _, fence = lines[at].partition("<<")
        end = lines.index(fence, at + 1)
        found[key] = "\n".join(lines[at + 1 : end])
        at = end + 1
    return found


def of_event(data: bytes) -> None:
    """The event that started the workflow."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(payload, dict):
        for name in ("push", "pull_request", "deployment_status", "workflow_run"):
            environ = {"GITHUB_EVENT_NAME": name, "GITHUB_REPOSITORY": "acme/shop"}
            Context.from_env(environ, payload)


def of_names(data: bytes) -> None:
    """Names of releases, tokens, and messages of commits."""
    text = data.decode("utf-8", "replace")
    release_name.parse_release_name(text).describe()
    server = choose_server(None, parse_token(text))
    assert server is None or server.startswith("http")
    commit_details.find_referenced_issues(text)
    parse_dart_defines(text)
    parse_define_files(text)
    parse_rows(f"<!-- sentry-release {text} -->", "sentry.io/acme")
    notes = build_release_notes([_commit_of(line) for line in text.split("\0")])
    assert count_characters(build_store_text(notes, GOOGLE_PLAY_LIMIT)) <= GOOGLE_PLAY_LIMIT


def _commit_of(message: str) -> Commit:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    return Commit(
        sha="a" * 40,
        message=message,
        author_name=None,
        author_email=None,
        created_at=then,
        files=(),
    )


def of_page(data: bytes) -> None:
    """web/index.html, for its policies."""
    for policy in parse_csp(data.decode("utf-8", "replace")):
        policy.get_sources("script-src", "default-src")


_MAX_REPEATED_NODES = 20_000
_CALL = re.compile(r"\w+\(")
TARGETS: Mapping[str, Target] = {
    "pubspec": of_pubspec,
    "yaml": of_yaml,
    "gradle": of_gradle,
    "pbxproj": of_pbxproj,
    "xcconfig": of_xcconfig,
    "plist": of_plist,
    "rc": of_rc,
    "artifacts": of_artifacts,
    "dart": of_dart,
    "template": of_template,
    "file_commands": of_file_commands,
    "event": of_event,
    "names": of_names,
    "page": of_page,
    "workflow": of_workflow,
    "script": of_script,
    "sentry_answers": sentry_answers,
    "github_answers": github_answers,
    "elf": of_object,
    "macho": of_object,
    "pe": of_object,
    "pdb": of_object,
    "archive": of_archive,
    "debug_map": of_debug_map,
}
