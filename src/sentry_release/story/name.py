"""The phase name: print what the release is called, without asking anybody."""

from sentry_release.decisions import defines
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.naming import named
from sentry_release.story.world import World


def name(config: Config, context: Context, world: World) -> None:
    """
    Print the names, one `key value` a line.

    Raises:
        WorkflowError, ProjectError: It cannot be named.
    """
    release = named(config, context, world, config.environment)
    values = defines.defines(release, environment=config.environment, dsn=None)
    rows = {
        "release": release.name,
        "package": release.package,
        "version": release.version,
        "build": release.build,
        "dist": release.dist,
        "environment": config.environment,
        "dart-define": defines.as_arguments(values),
    }
    width = max(len(key) for key in rows)
    for key, value in rows.items():
        if value:
            world.runner.say(f"{key:<{width}}  {value}")
