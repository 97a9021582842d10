"""The phase name: print what the release is called everywhere, without asking anybody."""

from collections.abc import Mapping
from dataclasses import replace

from sentry_release.decisions import defines
from sentry_release.decisions.names_table import Json, Names, aligned
from sentry_release.decisions.naming import Source, source_of
from sentry_release.decisions.plugin import plugin_lines
from sentry_release.decisions.sdk_default import sdk_default
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.flutter import lock
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity
from sentry_release.facts.sentry_version import reading_of
from sentry_release.release.env_lines import format_env_lines
from sentry_release.story.apps import apps_below
from sentry_release.story.naming import Named, named
from sentry_release.story.project import Project
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError, ProjectError, WorkflowError
from sentry_release.words.release import Release

_SDK = "sentry_flutter"


def name(config: Config, context: Context, world: World, options: frozenset[str]) -> None:
    """
    Print the names: a table for people, or with `--json` an object for programs.

    `--short` prints the release name alone, `--format env` the variables for a shell. `--all`
    names every app below `working-directory`; `--from-artifacts` reads what has been built
    rather than what it was built from.

    Raises:
        WorkflowError: An input cannot be used, or a value cannot be printed for a program.
        ProjectError: It cannot be named, or there is no app.
    """
    if "--all" in options:
        _all(config, context, world, options)
        return
    names, found = _names(config, context, world, options)
    if names.problem and options & {"--short", "--format=env"}:
        named(config, context, world, config.environment)  # raises the problem
    if options & {"--json", "--format=json"}:
        world.runner.json(names.as_json())
    elif "--short" in options:
        world.runner.print_value(names.release.name)
    elif "--format=env" in options:
        values = defines.defines(names.release, environment=config.environment, dsn=None)
        world.runner.print_value(format_env_lines(values))
    else:
        _print(names, found, config, world)


def _all(config: Config, context: Context, world: World, options: frozenset[str]) -> None:
    for option in options & {"--short", "--format=env"}:
        raise WorkflowError(
            f"Options '{option.replace('=', ' ')}' and '--all' exclude each other.",
            why="The names of several apps need their folders beside them.",
            mend="Use `--all --json`.",
        )
    listed: list[Json] = []
    for directory in apps_below(config.working_directory, world):
        one = replace(config, working_directory=directory)
        entry: dict[str, Json] = {"path": str(directory)}
        try:
            names, _ = _names(one, context, world, options)
            found = names.as_json()
            entry |= found if isinstance(found, dict) else {}
        except ActionError as error:
            entry["error"] = error.what
        listed.append(entry)
    if not listed:
        raise ProjectError(
            f"No Flutter app below '{config.working_directory}'.",
            why="An app has a pubspec.yaml with `flutter` and a folder of a platform.",
            mend="Start in another folder, or set `--working-directory`.",
        )
    if options & {"--json", "--format=json"}:
        world.runner.json(listed)
        return
    rows = [_row(entry) for entry in listed if isinstance(entry, dict)]
    world.runner.print_result("\n".join(aligned([("app", "release"), *rows])))


def _row(entry: dict[str, Json]) -> tuple[str, str]:
    return str(entry["path"]), str(entry.get("release") or f"! {entry.get('error')}")


def _names(
    config: Config, context: Context, world: World, options: frozenset[str]
) -> tuple[Names, Named]:
    found, problem = _named(config, context, world)
    project = found.project
    platforms = project.platforms() if project else ()
    if config.platform is not None:
        platforms = tuple(one for one in platforms if one is config.platform)
    built: Mapping[Platform, Identity] = {}
    if project and "--from-artifacts" in options:
        from sentry_release.story.built import built_identities  # noqa: PLC0415 - slow to import

        built = built_identities(project)
    identities = {
        one: built.get(one) or project.identity(one) for one in platforms if project is not None
    }
    defaults = {platform: sdk_default(identity) for platform, identity in identities.items()}
    names = Names(
        release=found.release,
        source=found.source,
        flavor=project.flavor if project else config.flavor,
        platform=config.platform,
        identities=identities,
        defaults=defaults,
        problem=problem,
    )
    return names, found


def _named(config: Config, context: Context, world: World) -> tuple[Named, str | None]:
    """Return the name; without a version only why it is absent, since the platforms have theirs."""
    try:
        return named(config, context, world, config.environment), None
    except ProjectError as error:
        source, project = source_of(config), Project.found(config, world)
        if source is not Source.PUBSPEC or project is None or project.version.name is not None:
            raise
        if not project.platforms():
            raise
        release = Release(name="", package=project.pubspec.name, build=project.version.number)
        return Named(release=release, project=project, source=source), f"{error.what} {error.mend}"


def _print(names: Names, found: Named, config: Config, world: World) -> None:
    release = names.release
    values = defines.defines(release, environment=config.environment, dsn=None)
    if names.problem:
        rows: list[tuple[str, str | None]] = [("release", f"none: {names.problem}")]
    else:
        rows = [("release", release.name), ("dist", release.dist), ("from", names.source.value)]
        rows += [("dart-define", defines.as_arguments(values))]
        rows += [("in Sentry", reading_of(release.name).in_words())]
    sdk = found.project.resolved(_SDK) if found.project else None
    rows += [("the SDK", f"{_SDK} {sdk} ({lock.NAME})" if sdk else None)]
    lines = aligned([(key, value) for key, value in rows if value])
    if names.defaults:
        head = ("platform", "the SDK alone", "with us", "why they differ")
        lines += ["", *aligned([head, *names.rows()])]
    lines += plugin_lines(found.project.pubspec) if found.project else ()
    world.runner.print_result("\n".join(lines))
