"""What sentry_dart_plugin names a release when it is left alone, and how to make it agree."""

from sentry_release.facts.pubspec import Pubspec


def build_plugin_release(pubspec: Pubspec) -> str | None:
    """
    The name the plugin makes; None when the project does not use it.

    It knows the pubspec alone: no flags of the build, no flavor, no platform.
    Source: sentry-dart-plugin, lib/sentry_dart_plugin.dart
    """
    output = pubspec.plugin
    if output is None:
        return None
    if output.release:
        return output.release
    version = output.version or pubspec.version or "null"
    dist = output.dist or (version.rpartition("+")[2] if "+" in version else None)
    name = output.name or pubspec.name
    release = name if "@" in name else f"{name}@{version}"
    if dist is None or release.count("+") > 1:
        return release
    return f"{release.partition('+')[0]}+{dist}"


def build_plugin_config_lines(pubspec: Pubspec) -> tuple[str, ...]:
    """What to tell a project that uses the plugin; nothing to any other."""
    alone = build_plugin_release(pubspec)
    if alone is None:
        return ()
    return (
        "",
        f"sentry_dart_plugin alone would name it {alone}.",
        "With SENTRY_RELEASE and SENTRY_DIST in its environment it takes the name above.",
        "It also sets commits and finalizes by itself: give it `commits: false`.",
    )
