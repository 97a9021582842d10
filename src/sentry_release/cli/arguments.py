"""What a command line asks for, merged with environment, .env file and CI host into the inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import find_workspace_root
from sentry_release.ci.context import Context
from sentry_release.ci.detect import is_ci_host
from sentry_release.config.config import Config
from sentry_release.config.input_reader import hide_login
from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.input_values import map_environment
from sentry_release.config.inputs import ACTIONS, Command
from sentry_release.config.outputs import ignore_own_exports
from sentry_release.config.sentry_server import choose_server, is_unencrypted, parse_token
from sentry_release.errors import WorkflowError
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import find_environment_name_error

STAGES = ("main", "post")
"""The stages of the root action; the runner's names for the command `release`."""
_SIZE_LIMIT = 1024 * 1024  # bytes
_NAMING = {Command.RELEASE, Command.DOCTOR, Command.NAME, Command.RUN}
_ONLY_NAMING = {Command.DOCTOR, Command.NAME, Command.RUN, Command.INIT}
_TOKEN, _URL, _ENVIRONMENT = "SENTRY_AUTH_TOKEN", "SENTRY_URL", "SENTRY_ENVIRONMENT"
_MAX_LISTED = 5  # lines in a warning
_ENV_FILE_VARIABLES = tuple(
    row.variable for row in INPUTS.values() if row.variable and row.variable.startswith("SENTRY_")
)
_LATE_INPUTS = tuple(name for name, row in INPUTS.items() if row.is_read_late)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """
    A parsed command line.

    Attributes:
        command: The command to run.
        inputs: Inputs of the command, by the variable that the runner would set: `INPUT_NAME`.
        options: Options that are not inputs, such as `--json` or `--format=env`.
        build_command: The program and arguments that `run` starts.
        is_post: Whether this is the post step of the root action.
        page: A help page or the version, printed instead of running the command.
    """

    command: Command
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: frozenset[str] = frozenset()
    build_command: tuple[str, ...] = ()
    is_post: bool = False
    page: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Return whether only results, warnings and errors are printed."""
        return "--quiet" in self.options

    @property
    def is_for_programs(self) -> bool:
        """Return whether a program or a shell reads the result."""
        return bool(
            self.options & {"--json", "--sarif", "--short", "--format=json", "--format=env"}
        )


def is_post_step(argv: Sequence[str]) -> bool:
    """Return whether the runner started the post step: by the program's name or the first argument."""
    return Path(argv[0]).stem == "post" or list(argv[1:2]) == ["post"]


def get_stage_arguments(argv: Sequence[str]) -> Arguments | None:
    """Return the arguments of a stage that the runner started, which has none; else None."""
    stage = argv[1] if len(argv) > 1 else name_of_start(argv)
    if stage not in STAGES or len(argv) > 2:  # noqa: PLR2004 - the program and the stage
        return None
    return Arguments(command=Command.RELEASE, is_post=is_post_step(argv))


def name_of_start(argv: Sequence[str]) -> str | None:
    """Return the stage or action that the program was started as, or None."""
    name = Path(argv[0]).stem
    return name if name in {*STAGES, *ACTIONS} else None


def add_env_file(
    environ: Mapping[str, str], command: Command, runner: ActionsRunner
) -> Mapping[str, str]:
    """
    Return the environment with the variables of the input `env-file` added that count.

    On a developer's machine a file `.env` is read without the input, as developers expect; on a
    CI host it is not, because it is a file of the repository. Lines that cannot be read are a
    warning.

    Raises:
        WorkflowError: The file of `env-file` does not exist, is outside the workspace, or chooses
            the server of a token that it does not contain.
        ProjectError: The file cannot be read.
    """
    path = environ.get("INPUT_ENV-FILE", "").strip()
    if not path and is_ci_host(environ):
        return environ
    workspace = Workspace(root=find_workspace_root(environ))
    if not path and workspace.is_folder(PurePosixPath(".env")):
        return environ
    text = workspace.read_text(PurePosixPath(path or ".env"), limit=_SIZE_LIMIT)
    if text is None and path:
        raise WorkflowError(
            f"File {path[:80]!r} of `env-file` does not exist.",
            reason="The path is relative to the workspace.",
            hint="Correct the path, or put `uses: actions/checkout` before this step.",
            shell_hint="Correct the path; it is relative to the current folder.",
        )
    if text is None:
        return environ
    values, broken = _parse(text)
    if broken:
        runner.annotate(_build_broken_lines_warning(path or ".env", broken))
    return {**environ, **select_env_file_variables(environ, values, command)}


def _parse(text: str) -> tuple[Mapping[str, str | None], list[int]]:
    """Return the variables of a .env file, and the numbers of the lines that are none."""
    from io import StringIO

    from dotenv.parser import parse_stream

    found = list(parse_stream(StringIO(text)))
    values = {one.key: one.value for one in found if one.key is not None}
    return values, [one.original.line for one in found if one.error]


def _build_broken_lines_warning(path: str, lines: Sequence[int]) -> Annotation:
    """Return one warning for all lines; a file may have 100,000 of them."""
    listed = ", ".join(map(str, lines[:_MAX_LISTED])) + (", …" if lines[_MAX_LISTED:] else "")
    return Annotation(
        level=AnnotationLevel.WARNING,
        title="Sentry release: .env file",
        text=f"Lines of {path[:80]!r} that cannot be read are ignored: {listed}.\n"
        "Write NAME=value, and close all quotes.",
    )


