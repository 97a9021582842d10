"""Claims about the one request that opens a release."""

from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.decisions.opening import (
    Before,
    Opened,
    Plan,
    pinned,
    planned,
    range_of,
    source_page,
)
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.words.commits import CommitRange, Previous, Way
from sentry_release.words.release import Opening, Release, SeenRelease

HEAD, BEFORE, OTHER = "b" * 40, "a" * 40, "c" * 40
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Release(name="shop@1.4.0+27")
RUN = {
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": HEAD,
}


def asked(**inputs: str) -> Config:
    """The config of a step with these inputs."""
    return Config.from_env(
        {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
    )


def run(**variables: str) -> Context:
    """A run of acme/app."""
    return Context.from_env(RUN | variables, {})


def seen(
    *,
    name: str = SHOP.name,
    ref: str | None = HEAD,
    commit_count: int = 3,
    opened: datetime | None = None,
    unlinked: str | None = None,
    created: bool = False,
    released: datetime | None = None,
    deploy_count: int = 0,
) -> SeenRelease:
    """Our release in Sentry."""
    return SeenRelease(
        name=name,
        ref=ref,
        url=None,
        released=released,
        opened=opened,
        commit_count=commit_count,
        head=None,
        authors=(),
        deploy_count=deploy_count,
        last_deploy=None,
        projects=("shop",),
        unlinked_repository=unlinked,
        created=created,
    )


UNLINKED = (seen(name="shop@1.3.0", unlinked="acme/app"),)
ELSEWHERE = (seen(name="shop@1.3.0", unlinked="acme/lib"),)


def plan(
    config: Config,
    *,
    listed: tuple[SeenRelease, ...] = (),
    previous: str | None = BEFORE,
    before: SeenRelease | None = None,
) -> Plan:
    """What main will do."""
    return planned(
        config,
        run(),
        release=SHOP,
        environment="production",
        before=Before(
            previous=Previous(release="shop@1.3.0", commit=previous), seen=before, listed=listed
        ),
    )


def test_a_release_is_opened_with_its_commit_its_page_and_its_range() -> None:
    opening = plan(asked(projects="shop web")).opening(asked(projects="shop web"), run())

    assert opening == Opening(
        name="shop@1.4.0+27",
        projects=("shop", "web"),
        url=f"https://github.com/acme/app/commit/{HEAD}",
        ref=HEAD,
        refs=(CommitRange(repository="acme/app", source="acme/app", head=HEAD, previous=BEFORE),),
    )


@pytest.mark.parametrize(
    ("inputs", "listed", "previous", "way"),
    [
        pytest.param({}, (), BEFORE, Way.INTEGRATION, id="by the integration"),
        pytest.param({"set_commits": "integration"}, (), BEFORE, Way.INTEGRATION, id="only by it"),
        pytest.param({"set_commits": "github"}, (), BEFORE, Way.GITHUB, id="from GitHub"),
        pytest.param({"set_commits": "skip"}, (), BEFORE, Way.NONE, id="not at all"),
        pytest.param({}, (), HEAD, Way.NONE, id="there is nothing new"),
        pytest.param({}, (), None, Way.INTEGRATION, id="Sentry guesses the beginning"),
        pytest.param({}, (seen(),), BEFORE, Way.KEPT, id="they are there since an earlier run"),
        pytest.param({}, (seen(commit_count=0),), BEFORE, Way.INTEGRATION, id="they never came"),
        pytest.param({}, (seen(ref=BEFORE),), BEFORE, Way.INTEGRATION, id="they are of another"),
        pytest.param(
            {"commit_paths": "apps/**"}, (), BEFORE, Way.GITHUB, id="only those of some paths"
        ),
        pytest.param({}, UNLINKED, BEFORE, Way.GITHUB, id="no integration serves the repository"),
        pytest.param({}, ELSEWHERE, BEFORE, Way.INTEGRATION, id="none serves another one"),
        pytest.param(
            {"set_commits": "integration"},
            UNLINKED,
            BEFORE,
            Way.INTEGRATION,
            id="only by it, if at all",
        ),
    ],
)
def test_the_commits_come_the_way_that_is_left(
    inputs: dict[str, str],
    listed: tuple[SeenRelease, ...],
    previous: str | None,
    way: Way,
) -> None:
    assert plan(asked(**inputs), listed=listed, previous=previous).way is way


@pytest.mark.parametrize(
    ("inputs", "listed", "named"),
    [
        pytest.param({}, (), True, id="commits for the integration are named"),
        pytest.param({"set_commits": "github"}, (), False, id="those we bring come themselves"),
        pytest.param({}, (seen(),), False, id="commits that are there stay untouched"),
        pytest.param({"set_commits": "skip"}, (), False, id="unwanted commits are not named"),
    ],
)
def test_only_commits_that_shall_come_are_named(
    inputs: dict[str, str], listed: tuple[SeenRelease, ...], *, named: bool
) -> None:
    config = asked(**inputs)

    opening = plan(config, listed=listed).opening(config, run())

    assert bool(opening.refs) is named


def test_a_repository_of_another_name_in_sentry_is_still_the_same_on_github() -> None:
    commits = range_of(asked(repositories="App"), run(), Previous(commit=BEFORE))

    assert commits == CommitRange(repository="App", source="acme/app", head=HEAD, previous=BEFORE)


def test_other_repositories_are_named_in_the_same_request() -> None:
    config = asked(repositories=f"App acme/lib@{BEFORE}..{HEAD} acme/ui@{HEAD}")

    opening = plan(config).opening(config, run())

    assert [(one.repository, one.previous, one.head) for one in opening.refs] == [
        ("App", BEFORE, HEAD),
        ("acme/lib", BEFORE, HEAD),
        ("acme/ui", None, HEAD),
    ]


def test_a_repository_is_named_once_though_it_is_pinned() -> None:
    config = asked(repositories=f"acme/app@{OTHER}")

    opening = plan(config).opening(config, run())

    assert [(one.repository, one.previous, one.head) for one in opening.refs] == [
        ("acme/app", BEFORE, OTHER)
    ]


def test_commits_that_are_kept_are_not_replaced_by_those_of_other_repositories() -> None:
    config = asked(repositories=f"acme/app acme/lib@{OTHER}")

    opening = plan(config, listed=(seen(),)).opening(config, run())

    assert opening.refs == ()


def test_where_only_others_are_named_the_workflows_own_repository_stays_out() -> None:
    config = asked(repositories=f"acme/lib@{OTHER}")

    assert range_of(config, run(), Previous()) is None
    assert [one.repository for one in pinned(config)] == ["acme/lib"]
    assert pinned(asked(repositories=f"acme/lib@{OTHER}", set_commits="skip")) == ()


def test_the_older_release_in_the_newer_ones_place_is_a_rollback() -> None:
    ours = seen(opened=NOW)
    newer = seen(name="shop@1.5.0", opened=NOW + timedelta(days=1))
    older = seen(name="shop@1.3.0", opened=NOW - timedelta(days=1))

    back = plan(asked(), listed=(newer, ours), before=newer)
    again = plan(asked(), listed=(ours, older), before=older)

    assert back.way is again.way is Way.KEPT
    assert back.remark == "This is a rollback from shop@1.5.0: the release keeps its own commits."
    assert again.remark is None


@pytest.mark.parametrize("missing", ["GITHUB_SHA", "GITHUB_REPOSITORY"])
def test_what_cannot_be_named_is_no_range(missing: str) -> None:
    assert range_of(asked(), run(**{missing: ""}), Previous()) is None


def test_outside_actions_a_release_has_no_page_on_github() -> None:
    assert source_page(Context.from_env({}, {})) is None


def test_a_page_too_long_for_sentry_is_left_out_rather_than_failing_there() -> None:
    far = run(GITHUB_SERVER_URL=f"https://{'.'.join(['x' * 50] * 3)}.example.com")

    opening = plan(asked()).opening(asked(), far)

    assert opening.url is None


@pytest.mark.parametrize("server", ["https://ghes", "https://git_hub.example.com"])
def test_a_page_that_sentry_takes_for_no_address_is_left_out(server: str) -> None:
    opening = plan(asked()).opening(asked(), run(GITHUB_SERVER_URL=server))

    assert opening.url is None


@pytest.mark.parametrize(
    ("release", "fresh"),
    [
        pytest.param(seen(created=True), True, id="made by us just now"),
        pytest.param(seen(), False, id="made by somebody else"),
        pytest.param(seen(created=True, released=NOW), False, id="final already"),
        pytest.param(seen(created=True, deploy_count=1), False, id="deployed already"),
    ],
)
def test_post_may_spare_its_look_only_at_a_release_of_our_own_making(
    release: SeenRelease, *, fresh: bool
) -> None:
    opened = Opened(plan=plan(asked()), seen=release)

    left = opened.handed_over(Handover(release=SHOP.name, environment="production"))

    assert left.fresh is fresh
    assert left.opened
    assert (left.head, left.previous_commit, left.previous_release) == (HEAD, BEFORE, "shop@1.3.0")
    assert left.way is Way.INTEGRATION
