"""Where something can go wrong: every request of main, post and the action `deploy`."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import wraps
from typing import Any

from fake_sentry import FakeServers, Reset
from fake_sentry.state import ACCEPT
from job import Job, Stage
from objects import object_bytes

NAME = "shop@1.4.0+27"
_REMEMBERED = ("releases", "environments", "commits", "mails", "pending", "deploy_count", "uploads")
_LIST = ("GET", "*/releases/")
_OPEN = ("POST", "*/releases/")
_LOOK = ("GET", "*/releases/*/")
_FINALIZE = ("PUT", "*/releases/*/")
_MARK = ("POST", "*/deploys/")
_DEPLOYS = ("GET", "*/deploys/")
_OPTIONS = ("GET", "*/chunk-upload/")
_CHUNKS = ("POST", "*/chunk-upload/")
_DIFS = ("POST", "*/difs/assemble/")
_BUNDLE = ("POST", "*/artifactbundle/assemble/")


@dataclass(frozen=True, slots=True)
class Scene:
    """
    One request of a stage, as method and path: the `number`-th, in a job without faults.

    `prepare` is what was before the stage, `play` the stage; `after` finishes the job where the
    stage is not the last.
    """

    title: str
    request: tuple[str, str]
    number: int
    prepare: Callable[[Job], None]
    play: Callable[[Job], Stage]
    after: Callable[[Job], Stage] | None = None


def _main(job: Job) -> Stage:
    return job.main()


def _post(job: Job) -> Stage:
    job.sentry.land_commits()
    return job.post()


def _deploy(job: Job) -> Stage:
    return job.play("deploy")


def _nothing(_: Job) -> None:
    """It is the first thing that happens."""


def _remembered(prepare: Callable[[Job], None]) -> Callable[[Job], None]:
    """The same, but played only once in a process: what it came to is what it comes to again."""
    remembered: dict[str, Any] = {}

    @wraps(prepare)
    def again(job: Job) -> None:
        if not remembered:
            prepare(job)
            remembered.update({name: getattr(job.sentry.store, name) for name in _REMEMBERED})
            remembered["state"] = dict(job.state)
        for name, value in deepcopy(remembered).items():
            setattr(job if name == "state" else job.sentry.store, name, value)

    return again


@_remembered
def _opened(job: Job) -> None:
    job.main()
    job.sentry.land_commits()


def _lost(job: Job) -> None:
    _opened(job)
    job.sentry.fail(*_MARK, Reset(), applied=True)


@_remembered
def _opened_by_others(job: Job) -> None:
    """A job that deploys to staging has made the release, and deployed it."""
    own = dict(job.environ)
    job.environ |= {"INPUT_ENVIRONMENT": "staging", "GITHUB_RUN_ID": "1"}
    job.main()
    job.sentry.land_commits()
    job.post()
    job.environ = own
    job.state.clear()
    job.main()


def _built(job: Job) -> None:
    """The steps of the job have built for Android, and left the symbols."""
    _opened(job)
    symbols = job.workspace / "build/symbols/app.android-arm64.symbols"
    symbols.parent.mkdir(parents=True)
    symbols.write_bytes(object_bytes()["elf-aarch64"])


def _built_for_the_web(job: Job) -> None:
    _opened(job)
    web = job.workspace / "build/web"
    web.mkdir(parents=True)
    (web / "main.dart.js").write_text("//# sourceMappingURL=main.dart.js.map")
    (web / "main.dart.js.map").write_text('{"version":3,"sources":[],"mappings":""}')
    job.sentry.store.uploads.accept = (*ACCEPT, "artifact_bundles_v2")


def _opened_elsewhere(job: Job) -> None:
    _opened(job)
    job.state.clear()


_EVERY = (
    Scene("main: GET releases", _LIST, 1, _nothing, _main, _post),
    Scene("main: POST release", _OPEN, 2, _nothing, _main, _post),
    Scene("post: PUT release", _FINALIZE, 1, _opened, _post),
    Scene("post: POST deploy", _MARK, 2, _opened, _post),
    Scene("post: GET deploys, after a POST whose answer was lost", _DEPLOYS, 3, _lost, _post),
    Scene("post of a later job: GET release", _LOOK, 1, _opened_by_others, _post),
    Scene("post of a later job: PUT release", _FINALIZE, 2, _opened_by_others, _post),
    Scene("post of a later job: GET deploys", _DEPLOYS, 3, _opened_by_others, _post),
    Scene("post of a later job: POST deploy", _MARK, 4, _opened_by_others, _post),
    Scene("post after a build: GET chunk-upload", _OPTIONS, 1, _built, _post),
    Scene("post after a build: POST difs/assemble", _DIFS, 2, _built, _post),
    Scene("post after a build: POST chunk-upload", _CHUNKS, 3, _built, _post),
    Scene(
        "post after a web build: POST artifactbundle/assemble",
        _BUNDLE,
        2,
        _built_for_the_web,
        _post,
    ),
    Scene("deploy: GET release", _LOOK, 1, _opened_elsewhere, _deploy),
    Scene("deploy: PUT release", _FINALIZE, 2, _opened_elsewhere, _deploy),
    Scene("deploy: POST deploy", _MARK, 3, _opened_elsewhere, _deploy),
)
SCENES = {scene.title: scene for scene in _EVERY}


def deploys_of(sentry: FakeServers) -> int:
    """How many deploys to production the release has."""
    release = sentry.releases.get(NAME)
    deploys = release.deploys if release else []
    return sum(one.environment == "production" for one in deploys)
