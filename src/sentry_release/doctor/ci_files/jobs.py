"""Parses the jobs of GitHub workflows and their inputs; what a job delivers, and which files it writes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.doctor.app import ALL_SCOPES, Job, JobStep
from sentry_release.flutter.yaml_node import YamlNode, add_nodes, read_texts

_MATRIX = re.compile(r"\$\{\{\s*matrix\.(?P<name>[\w.-]+)\s*\}\}")
_MAX_STEPS = 2_000  # per job
_TRUE = {"true", "yes", "on"}
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
_MAX_INPUT_VALUES = 20  # values per input
_Given = Mapping[str, tuple[str, ...]]


def parse_jobs(path: PurePosixPath, file: YamlNode) -> tuple[Job, ...]:
    """
    Return the jobs of a workflow; none for a composite action.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    return tuple(_build_job(path, file, name, job) for name, job in file.at("jobs").mapping.items())


def _build_job(path: PurePosixPath, file: YamlNode, name: str, job: YamlNode) -> Job:
    environment = job.at("environment")
    on = file.at("on")
    return Job(
        path=path,
        name=name,
        line=job.line,
        runners=tuple(_list_runners(job)),
        environment=environment.text or environment.at("name").text,
        environment_line=environment.line,
        permissions=_read_permissions(job) or _read_permissions(file),
        env=read_texts(add_nodes(file.at("env").mapping, job.at("env").mapping)),
        outputs=None if "uses" in job.mapping else frozenset(job.at("outputs").mapping),
        is_called="workflow_call" in {on.text, *on.mapping, *on.texts},
        steps=tuple(_list_steps(job)),
    )


def _list_runners(job: YamlNode) -> Iterator[str]:
    runs_on = job.at("runs-on")
    labels = runs_on.at("labels") if runs_on.is_mapping else runs_on
    for label in (labels.text, *labels.texts):
        found = _MATRIX.fullmatch(label or "")
        if found:
            yield from _list_matrix_texts(job, found["name"])
        elif label:
            yield label


def _list_matrix_texts(job: YamlNode, name: str) -> Iterator[str]:
    """Yield the values of a matrix variable, for example `os` or `target.runner`."""
    matrix = job.at("strategy", "matrix")
    keys = name.split(".")
    rows = (
        *matrix.at(keys[0]).sequence,
        *(row.at(keys[0]) for row in matrix.at("include").sequence),
    )
    for row in rows:
        if text := row.at(*keys[1:]).text:
            yield text


def _read_permissions(node: YamlNode) -> Mapping[str, str] | None:
    """
    Return the permissions that a workflow or a job sets; None if it sets none.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
    """
    if "permissions" not in node.mapping:
        return None
    permissions = node.at("permissions")
    if permissions.text is not None:
        return {ALL_SCOPES: permissions.text.removesuffix("-all")}
    return _texts(permissions) or {ALL_SCOPES: "none"}


def _list_steps(job: YamlNode) -> Iterator[JobStep]:
    """
    Yield the steps, each with the background steps that may still run when it starts.

    Source: https://github.blog/changelog/2026-06-25-actions-steps-can-now-be-run-in-parallel
    """
    running: dict[str, JobStep] = {}
    for node in job.at("steps").sequence[:_MAX_STEPS]:
        if "wait-all" in node.mapping:
            running.clear()
        for name in (*_names(node.at("wait")), *_names(node.at("cancel"))):
            running.pop(name, None)
        group = [_build_step(one, running) for one in node.at("parallel").sequence[:_MAX_STEPS]]
        yield from (
            _add_running(one, [other for other in group if other is not one]) for one in group
        )
        if "uses" in node.mapping or "run" in node.mapping:
            step = _build_step(node, running)
            yield step
            if step.is_background:
                running[node.at("id").text or f"line {node.line}"] = step


def _build_step(node: YamlNode, running: Mapping[str, JobStep]) -> JobStep:
    uses = node.at("uses")
    return JobStep(
        line=node.line,
        name=node.at("name").text or uses.text or (node.at("run").text or "").partition("\n")[0],
        id=node.at("id").text,
        uses=uses.text,
        uses_line=uses.line,
        inputs=_texts(node.at("with")),
        env=_texts(node.at("env")),
        script=node.at("run").text or "",
        is_background=(node.at("background").text or "").lower() in _TRUE,
        running=tuple(running.values()),
    )


def _add_running(step: JobStep, others: list[JobStep]) -> JobStep:
    return replace(step, running=(*step.running, *others))


def _names(node: YamlNode) -> tuple[str, ...]:
    return (node.text,) if node.text else node.texts


def _texts(node: YamlNode) -> dict[str, str]:
    return {key: value.text or "" for key, value in node.mapping.items()}


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


def find_given_inputs(files: Iterable[YamlNode]) -> Mapping[str, _Given]:
    """
    Return the inputs that jobs and steps pass to each local action and workflow.

    The keys are paths as in `uses`, without `./`. An input that a caller sets to an expression has
    no values, since it is then unknown.
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    for file in files:
        for job in (file.at("runs"), *file.at("jobs").mapping.values()):
            for step in (job, *job.at("steps").sequence):
                uses = step.at("uses").text or ""
                if uses.startswith("./"):
                    inputs = found.setdefault(uses.removeprefix("./").rstrip("/"), {})
                    for name, node in step.at("with").mapping.items():
                        inputs.setdefault(name, {})[node.text or ""] = None
    return {
        path: {
            name: () if any("$" in one for one in texts) else tuple(texts)
            for name, texts in inputs.items()
        }
        for path, inputs in found.items()
    }


def find_input_values(file: YamlNode, values: _Given) -> _Given:
    """
    Return the possible values of each input of a workflow or an action, by name.

    For a choice these are its options; otherwise the values of callers and the default.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
    """
    found: dict[str, tuple[str, ...]] = {}
    on = file.at("on")
    for inputs in (
        file.at("inputs"),
        on.at("workflow_call", "inputs"),
        on.at("workflow_dispatch", "inputs"),
    ):
        for name, node in inputs.mapping.items():
            options = [one.text for one in node.at("options").sequence if one.text]
            default = node.at("default").text
            is_open = values.get(name) == ()
            texts = options or [
                *values.get(name, ()),
                *([default] if default and not is_open else []),
            ]
            known = dict.fromkeys([*found.get(name, ()), *texts])
            found[name] = tuple(known)[:_MAX_INPUT_VALUES]
    return found
