"""The CI hosts beside GitHub Actions, recognized by their configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.publisher import PROJECT_URL

_PAGE = f"{PROJECT_URL}/blob/main/docs/ci-hosts.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherHost:
    """A CI host: its name, its configuration, and the page with a complete example."""

    name: str
    file: PurePosixPath
    page: str


_HOSTS = (
    ("GitLab CI", ".gitlab-ci.yml", "#gitlab"),
    ("Codemagic", "codemagic.yaml", "#codemagic"),
    ("Bitrise", "bitrise.yml", "#bitrise"),
    ("Azure Pipelines", "azure-pipelines.yml", "#azure-pipelines"),
    ("CircleCI", ".circleci/config.yml", ""),
    ("Bitbucket Pipelines", "bitbucket-pipelines.yml", ""),
    ("Jenkins", "Jenkinsfile", ""),
)


def find_other_host(has_file: Callable[[PurePosixPath], bool]) -> OtherHost | None:
    """Return the CI host whose configuration the repository has; None if there is none."""
    hosts = (
        OtherHost(name=name, file=PurePosixPath(file), page=f"{_PAGE}{anchor}")
        for name, file, anchor in _HOSTS
    )
    return next((one for one in hosts if has_file(one.file)), None)
