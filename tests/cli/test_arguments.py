"""Claims about the command line: the meaning of its words, and the errors for wrong ones."""

import pytest

from sentry_release.cli.arguments import Arguments, get_stage_arguments, is_post_step
from sentry_release.cli.command_line import parse_arguments
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError


def parse(*words: str) -> Arguments:
    return parse_arguments(["sentry-release", *words])


def complaint_about(*words: str) -> str:
    with pytest.raises(WorkflowError) as caught:
        parse(*words)
    return str(caught.value)


# --- commands ---


@pytest.mark.parametrize("command", Command)
def test_each_command_is_the_first_word(command: Command) -> None:
    assert parse(command).command is command


@pytest.mark.parametrize("name", ["deploy", "health", "doctor"])
def test_a_program_started_under_the_name_of_an_action_is_that_command(name: str) -> None:
    assert parse_arguments([f"/action/{name}"]).command is Command(name)


@pytest.mark.parametrize(
    ("argv", "is_post"),
    [
        (["/action/main"], False),
        (["/action/post"], True),
        (["post.py"], True),
        (["sentry-release", "main"], False),
        (["sentry-release", "post"], True),
    ],
)
def test_the_stages_of_the_runner_are_the_command_release(argv: list[str], is_post: bool) -> None:  # noqa: FBT001 - a case of the test
    arguments = parse_arguments(argv)

    assert (arguments.command, arguments.is_post) == (Command.RELEASE, is_post)
    assert is_post_step(argv) == is_post


def test_a_stage_without_arguments_needs_no_parser() -> None:
    for argv in (["/action/post"], ["/action/entrypoint.py", "post"], ["/action/main", "main"]):
        assert get_stage_arguments(argv) == parse_arguments(argv)
    assert get_stage_arguments(["/action/main", "--dist", "1"]) is None
    assert get_stage_arguments(["/action/deploy"]) is None
    assert get_stage_arguments(["/action/main", "name"]) is None


@pytest.mark.parametrize(
    ("word", "intended"),
    [("naem", "name"), ("relase", "release"), ("docter", "doctor"), ("deploi", "deploy")],
)
def test_an_unknown_command_names_the_nearest_one(word: str, intended: str) -> None:
    assert complaint_about(word) == (
        f"Unknown command '{word}'. Did you mean '{intended}'?\n"
        "The first argument names the command.\n"
        "Use one of: release, upload, deploy, health, doctor, name, run, init."
    )


def test_a_command_in_capitals_is_suggested_in_small_letters() -> None:
    assert complaint_about("NAME").startswith("Unknown command 'NAME'. Did you mean 'name'?")


def test_an_unknown_command_that_is_near_to_none_lists_all() -> None:
    assert complaint_about("frobnicate").startswith("Unknown command 'frobnicate'.\n")


def test_an_option_without_a_command_says_that_the_command_is_missing() -> None:
    assert complaint_about("--dist", "1").startswith(
        "No command before '--dist'.\nOptions follow the command; this one is of: release, "
    )


def test_a_misspelled_option_of_the_program_names_the_nearest_one() -> None:
    assert complaint_about("--hlep").startswith("Unknown option '--hlep'. Did you mean '--help'?")


@pytest.mark.parametrize("word", ["plan", "finish"])
def test_a_word_that_is_hardly_like_a_command_gets_no_suggestion(word: str) -> None:
    assert complaint_about(word).startswith(f"Unknown command '{word}'.\n")


@pytest.mark.parametrize(
    ("words", "intended"),
    [
        (["explain", "FD07"], "doctor explain"),
        (["doctor", "FD07"], "doctor explain FD07"),
        (["doctor", "expain", "FD07", "FD08"], "doctor explain FD07 FD08"),
        (["doctor", "expain"], "doctor explain"),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)
def test_rules_that_are_asked_for_in_another_form_lead_to_doctor_explain(
    words: list[str], intended: str
) -> None:
    assert f"Did you mean '{intended}'?" in complaint_about(*words)


@pytest.mark.parametrize("command", ["upload", "deploy", "health"])
def test_a_command_after_the_release_says_how_to_pass_a_name_made_of_options(command: str) -> None:
    complaint = complaint_about(command, "--build-number", "9")

    assert complaint.startswith(f"Unknown option '--build-number' of `{command}`.")
    assert "Pass the complete name: `--release`, or the variable SENTRY_RELEASE" in complaint
    assert "Pass the complete name" not in complaint_about(command, "--define-environment")


def test_a_format_is_accepted_in_any_case() -> None:
    assert parse("name", "--format", "ENV").options == {"--format=env"}


# --- inputs ---


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--build-number", "99"], id="a word and its value"),
        pytest.param(["--build-number=99"], id="both in one"),
        pytest.param(["--build-number=1", "--build-number", "99"], id="the last one wins"),
    ],
)
def test_every_input_is_an_option(words: list[str]) -> None:
    assert parse("name", *words).inputs == {"INPUT_BUILD-NUMBER": "99"}


