"""Decides what a job delivers: the app or only a check, and which project files it writes."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

_IN_PLACE = re.compile(
    r"\b(?:g?sed|perl)\b[^;&|]{0,300}\s-(?:[a-zA-Z]{0,5}i\S{0,20}|-in-place)"
    r"|\byq\b[^;&|]{0,300}\s(?:-[a-zA-Z]{0,5}i|--inplace|w|write)\b|\bawk\b[^;&|]{0,300}\binplace\b"
)
_INTO = r"(?:(?<!>)>\|?|\btee|\b(?:cp|mv)\b[^;&|]{{0,300}}\s)[ \t]*[\"']?(?:[^\s\"';&|]{{0,300}}/)?{name}[\"']?(?=[\s;&|)]|$)"
_TRIES = frozenset({"pull_request", "pull_request_target", "merge_group"})
_CHECKS = _TRIES | {"schedule"}
_BY_HAND = "workflow_dispatch"
# Actions that deliver nothing.
_KEEPS = re.compile(
    r"(?i)actions/(?:checkout|cache|setup-[\w-]{1,60}|github-script|labeler|stale|dependency-review-action)(?:/|@|$)"
    r"|[^@]*/(?:setup-[\w-]{1,60}|[\w-]{1,60}-setup|install-[\w-]{1,60}|[\w-]{0,60}cache[\w-]{0,60}|[\w-]{0,60}lint[\w-]{0,60})(?:/|@|$)"
    r"|[^@]*flutter-(?:action|setup|version)[\w-]{0,60}(?:/|@|$)|[^@]*fvm[\w-]{0,60}(?:/|@|$)"
    r"|[^@]*/(?:codecov-action|very_good_coverage|paths-filter|harden-runner|changed-files"
    r"|free-disk-space|maximize-build-space|add-and-commit-check|android-emulator-runner"
    r"|cancel-workflow-action|gradle-build-action|wrapper-validation-action|rust-toolchain"
    r"|dart-package-analyzer|danger-[\w-]{1,60}|reviewdog|test-reporter|action-junit-report)(?:/|@|$)"
)
_SENDS = re.compile(
    r"(?i)(?<![\w-])(?:deploy|publish|upload|distribute|promote|submit|ship)(?!\w*\.(?:ya?ml|md)\b)"
    r"|(?<![\w/-])release(?![\w/])|\b(?:git|docker|skopeo|podman)\b[^;&|]{0,300}\bpush\b"
    r"|\bfastlane\b|\bfirebase\b|\b(?:aws|gsutil|gcloud|azcopy|scp|rsync|sftp|lftp|netlify|vercel|wrangler|surge)\b"
    r"|\bcurl\b[^;|]{0,300}\s(?:-T|-F|--upload-file|--form|--data-binary)\b|\baltool\b|\bnotarytool\b"
    r"|\bsentry[-_](?:cli|dart_plugin)\b|\bshorebird\b|\bfastforge\b|\bpeanut\b|\bgh-pages\b"
    r"|\bapp-store-connect\b|\bgoogle-play\b|\bsnapcraft\b|\bflatpak-builder\b"
)
_PRINTS = re.compile(r"(?<!\S)@?(?:echo|printf|print|Write-(?:Host|Output))\b[^;&|]*")
_XCODE_CLOUD = "ci_scripts"  # its scripts prepare the build that Xcode Cloud delivers
_WORDS = re.compile(r"[a-z]+[0-9]*[a-z]*")
_NAMES_OF_CHECKS = frozenset({
    "analyse", "analysis", "analyze", "benchmark", "benchmarks", "check", "checks", "ci", "e2e",
    "integration", "lint", "perf", "pr", "sanity", "size", "smoke", "test", "tests", "validate",
    "validation", "verification", "verify",
})  # fmt: skip
_NAMES_OF_RELEASES = frozenset({
    "beta", "cd", "delivery", "deploy", "deployment", "distribute", "production", "publish",
    "release", "releases", "ship", "store", "upload",
})  # fmt: skip


def writes_file(command: str, file_name: str, word: str) -> bool:
    """
    Return whether a command may write a key of a file: it edits it in place or replaces the file.

    Args:
        command: The command line.
        file_name: The file's name, without its folder.
        word: The key; a command that edits in place must name it.

    >>> writes_file("perl -pi -e 's/^  dist:/  dist: 7/' pubspec.yaml", "pubspec.yaml", "dist")
    True
    >>> writes_file("sed -i 's/^version:.*/version: 2/' pubspec.yaml", "pubspec.yaml", "dist")
    False
    """
    if file_name not in command:
        return False
    if _IN_PLACE.search(command):
        return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", command) is not None
    return re.search(_INTO.format(name=re.escape(file_name)), command) is not None


def action_delivers(uses: str) -> bool:
    """
    Return whether an action may deliver the app, for example by an upload.

    An unknown action counts as one that does.

    >>> action_delivers("actions/checkout@v5"), action_delivers("actions/upload-artifact@v5")
    (False, True)
    """
    return _KEEPS.match(uses) is None


def commands_deliver(commands: Iterable[str]) -> bool:
    """
    Return whether a command may deliver the app; printed text does not count.

    >>> commands_deliver(["flutter build apk --release"]), commands_deliver(["make deploy"])
    (False, True)
    """
    return any(_SENDS.search(_PRINTS.sub("", text)) for text in commands)


def is_check(path: PurePosixPath, job: str | None, events: frozenset[str]) -> bool:
    """
    Return whether a build in a job that delivers nothing only checks that the app builds.

    That is if it also runs for pull requests, runs on a schedule, or is named after a check, for
    example `smoke.yml` or the job `size`.
    """
    if path.parent.name == _XCODE_CLOUD:
        return False
    if events & _TRIES or (events and events <= _CHECKS | {_BY_HAND} and events & _CHECKS):
        return True
    words = {*_split_words(path.stem), *_split_words(job or "")}
    return bool(words & _NAMES_OF_CHECKS) and not words & _NAMES_OF_RELEASES


def _split_words(name: str) -> list[str]:
    return _WORDS.findall(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
