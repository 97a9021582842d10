"""Claims about the one request that opens a release."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.model.commits import Commit, CommitRange, CommitSource, PreviousRelease
from sentry_release.model.release import NewRelease, Release, SentryRelease
from sentry_release.release.plan import (
    CreatedRelease,
    PreviousState,
    ReleasePlan,
    build_commit_url_of_run,
    describe_late_rollback,
    find_commit_range,
    list_pinned_ranges,
    plan_release,
)
from sentry_release.release.post_state import PostState

HEAD, BEFORE, OTHER = "b" * 40, "a" * 40, "c" * 40
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Release(name="shop@1.4.0+27")
RUN = {
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": HEAD,
}


def config_of(**inputs: str) -> Config:
    """The config of a step with these inputs."""
    return Config.from_env(
        {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
    )


def run(**variables: str) -> Context:
    """A run of acme/app."""
    return Context.from_env(RUN | variables, {})


def known_release(
    *,
    name: str = SHOP.name,
    ref: str | None = HEAD,
    commit_count: int = 3,
    opened: datetime | None = None,
    unlinked: str | None = None,
    created: bool = False,
    released: datetime | None = None,
    deploy_count: int = 0,
) -> SentryRelease:
    """Our release in Sentry."""
    return SentryRelease(
        name=name,
        ref=ref,
        url=None,
        released_at=released,
        created_at=opened,
        commit_count=commit_count,
        head=None,
        authors=(),
        deploy_count=deploy_count,
        last_deploy=None,
        projects=("shop",),
        unlinked_repository=unlinked,
        is_new=created,
    )


UNLINKED = (known_release(name="shop@1.3.0", unlinked="acme/app"),)
ELSEWHERE = (known_release(name="shop@1.3.0", unlinked="acme/lib"),)


def plan(
    config: Config,
    *,
    listed: tuple[SentryRelease, ...] = (),
    previous: str | None = BEFORE,
    before: SentryRelease | None = None,
) -> ReleasePlan:
    """What main will do."""
    return plan_release(
        config,
        run(),
        SHOP,
        "production",
        PreviousState(
            range_start=PreviousRelease(release="shop@1.3.0", commit=previous),
            release=before,
            recent=listed,
        ),
    )


def test_a_release_is_opened_with_its_commit_its_page_and_its_range() -> None:
    new_release = plan(config_of(projects="shop web")).build_new_release(
        config_of(projects="shop web"), run()
    )

    assert new_release == NewRelease(
        name="shop@1.4.0+27",
        projects=("shop", "web"),
        url=f"https://github.com/acme/app/commit/{HEAD}",
        ref=HEAD,
        refs=(CommitRange(repository="acme/app", source="acme/app", head=HEAD, previous=BEFORE),),
    )


@pytest.mark.parametrize(
    ("inputs", "listed", "previous", "way"),
    [
        pytest.param({}, (), BEFORE, CommitSource.INTEGRATION, id="by the integration"),
        pytest.param(
            {"set_commits": "integration"}, (), BEFORE, CommitSource.INTEGRATION, id="only by it"
        ),
        pytest.param({"set_commits": "github"}, (), BEFORE, CommitSource.GITHUB, id="from GitHub"),
        pytest.param({"set_commits": "skip"}, (), BEFORE, CommitSource.NONE, id="not at all"),
        pytest.param({}, (), HEAD, CommitSource.NONE, id="there is nothing new"),
        pytest.param({}, (), None, CommitSource.INTEGRATION, id="Sentry guesses the beginning"),
        pytest.param(
            {},
            (known_release(),),
            BEFORE,
            CommitSource.KEPT,
            id="they are there since an earlier run",
        ),
        pytest.param(
            {},
            (known_release(commit_count=0),),
            BEFORE,
            CommitSource.INTEGRATION,
            id="they never came",
        ),
        pytest.param(
            {},
            (known_release(ref=BEFORE),),
            BEFORE,
            CommitSource.INTEGRATION,
            id="they are of another",
        ),
        pytest.param(
            {"commit_paths": "apps/**"},
            (),
            BEFORE,
            CommitSource.GITHUB,
            id="only those of some paths",
        ),
        pytest.param(
            {}, UNLINKED, BEFORE, CommitSource.GITHUB, id="no integration serves the repository"
        ),
        pytest.param({}, ELSEWHERE, BEFORE, CommitSource.INTEGRATION, id="none serves another one"),
        pytest.param(
            {"set_commits": "integration"},
            UNLINKED,
            BEFORE,
            CommitSource.INTEGRATION,
            id="only by it, if at all",
        ),
    ],
)
def test_the_commits_come_from_the_source_that_is_left(
    inputs: dict[str, str],
    listed: tuple[SentryRelease, ...],
    previous: str | None,
    way: CommitSource,
) -> None:
    assert plan(config_of(**inputs), listed=listed, previous=previous).commit_source is way


@pytest.mark.parametrize(
    ("inputs", "listed", "named"),
    [
        pytest.param({}, (), True, id="commits for the integration are named"),
        pytest.param({"set_commits": "github"}, (), False, id="those we bring come themselves"),
        pytest.param({}, (known_release(),), False, id="commits that are there stay untouched"),
        pytest.param({"set_commits": "skip"}, (), False, id="unwanted commits are not named"),
    ],
)
def test_only_commits_that_shall_come_are_named(
    inputs: dict[str, str], listed: tuple[SentryRelease, ...], *, named: bool
) -> None:
    config = config_of(**inputs)

    new_release = plan(config, listed=listed).build_new_release(config, run())

    assert bool(new_release.refs) is named


def test_a_repository_of_another_name_in_sentry_is_still_the_same_on_github() -> None:
    commits = find_commit_range(
        config_of(repositories="App"), run(), PreviousRelease(commit=BEFORE)
    )

    assert commits == CommitRange(repository="App", source="acme/app", head=HEAD, previous=BEFORE)


def test_other_repositories_are_named_in_the_same_request() -> None:
    config = config_of(repositories=f"App acme/lib@{BEFORE}..{HEAD} acme/ui@{HEAD}")

    new_release = plan(config).build_new_release(config, run())

    assert [(one.repository, one.previous, one.head) for one in new_release.refs] == [
        ("App", BEFORE, HEAD),
        ("acme/lib", BEFORE, HEAD),
        ("acme/ui", None, HEAD),
    ]


def test_a_repository_is_named_once_though_it_is_pinned() -> None:
    config = config_of(repositories=f"acme/app@{OTHER}")

    new_release = plan(config).build_new_release(config, run())

    assert [(one.repository, one.previous, one.head) for one in new_release.refs] == [
        ("acme/app", BEFORE, OTHER)
    ]


def test_commits_that_are_kept_are_not_replaced_by_those_of_other_repositories() -> None:
    config = config_of(repositories=f"acme/app acme/lib@{OTHER}")

    new_release = plan(config, listed=(known_release(),)).build_new_release(config, run())

    assert new_release.refs == ()


def test_ranges_of_other_repositories_that_the_release_has_are_sent_again() -> None:
    kept = Commit(
        sha=OTHER,
        message="",
        author_name=None,
        author_email=None,
        created_at=NOW,
        files=(),
        repository="acme/api",
    )
    planned = replace(plan(config_of()), kept_commits=(kept,), existing=known_release())

    new_release = planned.build_new_release(config_of(), run())

    assert [(one.repository, one.head) for one in new_release.refs] == [
        ("acme/app", HEAD),
        ("acme/api", OTHER),
    ]


def test_where_only_others_are_named_the_workflows_own_repository_stays_out() -> None:
    config = config_of(repositories=f"acme/lib@{OTHER}")

    assert find_commit_range(config, run(), PreviousRelease()) is None
    assert [one.repository for one in list_pinned_ranges(config)] == ["acme/lib"]
    assert list_pinned_ranges(config_of(repositories=f"acme/lib@{OTHER}", set_commits="skip")) == ()


def test_a_rollback_that_only_the_response_reveals_is_noted() -> None:
    old, new = known_release(opened=NOW), known_release(opened=NOW + timedelta(days=1))
    replaced = replace(new, name="shop@1.5.0")
    planned = replace(plan(config_of()), replaced=replaced)

    assert describe_late_rollback(planned, old) == "This is a rollback from shop@1.5.0."
    assert describe_late_rollback(planned, new) is None
    assert describe_late_rollback(plan(config_of()), old) is None


def test_the_older_release_in_the_newer_ones_place_is_a_rollback() -> None:
    own = known_release(opened=NOW)
    newer = known_release(name="shop@1.5.0", opened=NOW + timedelta(days=1))
    older = known_release(name="shop@1.3.0", opened=NOW - timedelta(days=1))

    back = plan(config_of(), listed=(newer, own), before=newer)
    again = plan(config_of(), listed=(own, older), before=older)

    assert back.commit_source is again.commit_source is CommitSource.KEPT
    assert back.note == "This is a rollback from shop@1.5.0: the release keeps its own commits."
    assert again.note is None


@pytest.mark.parametrize("missing", ["GITHUB_SHA", "GITHUB_REPOSITORY"])
def test_without_the_repository_or_the_commit_there_is_no_range(missing: str) -> None:
    assert find_commit_range(config_of(), run(**{missing: ""}), PreviousRelease()) is None


def test_outside_actions_a_release_has_no_page_on_github() -> None:
    assert build_commit_url_of_run(Context.from_env({}, {})) is None


def test_a_page_too_long_for_sentry_is_left_out_rather_than_failing_there() -> None:
    far = run(GITHUB_SERVER_URL=f"https://{'.'.join(['x' * 50] * 3)}.example.com")

    new_release = plan(config_of()).build_new_release(config_of(), far)

    assert new_release.url is None


@pytest.mark.parametrize("server", ["https://ghes", "https://git_hub.example.com"])
def test_a_page_that_sentry_takes_for_no_address_is_left_out(server: str) -> None:
    new_release = plan(config_of()).build_new_release(config_of(), run(GITHUB_SERVER_URL=server))

    assert new_release.url is None


@pytest.mark.parametrize(
    ("release", "fresh"),
    [
        pytest.param(known_release(created=True), True, id="made by us just now"),
        pytest.param(known_release(), False, id="created by another client"),
        pytest.param(known_release(created=True, released=NOW), False, id="final already"),
        pytest.param(known_release(created=True, deploy_count=1), False, id="deployed already"),
    ],
)
def test_post_may_skip_its_lookup_only_for_a_release_that_main_created(
    release: SentryRelease, *, fresh: bool
) -> None:
    created = CreatedRelease(plan=plan(config_of()), release=release)

    state = created.update_state(PostState(release=SHOP.name, environment="production"))

    assert state.created_here is fresh
    assert state.is_created
    assert (state.head, state.previous_commit, state.previous_release) == (
        HEAD,
        BEFORE,
        "shop@1.3.0",
    )
    assert state.commit_source is CommitSource.INTEGRATION


@pytest.mark.parametrize(
    ("source", "has_commits", "repositories"),
    [
        (CommitSource.INTEGRATION, True, {"acme/app", "acme/lib"}),
        (CommitSource.GITHUB, True, {"acme/app", "acme/lib"}),
        (CommitSource.NONE, True, {"acme/lib"}),
        (CommitSource.INTEGRATION, False, {"acme/lib"}),
        (CommitSource.KEPT, True, set()),
    ],
)
def test_the_repositories_whose_commits_are_sent(
    source: CommitSource, repositories: set[str], *, has_commits: bool
) -> None:
    own = CommitRange(repository="acme/app", source="acme/app", head=HEAD)
    plan = ReleasePlan(
        release=SHOP,
        environment=None,
        previous=PreviousRelease(),
        commits=own if has_commits else None,
        pinned_ranges=(CommitRange(repository="acme/lib", source="acme/lib", head=OTHER),),
        commit_source=source,
    )

    assert plan.sent_repositories == repositories