def test_a_value_may_look_like_anything() -> None:
    assert parse("name", "--release=a=b --c").inputs == {"INPUT_RELEASE": "a=b --c"}
    assert parse("name", "--build-name", "").inputs == {"INPUT_BUILD-NAME": ""}


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["--dry-run"], "true"),
        (["--dry-run=false"], "false"),
        (["--dry-run", "false"], "false"),
        (["--dry-run", "--org", "acme"], "true"),
        (["--dry-run=maybe"], "maybe"),
    ],
)
def test_a_switch_may_stand_alone(words: list[str], value: str) -> None:
    assert parse("release", *words).inputs["INPUT_DRY-RUN"] == value


def test_an_internal_input_is_accepted_and_not_listed() -> None:
    assert parse("release", "--job-total=3").inputs == {"INPUT_JOB-TOTAL": "3"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["name", "--hlep"], "Unknown option '--hlep'. Did you mean '--help'?"),
        (["release", "--enviroment", "x"], "Unknown option '--enviroment'. Did you mean '--environment'?"),
        (["release", "--enviroment=x"], "Unknown option '--enviroment'. Did you mean '--environment'?"),
        (["run", "--flavour", "x", "--", "flutter"], "Unknown option '--flavour'. Did you mean '--flavor'?"),
        (["doctor", "--jsno"], "Unknown option '--jsno'. Did you mean '--json'?"),
        (["name", "--build"], "Unknown option '--build'. Did you mean '--build-name'?"),
        (["name", "-d", "1"], "Unknown option '-d'."),
        (["name", "--timeout", "5"], "Unknown option '--timeout' of `name`."),
        (["name", "shop"], "Unexpected argument 'shop'."),
        (["name", "--dist"], "Option '--dist' requires a value."),
        (["name", "--json=yes"], "Option '--json' takes no value."),
        (["name", "--json", "--short"], "Options '--json' and '--short' exclude each other."),
        (["name", "--format", "evn"], "Invalid value 'evn' for '--format'. Did you mean `env`? Use one of: table, json, env."),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)  # fmt: skip
def test_a_wrong_word_is_named_with_what_was_meant(words: list[str], sentence: str) -> None:
    assert complaint_about(*words).splitlines()[0].startswith(sentence)


def test_an_option_of_another_command_names_the_commands_that_have_it() -> None:
    assert "It is an option of: release, upload, deploy, health." in complaint_about(
        "name", "--timeout=5"
    )


def test_options_are_not_abbreviated() -> None:
    assert complaint_about("release", "--environ=x").startswith("Unknown option '--environ'.")


# --- options that are no inputs ---


def test_options_keep_their_names() -> None:
    assert parse("name", "--all", "--json").options == {"--all", "--json"}
    assert parse("name", "--format", "env").options == {"--format=env"}
    assert parse("doctor", "--fix", "--write", "-q").options == {"--fix", "--write", "--quiet"}
    assert parse("--quiet", "name").is_quiet


# --- run ---


@pytest.mark.parametrize(
    ("words", "inputs", "command"),
    [
        (["--", "flutter", "build", "web"], {}, ["flutter", "build", "web"]),
        (["flutter", "build", "web"], {}, ["flutter", "build", "web"]),
        (["--dist", "3", "flutter", "--help"], {"INPUT_DIST": "3"}, ["flutter", "--help"]),
        (["--dist=3", "--", "make", "--", "x"], {"INPUT_DIST": "3"}, ["make", "--", "x"]),
        (["--", "--odd", "--help"], {}, ["--odd", "--help"]),
        (["--", "flutter", "--dry-run"], {}, ["flutter", "--dry-run"]),
        ([], {}, []),
    ],
)
def test_run_hands_everything_after_its_options_to_the_command(
    words: list[str], inputs: dict[str, str], command: list[str]
) -> None:
    arguments = parse("run", *words)

    assert arguments.inputs == inputs
    assert list(arguments.build_command) == command
    assert arguments.page is None
