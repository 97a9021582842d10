"""The action doctor: look for what breaks releases and health in a project, asking nobody."""

from sentry_release.commands.doctor_apps import AppResult, check_apps, find_app
from sentry_release.decisions.doctor.checks import CHECKS
from sentry_release.decisions.doctor.judging import Judged, judge, judge_asked
from sentry_release.decisions.telling import with_json
from sentry_release.doctor.analysis.limits import describe_limits
from sentry_release.doctor.scan.repository_root import use_repository_root
from sentry_release.facts.choices import Doctor
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.doctor_reading import Read, read_app
from sentry_release.story.doctor_sources import TooLateError
from sentry_release.story.naming import Named
from sentry_release.story.world import World
from sentry_release.words.errors import ProjectError
from sentry_release.words.finding import Severity
from sentry_release.words.told import Level, Notice, Told

RULES = tuple(rule for rule, _ in CHECKS)
FOUND_EXIT_CODE = ProjectError.exit_code
_TITLE = "Sentry release: the doctor"
_MOST_REMARKS = 5
_PATIENCE_S = 5  # so long main waits for a look that can only warn


def doctor(
    config: Config, context: Context, world: World, options: frozenset[str] = frozenset()
) -> int:
    """
    Check the app in `working-directory`, and give the exit code: that of a project's mistake
    where there are errors.

    On Actions the findings become annotations and a part of the summary; else, or in its log,
    they are a table for people, or with `--json` or `--sarif` an object for programs.
    With `--fix` it mends instead, as story.doctor_fixing says.

    Raises:
        ProjectError: There is no app, or its pubspec cannot be read.
        WorkflowError: An input cannot be used.
    """
    judge_asked(config.doctor_levels, {rule.id for rule in RULES})
    config, world = use_repository_root(config, world)
    if "--all" in options:
        return _check_all(config, context, world, options)
    if options & {"--fix", "--write"}:
        from sentry_release.story.doctor_fixing import fix  # noqa: PLC0415 - rarely asked for

        return fix(config, context, world, options)
    project = find_app(config, world)
    read = read_app(config, context, world, project)
    judged = _judged(config, read)
    _say(judged, read, world, options)
    if world.runner.on_actions:
        _annotate(judged, world, tuple(Severity))
        _summarize(judged, read, context, world, tuple(Severity))
    _remark(judged, world)
    _report(judged, read, config, world)
    world.runner.tell(Told(outputs=with_json(_counts(judged))))
    return FOUND_EXIT_CODE if judged.count(Severity.ERROR) else 0


def _check_all(config: Config, context: Context, world: World, options: frozenset[str]) -> int:
    """Check every app below `working-directory`; the exit code is that of the worst."""

    def check(one: Config) -> AppResult:
        project = find_app(one, world)
        read = read_app(one, context, world, project)
        judged = _judged(one, read)
        if "--json" not in options:
            _say(judged, read, world, options)
            world.runner.print_result("")
        return AppResult(
            folder=one.working_directory,
            report=_json(judged, read),
            has_errors=bool(judged.count(Severity.ERROR)),
        )

    results = check_apps(config, world, check, options)
    if "--json" in options:
        world.runner.json({"format": 1, "apps": [one.report for one in results]})
    return FOUND_EXIT_CODE if any(one.has_errors for one in results) else 0


def doctor_in_main(config: Config, context: Context, world: World, named: Named) -> None:
    """
    Check the app while main names its release: only errors are told.

    Whatever goes wrong with that, main goes on.

    Raises:
        ProjectError: There are errors, with `doctor: fail`.
    """
    if named.project is None:
        return
    try:
        until = world.clock.seconds() + _PATIENCE_S if config.doctor is Doctor.WARN else None
        read = read_app(config, context, world, named.project, named.release, until=until)
        judged = _judged(config, read, only_errors=True)
        _tell_errors(judged, read, config, context, world)
    except TooLateError:
        world.runner.say(
            f"The doctor looked for {_PATIENCE_S} seconds; the action `doctor` takes longer."
        )
        return
    except Exception as error:  # noqa: BLE001 - a name must not be lost to a look at sources
        world.runner.notice(_unwell(error))
        return
    errors = judged.count(Severity.ERROR)
    if errors and config.doctor is Doctor.FAIL:
        raise ProjectError(
            f"The doctor has found {errors} error{'s' if errors > 1 else ''} in the project.",
            why="Each keeps releases or their health from being right, and `doctor` is `fail`.",
            mend="Mend them as their annotations say, or ignore them with a reason in a comment.",
        )


