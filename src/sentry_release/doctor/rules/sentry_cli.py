"""FD39: sentry-cli creates or finalizes a different release than the app reports."""

import re
from collections.abc import Iterator

from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.plugin_release import find_reported
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.doctor.ci_files.build_commands import VARIABLE
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.release.sdk_default import build_sdk_default

OTHER_RELEASE = Rule(
    id="FD39",
    name="sentry-cli-names-another-release",
    severity=Severity.WARNING,
    title="sentry-cli uses a different release than the app reports.",
    reason="Commits, deploys and the finalized state go to a release without sessions, and the "
    "release with the sessions has none of them.",
    link="https://docs.sentry.io/cli/releases/",
    fix="Pass sentry-cli the release name that the builds report, for example the output "
    "`release` of this action.",
    snippet='- run: sentry-cli releases finalize "$SENTRY_RELEASE"',
)
_COMMAND = re.compile(
    r"\bsentry-cli\b[^;&|\n]{0,300}?\breleases[ \t]+(?:new|finalize|set-commits)\b"
    r"(?P<options>(?:[ \t]+--?[\w-]+(?:=\S+)?){0,10})[ \t]+"
    r"(?P<name>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|[^\s;&|])+)"
)
_PROPOSED = re.compile(r"propose-version")
_PART = re.compile(rf"\$\([^)]{{0,300}}\)|`[^`]{{0,300}}`|{VARIABLE}")


def check_sentry_cli(app: App) -> Iterator[Finding]:
    """Yield each command whose release differs from all that the builds of its job report."""
    if names_release_in_code(app):
        return
    for step in app.steps:
        for command in step.commands:
            if "sentry-cli" not in command.text:
                continue
            for found in _COMMAND.finditer(command.text):
                name = found["name"].strip("\"'")
                reported = _find_reported_names(app, step)
                if reported and not any(_may_be(name, one) for one in reported):
                    message = f"sentry-cli uses `{name[:80]}`, but the app reports {' or '.join(reported)}."
                    yield OTHER_RELEASE.build_finding(step.path, command.line, message)


def _find_reported_names(app: App, step: BuildStep) -> tuple[str, ...]:
    """Return the names that the builds report; none if one of them is unknown."""
    found: dict[str, None] = {}
    for one in find_reported(app, step):
        name = one.computed or (build_sdk_default(one.identity).release if one.identity else None)
        if not isinstance(name, str):
            return ()
        found[name] = None
    return tuple(found)


def _may_be(name: str, reported: str) -> bool:
    """Return whether the name can equal this release for some values of its variables."""
    if _PROPOSED.search(name):
        return False  # it proposes the commit hash
    parts = [re.escape(one) for one in _PART.split(name)]
    return re.fullmatch(".*".join(parts), reported) is not None


CHECKS: tuple[tuple[Rule, Check], ...] = ((OTHER_RELEASE, check_sentry_cli),)
