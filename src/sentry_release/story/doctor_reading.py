"""Read an app as the doctor sees it, before any rule is asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.doctor.depending import LocalPackage
from sentry_release.facts.doctor.subject import Subject
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity, Unknown
from sentry_release.facts.pubspec import MAX_BYTES
from sentry_release.story.doctor_packages import packages_of, resolved
from sentry_release.story.doctor_sources import Sources, sources_of
from sentry_release.story.doctor_steps import Scripts, scripts_of
from sentry_release.story.naming import named
from sentry_release.story.project import Project
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError
from sentry_release.words.release import Release

_FILE_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """
    The app, and what could not be read of it, each in a sentence.

    `texts` are the files that findings may be in, as they were read, by their paths.
    """

    subject: Subject
    texts: Mapping[PurePosixPath, str]
    remarks: tuple[str, ...]


def read_app(
    config: Config,
    context: Context,
    world: World,
    project: Project,
    release: Release | None = None,
    *,
    until: float | None = None,
) -> Read:
    """
    Read what rules look at; whatever cannot be read is a remark, and no reason to stop.

    Args:
        config: What is asked.
        context: What is given.
        world: The doors.
        project: The app.
        release: Its one name, where it is known already.
        until: When to give up, in seconds of the clock; None is never.

    Raises:
        TooLateError: That time has come.
    """
    packages = packages_of(project)
    sources = sources_of(packages, world, until=until)
    scripts = scripts_of(project.directory, world)
    texts = {**scripts.texts, **{one.path: one.dart.text for one in sources.dart}}
    content = _Recorded(project.directory, world, texts)
    release = release or _release(config, context, world)
    subject = _subject(project, packages, sources, scripts, content, release)
    return Read(subject=subject, texts=texts, remarks=_remarks(sources, scripts))


def _subject(
    project: Project,
    packages: tuple[LocalPackage, ...],
    sources: Sources,
    scripts: Scripts,
    content: "_Recorded",
    release: Release | None,
) -> Subject:
    identities = _Identities(project.platforms(), project.identity)
    return Subject(
        folder=project.directory,
        pubspec=project.pubspec,
        pubspec_text=content.text("pubspec.yaml"),
        sdk=resolved("sentry_flutter", project, packages),
        go_router=resolved("go_router", project, packages),
        platforms=frozenset(identities),
        identities=identities,
        flavored=_Flavored(project.identity_in_flavor),
        release=release,
        dart=sources.dart,
        reached=sources.reached,
        reached_on_web=sources.reached_on_web,
        entry_points=sources.entry_points,
        steps=scripts.steps,
        content=content,
    )


class _Recorded:
    """Gives files of the app by their path in it, and keeps the texts of those it gave."""

    def __init__(
        self, folder: PurePosixPath, world: World, texts: dict[PurePosixPath, str]
    ) -> None:
        self.texts = texts
        self._folder = folder
        self._world = world

    def __call__(self, path: PurePosixPath, limit: int = _FILE_LIMIT) -> bytes | None:
        try:
            content = self._world.disk.content(self._folder / path, limit=limit)
        except ActionError:
            return None
        if content is not None:
            self.texts[self._folder / path] = content.decode("utf-8-sig", "replace")
        return content

    def text(self, name: str) -> str:
        """The text of a file that is there."""
        self(PurePosixPath(name), limit=MAX_BYTES)
        return self.texts.get(self._folder / name, "")


class _Identities(Mapping[Platform, Identity]):
    """What the app reports on each platform, whose files are read only for a rule that asks."""

    def __init__(
        self, platforms: tuple[Platform, ...], identity: Callable[[Platform], Identity]
    ) -> None:
        self._platforms = platforms
        self._identity = identity
        self._known: dict[Platform, Identity] = {}

    def __getitem__(self, platform: Platform) -> Identity:
        if platform not in self._platforms:
            raise KeyError(platform)
        if platform not in self._known:
            self._known[platform] = self._read(platform)
        return self._known[platform]

    def __iter__(self) -> Iterator[Platform]:
        return iter(self._platforms)

    def __len__(self) -> int:
        return len(self._platforms)

    def _read(self, platform: Platform) -> Identity:
        try:
            return self._identity(platform)
        except ActionError as error:
            unknown = Unknown(why="cannot be read", where=platform.value, mend=error.mend)
            return Identity(app_id=unknown, version=unknown, build=unknown)


@dataclass(frozen=True, slots=True)
class _Flavored:
    """What the app reports on a platform in a flavor; None where that cannot be read."""

    identity: Callable[[Platform, str], Identity]

    def __call__(self, platform: Platform, flavor: str) -> Identity | None:
        try:
            return self.identity(platform, flavor)
        except ActionError:
            return None


def _release(config: Config, context: Context, world: World) -> Release | None:
    try:
        return named(config, context, world, config.environment).release
    except ActionError:
        return None


def _remarks(sources: Sources, scripts: Scripts) -> tuple[str, ...]:
    return (*_unread(sources.unread), *scripts.remarks)


def _unread(paths: tuple[str, ...]) -> tuple[str, ...]:
    if not paths:
        return ()
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return (f"{paths[0]}{more}: too large to be looked at, or not to be read.",)
