"""Find the Flutter project: its pubspec, its platforms, and what they will report."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.facts import pubspec
from sentry_release.facts.config import Config
from sentry_release.facts.flutter.platforms import Platform, identity_of, present
from sentry_release.facts.flutter.said import Identity
from sentry_release.facts.flutter.version import Flags, Version
from sentry_release.facts.pubspec import Pubspec
from sentry_release.story.world import World
from sentry_release.words.errors import ProjectError, WorkflowError

_FILE_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A Flutter project on disk; nothing of a platform is read before it is asked for."""

    directory: PurePosixPath
    pubspec: Pubspec
    flavor: str | None
    version: Version
    world: World

    @classmethod
    def found(cls, config: Config, world: World) -> "Project | None":
        """
        The project in `working-directory`; None when there is no pubspec.yaml.

        Raises:
            ProjectError: Its pubspec cannot be read.
        """
        path = config.working_directory / "pubspec.yaml"
        text = world.disk.read(path, limit=pubspec.MAX_BYTES)
        if text is None:
            return None
        found = pubspec.parse(text, where=str(path))
        return cls(
            directory=config.working_directory,
            pubspec=found,
            flavor=config.flavor or found.default_flavor,
            version=Version(
                pubspec_name=found.build_name,
                pubspec_number=found.build_number,
                flags=Flags(name=config.build_name, number=config.build_number),
            ),
            world=world,
        )

    def platforms(self) -> tuple[Platform, ...]:
        """The platforms it has a folder for."""
        return present(lambda path: self.world.disk.is_folder(self.directory / path))

    def identity(self, platform: Platform) -> Identity:
        """What the app will report on a platform."""
        return identity_of(platform, self._read, self.pubspec, self.version, flavor=self.flavor)

    def _read(self, path: PurePosixPath) -> bytes | None:
        return self.world.disk.content(self.directory / path, limit=_FILE_LIMIT)


def missing(config: Config, world: World) -> ProjectError | WorkflowError:
    """Why there is no project where one is needed."""
    directory = config.working_directory
    if not world.disk.is_folder(directory):
        return WorkflowError(
            f"`working-directory` is {str(directory)!r}, and there is no such folder.",
            why="It is looked for in the workspace, where actions/checkout puts the repository.",
            mend="Correct it, or put `uses: actions/checkout` before this step.",
        )
    return ProjectError(
        f"There is no pubspec.yaml in {str(directory)!r}.",
        why="The release is named after the `name` and `version` of the app.",
        mend="Point `working-directory` at the app, put `uses: actions/checkout` before this "
        "step, or give the finished name as `release`.",
    )