def select_env_file_variables(
    environ: Mapping[str, str], found: Mapping[str, str | None], command: Command
) -> Mapping[str, str]:
    """
    Return the variables of the file that the run uses; existing ones take precedence.

    The file is one of the repository, so anyone who may change it could choose where a secret is sent.
    Its SENTRY_URL counts only if its SENTRY_AUTH_TOKEN does, and not without TLS. It may name an
    environment, but not map one to another: a preview of a fork must not count as production.

    Args:
        environ: The process environment with the inputs.
        found: The variables of the file.
        command: The command to run; those that send nothing ignore a SENTRY_URL without a token.

    Raises:
        WorkflowError: The file names another server for a token that it does not contain, or one
            without TLS that is not this machine; or it maps environments.
    """
    own = {
        key: value
        for key in _ENV_FILE_VARIABLES
        if (value := (found.get(key) or "").strip()) and not _is_set(environ, key)
    }
    if "=" in own.get(_ENVIRONMENT, ""):
        raise _build_mapped_environment_error(own[_ENVIRONMENT])
    url = own.get(_URL)
    if url is None or "auth-token" not in list_inputs(command):
        return own if _TOKEN in own else _remove_url(own)
    token = _read(environ, _TOKEN)
    if _TOKEN not in own and token and url.rstrip("/") != choose_server(None, parse_token(token)):
        raise _build_foreign_server_error(url)
    if _TOKEN in own and is_unencrypted(url):
        raise _build_unencrypted_error(url)
    return own if _TOKEN in own else _remove_url(own)


def _is_set(environ: Mapping[str, str], variable: str) -> bool:
    return bool(_read(environ, variable))


def _read(environ: Mapping[str, str], variable: str) -> str:
    """Return the input of the variable, else the variable, trimmed."""
    name = next(name for name, row in INPUTS.items() if row.variable == variable)
    return environ.get(f"INPUT_{name.upper()}", "").strip() or environ.get(variable, "").strip()


def _remove_url(own: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in own.items() if key != _URL}


def _shorten_url(url: str) -> str:
    return repr(hide_login(url)[:80])


def _build_foreign_server_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shorten_url(url)}, but does not contain the token.",
        reason="A file of the repository must not choose the server that gets a token from "
        "elsewhere.",
        hint="Set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )


def _build_unencrypted_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shorten_url(url)}, a server without TLS.",
        reason="The token would be sent unencrypted.",
        hint="Use https, or set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )


def _build_mapped_environment_error(value: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_ENVIRONMENT to {value[:80]!r}, which maps an environment.",
        reason="A file of the repository must not decide that one environment counts as another.",
        hint="Set `environment` in the workflow, and only a name in the file.",
    )


def collect_inputs(
    arguments: Arguments, environ: Mapping[str, str], runner: ActionsRunner
) -> Mapping[str, str]:
    """
    Return the environment with the inputs of the command line and of the .env file.

    Raises:
        WorkflowError, ProjectError: The .env file cannot be read or chooses a token's server.
    """
    naming = arguments.command in _NAMING and not arguments.is_post
    merged = ignore_own_exports({**environ, **arguments.inputs}, naming=naming)
    return add_env_file(merged, arguments.command, runner)


def drop_invalid_late_inputs(inputs: Mapping[str, str], runner: ActionsRunner) -> Mapping[str, str]:
    """
    Return the inputs of the post step without those that are invalid, and warn about each.

    Only inputs that take the outputs of later steps are dropped: the main step could not check
    them, and a deploy must not be lost because of its link or its name.
    """
    invalid = set()
    for name in _LATE_INPUTS:
        key = f"INPUT_{name.upper()}"
        try:
            if inputs.get(key):
                Config.from_env({key: inputs[key]})
        except WorkflowError as error:
            invalid.add(key)
            text = f"{error.message}\nThe input is ignored.\n{error.hint}"
            runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=error.title, text=text))
    return {key: value for key, value in inputs.items() if key not in invalid}


def apply_ci_defaults(config: Config, context: Context) -> Config:
    """
    Return the inputs, with the environment and the job status of the CI provider as defaults.

    A provider may have environments whose names Sentry does not accept, such as GitLab's
    `review/login`. Naming a build ignores them; all other commands require a valid name.

    Raises:
        WorkflowError: Sentry does not accept the environment's name.
    """
    config = replace(config, job_status=config.job_status or context.job_status)
    if config.environment_pairs and not context.is_github_actions:
        return _map_environment(config, context)
    if config.environment or context.environment is None or context.provider is None:
        return config
    problem = find_environment_name_error(context.environment)
    if problem is None:
        return replace(config, environment=context.environment)
    if config.command in _ONLY_NAMING:
        return config
    raise WorkflowError(
        f"The environment {context.environment[:80]!r} of {context.provider.name} {problem}.",
        reason="Sentry does not accept this environment name.",
        hint="Set `--environment` or SENTRY_ENVIRONMENT to the name in Sentry.",
    )


def _map_environment(config: Config, context: Context) -> Config:
    """Replace the pairs of `environment` by the one for the environment of the host."""
    name = map_environment(config.environment_pairs, context.environment)
    if name is not None:
        return replace(config, environment=name, environment_pairs=())
    listed = ", ".join(repr(one.deployed) for one in config.environment_pairs)
    found = repr(context.environment[:80]) if context.environment else "unknown"
    raise WorkflowError(
        f"`environment` maps {listed}, and the environment of this job is {found}.",
        reason="A deploy belongs to an environment.",
        hint="Set `--environment` or SENTRY_ENVIRONMENT to the name in Sentry.",
    )
