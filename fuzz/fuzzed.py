"""The names of all targets, known without importing what they fuzz."""

NAMES = (
    "pubspec", "yaml", "gradle", "pbxproj", "xcconfig", "plist", "rc", "artifacts", "dart", "template",
    "file_commands", "event", "names", "page",
    "workflow", "script", "sentry_answers", "github_answers",
    "elf", "macho", "pe", "pdb", "archive", "debug_map",
)  # fmt: skip
