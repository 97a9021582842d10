"""Claims about the one request that opens a release."""

from datetime import UTC, datetime

import pytest

from sentry_release.decisions.opening import Opened, Plan, planned, range_of, source_page
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.words.commits import CommitRange, Previous, Way
from sentry_release.words.release import Opening, Release, SeenRelease

HEAD, BEFORE = "b" * 40, "a" * 40
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Release(name="shop@1.4.0+27")
RUN = {
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": HEAD,
}


def asked(**inputs: str) -> Config:
    """The config of a step with these inputs."""
    return Config.from_env({f"INPUT_{name.upper()}": text for name, text in inputs.items()})


def run(**variables: str) -> Context:
    """A run of acme/app."""
    return Context.from_env(RUN | variables, {})


def seen(
    *,
    ref: str | None = HEAD,
    commit_count: int = 3,
    created: bool = False,
    released: datetime | None = None,
    deploy_count: int = 0,
) -> SeenRelease:
    """Our release in Sentry."""
    return SeenRelease(
        name=SHOP.name,
        ref=ref,
        url=None,
        released=released,
        opened=None,
        commit_count=commit_count,
        head=None,
        authors=(),
        deploy_count=deploy_count,
        last_deploy=None,
        projects=("shop",),
        created=created,
    )


def plan(
    config: Config, *, listed: tuple[SeenRelease, ...] = (), previous: str | None = BEFORE
) -> Plan:
    """What main will do."""
    return planned(
        config,
        run(),
        release=SHOP,
        environment="production",
        previous=Previous(release="shop@1.3.0", commit=previous),
        listed=listed,
    )


def test_a_release_is_opened_with_its_commit_its_page_and_its_range() -> None:
    opening = plan(asked(projects="shop web")).opening(asked(projects="shop web"), run(), now=NOW)

    assert opening == Opening(
        name="shop@1.4.0+27",
        projects=("shop", "web"),
        url=f"https://github.com/acme/app/commit/{HEAD}",
        ref=HEAD,
        commits=CommitRange(repository="acme/app", source="acme/app", head=HEAD, previous=BEFORE),
        released=None,
    )


@pytest.mark.parametrize(
    ("inputs", "listed", "previous", "way"),
    [
        pytest.param({}, (), BEFORE, Way.INTEGRATION, id="by the integration"),
        pytest.param({"commits": "integration"}, (), BEFORE, Way.INTEGRATION, id="only by it"),
        pytest.param({"commits": "github"}, (), BEFORE, Way.GITHUB, id="from GitHub"),
        pytest.param({"commits": "none"}, (), BEFORE, Way.NONE, id="not at all"),
        pytest.param({}, (), HEAD, Way.NONE, id="there is nothing new"),
        pytest.param({}, (), None, Way.INTEGRATION, id="Sentry guesses the beginning"),
        pytest.param({}, (seen(),), BEFORE, Way.KEPT, id="they are there since an earlier run"),
        pytest.param({}, (seen(commit_count=0),), BEFORE, Way.INTEGRATION, id="they never came"),
        pytest.param({}, (seen(ref=BEFORE),), BEFORE, Way.INTEGRATION, id="they are of another"),
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
        pytest.param({"commits": "github"}, (), True, id="so are those we bring"),
        pytest.param({}, (seen(),), False, id="commits that are there stay untouched"),
        pytest.param({"commits": "none"}, (), False, id="unwanted commits are not named"),
    ],
)
def test_only_commits_that_shall_come_are_named(
    inputs: dict[str, str], listed: tuple[SeenRelease, ...], *, named: bool
) -> None:
    config = asked(**inputs)

    opening = plan(config, listed=listed).opening(config, run(), now=NOW)

    assert (opening.commits is not None) is named


@pytest.mark.parametrize(
    ("finalize", "released"),
    [
        pytest.param("now", NOW, id="now"),
        pytest.param("on-success", None, id="when the job has succeeded"),
        pytest.param("never", None, id="never"),
    ],
)
def test_a_release_is_final_from_the_start_only_where_that_is_asked(
    finalize: str, released: datetime | None
) -> None:
    config = asked(finalize=finalize)

    assert plan(config).opening(config, run(), now=NOW).released == released


def test_a_repository_of_another_name_in_sentry_is_still_the_same_on_github() -> None:
    commits = range_of(asked(repository="App"), run(), Previous(commit=BEFORE))

    assert commits == CommitRange(repository="App", source="acme/app", head=HEAD, previous=BEFORE)


@pytest.mark.parametrize("missing", ["GITHUB_SHA", "GITHUB_REPOSITORY"])
def test_what_cannot_be_named_is_no_range(missing: str) -> None:
    assert range_of(asked(), run(**{missing: ""}), Previous()) is None


def test_outside_actions_a_release_has_no_page_on_github() -> None:
    assert source_page(Context.from_env({}, {})) is None


def test_a_page_too_long_for_sentry_is_left_out_rather_than_failing_there() -> None:
    far = run(GITHUB_SERVER_URL=f"https://{'x' * 150}.example.com")

    opening = plan(asked()).opening(asked(), far, now=NOW)

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
