"""FD36: a release name that Sentry cannot sort by version."""

import re
from collections.abc import Iterator

from sentry_release.doctor.app import App, Check
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.model.finding import Finding, Rule, Severity

NO_PACKAGE = Rule(
    id="FD36",
    name="release-without-package",
    severity=Severity.WARNING,
    title="A build passes a release name without a package.",
    reason="Sentry sorts releases by version only if they are named `package@version`. Other "
    "releases are sorted by date, which also decides what counts as a regression.",
    link="https://docs.sentry.io/product/releases/naming-releases/",
    fix="Name the release `package@version+build`, as this action's define file does.",
    snippet="flutter build apk --dart-define=SENTRY_RELEASE=shop@1.4.0+27",
)
_RELEASE = "SENTRY_RELEASE"
# Values of GitHub and other CI services that contain no `@`.
_WITHOUT_AT = re.compile(
    r"\$\{\{\s*github\.(?:sha|run_number|run_id|run_attempt)\s*\}\}"
    r"|\$\{?(?:GITHUB_(?:SHA|RUN_NUMBER|RUN_ID)|CI_COMMIT_(?:SHORT_)?SHA|CI_PIPELINE_IID"
    r"|CM_COMMIT|BUILD_NUMBER|BITRISE_BUILD_NUMBER|BITRISE_GIT_COMMIT)\}?"
)
_OPEN = re.compile(r"[$%`#]")


def check_release_format(app: App) -> Iterator[Finding]:
    """Yield each build whose define is certainly a release without `package@`."""
    for build in find_builds(app.steps):
        for define in dict.fromkeys(build.defines):
            known = _WITHOUT_AT.sub("0", define.value)
            if define.key == _RELEASE and known and "@" not in known and not _OPEN.search(known):
                message = f"The release is `{define.value[:80]}`, without `package@`."
                yield NO_PACKAGE.build_finding(build.step.path, build.line, message)


CHECKS: tuple[tuple[Rule, Check], ...] = ((NO_PACKAGE, check_release_format),)