def _judged(config: Config, read: Read, *, only_errors: bool = False) -> Judged:
    judged = judge(
        read.subject,
        CHECKS,
        read.texts,
        levels=config.doctor_levels,
        only_errors=only_errors,
    )
    return judged.with_remarks((*read.remarks, *describe_limits(read.subject)))


def _tell_errors(
    judged: Judged, read: Read, config: Config, context: Context, world: World
) -> None:
    _report(judged, read, config, world)
    if judged.count(Severity.ERROR):
        _annotate(judged, world, (Severity.ERROR,))
        _summarize(judged, read, context, world, (Severity.ERROR,))


def _say(judged: Judged, read: Read, world: World, options: frozenset[str]) -> None:
    if "--json" in options:
        world.runner.json(_json(judged, read))
    elif "--sarif" in options:
        world.runner.json(_sarif(judged, read))
    else:
        from sentry_release.decisions.doctor.table import table  # noqa: PLC0415 - as the others

        world.runner.print_result("\n".join(table(judged, read.subject, RULES)))


def _annotate(judged: Judged, world: World, levels: tuple[Severity, ...]) -> None:
    from sentry_release.decisions.doctor.annotating import annotations  # noqa: PLC0415 - the same

    for notice in annotations(judged, RULES, levels):
        world.runner.notice(notice)


def _summarize(
    judged: Judged, read: Read, context: Context, world: World, levels: tuple[Severity, ...]
) -> None:
    from sentry_release.decisions.doctor.annotating import page  # noqa: PLC0415 - rarely needed
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import

    values = page(judged, read.subject, RULES, url=_tree(context), levels=levels)
    world.runner.summarize(render.markdown("doctor", **values))


def _remark(judged: Judged, world: World) -> None:
    """Say what is wrong with comments, and which rules failed, which is a mistake of ours."""
    if judged.remarks and world.runner.on_actions:
        text = "\n".join(judged.remarks[:_MOST_REMARKS])
        world.runner.notice(Notice(level=Level.WARNING, title=_TITLE, text=text))
    for rule, error in judged.broken:
        text = f"{rule} could not be looked at: {type(error).__name__}: {str(error)[:300]}"
        world.runner.notice(Notice(level=Level.WARNING, title=f"{_TITLE}: a bug", text=text))


def _report(judged: Judged, read: Read, config: Config, world: World) -> None:
    if config.report_dir is None:
        return
    import json  # noqa: PLC0415 - rarely needed

    for name, value in (
        ("doctor.json", _json(judged, read)),
        ("doctor.sarif", _sarif(judged, read)),
    ):
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        world.disk.write(config.report_dir / name, text)


def _json(judged: Judged, read: Read) -> object:
    from sentry_release.decisions.doctor.as_json import as_json  # noqa: PLC0415 - rarely needed

    return as_json(judged, read.subject, RULES)


def _sarif(judged: Judged, read: Read) -> object:
    from sentry_release import __version__  # noqa: PLC0415 - rarely needed
    from sentry_release.decisions.doctor.sarif import as_sarif  # noqa: PLC0415 - rarely needed

    return as_sarif(judged, RULES, read.texts, version=__version__)


def _tree(context: Context) -> str | None:
    """Where GitHub shows the files of the commit."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (context.on_actions and server and repository and commit):
        return None
    return f"{server}/{repository}/blob/{commit}"


def _counts(judged: Judged) -> dict[str, str]:
    return {
        "doctor-errors": str(judged.count(Severity.ERROR)),
        "doctor-warnings": str(judged.count(Severity.WARNING)),
    }


def _unwell(error: Exception) -> Notice:
    text = f"The doctor could not look at the project: {type(error).__name__}: {str(error)[:300]}"
    return Notice(level=Level.WARNING, title=_TITLE, text=text)
