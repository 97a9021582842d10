"""The inputs of uploads: what is uploaded, and from where."""

from sentry_release.config.inputs import Command, Group, Input, InputGroups

_UPLOADING = (Command.RELEASE, Command.UPLOAD)

UPLOAD_INPUTS: InputGroups = {
    Group.UPLOAD: {
        "uploads": Input(
            commands=_UPLOADING,
            description="Platforms whose source maps and debug files are uploaded: `auto` (all that were "
            "built), `none`, or some of `android`, `ios`, `macos`, `windows`, `linux` and `web`, "
            "separated by spaces, commas or newlines.",
            default="auto",
        ),
        "symbols-path": Input(
            commands=_UPLOADING,
            description="Further folders with debug files or source maps, relative to "
            "`working-directory`, one per line. Their files are uploaded whatever build they "
            "belong to.",
        ),
        "include-sources": Input(
            commands=_UPLOADING,
            description="Embed the app's own Dart sources (`lib/`) in the uploaded copies of source "
            "maps, so that Sentry shows the code around an error on the web.",
            default="false",
            is_switch=True,
        ),
    },
}
