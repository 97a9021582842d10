"""Claims about builds, jobs and code beside this action: FD42, FD43, FD45, FD47, FD51, FD52, FD53."""

from dataclasses import replace

import pytest

from doctor_app import PUBSPEC, app, found, workflow_app, workflow_of
from sentry_release.doctor.app import App
from sentry_release.flutter.pubspec import ResolvedVersion

OWN = "appcrew/sentry-release-flutter"


def own(inputs: str = "", *, env: str = "", action: str = "") -> str:
    """A step of this action."""
    return f"{{uses: '{OWN}{action}@v1', with: {{{inputs}}}, env: {{{env}}}}}"


def run(command: str, *, env: str = "") -> str:
    """A step that runs a command."""
    return f"{{run: '{command}', env: {{{env}}}}}"


def messages(app: App, rule: str) -> list[str]:
    return [one.message for one in found(app, rule)]


# --- FD42: flags of the build that this action does not get ---

NUMBER_27 = "but this action gets no `build-number`, so it uses 27 of pubspec.yaml."
NAME_140 = "but this action gets no `build-name`, so it uses 1.4.0 of pubspec.yaml."


@pytest.mark.parametrize(
    ("step", "command", "ends"),
    [
        (own(), "flutter build apk --build-number=28", [f"build number 28, {NUMBER_27}"]),
        (own(), "flutter build apk --build-name 2.0.0", [f"build name 2.0.0, {NAME_140}"]),
        (
            own(),
            "flutter build apk --build-name=2.0.0 --build-number=28",
            [f"build name 2.0.0, {NAME_140}", f"build number 28, {NUMBER_27}"],
        ),
        (own(), "flutter build apk --build-number=27 --build-name=1.4.0", []),
        (own("build-number: 28"), "flutter build apk --build-number=28", []),
        (
            own("build-number: 29"),
            "flutter build apk --build-number=28",
            ["build number 28, but this action gets `build-number: 29`."],
        ),
        (own("release: shop@1"), "flutter build apk --build-number=28", []),
        (own(env="SENTRY_RELEASE: shop@1"), "flutter build apk --build-number=28", []),
        (own(action="/deploy"), "flutter build apk --build-number=28", []),
        (own(), "flutter build aar --build-number=28", []),
        (own(), "flutter build apk --build-name=$TAG", []),
        (own(), "flutter build apk --build-number=$NUMBER", []),
        (
            own(),
            "flutter build apk --build-number=$GITHUB_RUN_NUMBER",
            [f"build number $GITHUB_RUN_NUMBER, {NUMBER_27}"],
        ),
        (own(), "flutter build apk --build-name=$GITHUB_REF_NAME.$GITHUB_RUN_ID", []),
        (
            own(),
            "flutter build apk --build-number=$GITHUB_REF_NAME.$GITHUB_RUN_ID",
            [f"build number $GITHUB_REF_NAME.$GITHUB_RUN_ID, {NUMBER_27}"],
        ),
        (
            own(),
            "flutter build apk --build-name=$GITHUB_REF_NAME.$GITHUB_RUN_ID --build-number=28",
            [f"build number 28, {NUMBER_27}"],
        ),
        (
            own(),
            "flutter build apk --build-name=1.4.0 --build-number=28",
            [f"build number 28, {NUMBER_27}"],
        ),
        (own(), "shorebird patch android --release-version=1.4.0+27", []),
        (
            own(),
            "shorebird patch android --release-version=1.4.0",
            [f"build number (none), {NUMBER_27}"],
        ),
        (own("build-number: '${{ github.run_number }}'"), "flutter build apk", []),
        (
            own("build-number: '${{ github.run_number }}'"),
            "flutter build apk --build-number=$GITHUB_RUN_NUMBER",
            [],
        ),
        (own("flavor: dev"), "flutter build apk --flavor prod", []),
        (
            own("flavor: dev, release: sdk-default"),
            "flutter build apk --flavor prod",
            ["flavor prod, but this action gets `flavor: dev`."],
        ),
        (own("flavor: prod, release: sdk-default"), "flutter build apk --flavor prod", []),
        (own("release: sdk-default"), "flutter build apk --flavor prod", []),
        (own("flavor: dev, release: sdk-default"), "flutter build apk", []),
        (own("flavor: $F, release: '{{ app_id }}'"), "flutter build apk --flavor prod", []),
        (own("flavor: dev, release: shop@1"), "flutter build apk --flavor prod", []),
    ],
)
def test_a_flag_that_the_action_does_not_get_is_reported_unless_both_may_agree(
    step: str, command: str, ends: list[str]
) -> None:
    assert messages(workflow_app(workflow_of(step, run(command))), "FD42") == [
        f"The build has the {one}" for one in ends
    ]


FLAGGED = run("flutter build apk --build-number=28")


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        ([own(), FLAGGED], 1),
        ([own(), own(), FLAGGED], 0),
        ([FLAGGED, own()], 0),
        ([own(), run("cider bump build"), FLAGGED], 1),
        ([own(), run("dart run custom pubspec.yaml"), FLAGGED], 0),
    ],
)
def test_flags_are_compared_with_the_only_step_of_the_action_before_the_build(
    steps: list[str], count: int
) -> None:
    assert len(messages(workflow_app(workflow_of(*steps)), "FD42")) == count


def test_a_step_of_the_action_in_the_job_of_the_build_counts_rather_than_another_job_s() -> None:
    other = f"  name:\n    steps:\n      - {own('build-number: 29')}\n"
    with_own = workflow_of(own("build-number: 30"), FLAGGED)
    without = workflow_of(FLAGGED, head="    needs: name\n")

    both = with_own.replace("jobs:\n", f"jobs:\n{other}")
    assert messages(workflow_app(both), "FD42") == [
        "The build has the build number 28, but this action gets `build-number: 30`."
    ]
    assert messages(workflow_app(without.replace("jobs:\n", f"jobs:\n{other}")), "FD42") == [
        "The build has the build number 28, but this action gets `build-number: 29`."
    ]
    alone = workflow_of(FLAGGED).replace("jobs:\n", f"jobs:\n{other}")
    assert messages(workflow_app(alone), "FD42") == []


BUMP = "dart run cider bump build"
AGVTOOL = "cd ios && agvtool new-version -all 28"
APK, IPA = "flutter build apk", "flutter build ipa"


@pytest.mark.parametrize(
    ("steps", "changes"),
    [
        ([own(), run(BUMP), run(APK)], [BUMP]),
        ([run(BUMP), own(), run(APK)], []),
        ([own(), run(APK), run(BUMP)], []),
        ([own(), run(f"{APK} && {BUMP}")], []),
        ([own("build-name: 2.0.0"), run(BUMP), run(APK)], []),
        ([own(env="SENTRY_RELEASE: a@1"), run(BUMP), run(APK)], []),
        ([own(), run(AGVTOOL), run(IPA)], [AGVTOOL]),
        ([run(AGVTOOL), own(), run(IPA)], [AGVTOOL]),
        ([own(), run(AGVTOOL), run(APK)], []),
        ([own(), run("sed -i s/^version:.*/version:9/ pubspec.yaml"), run(APK)],
         ["sed -i s/^version:.*/version:9/ pubspec.yaml"]),
        ([own(), run("grep version pubspec.yaml"), run(APK)], []),
    ],
)  # fmt: skip
def test_a_command_that_changes_the_version_between_action_and_build_is_reported(
    steps: list[str], changes: list[str]
) -> None:
    assert messages(workflow_app(workflow_of(*steps)), "FD42") == [
        f"`{one}` changes the version of this build, and this action does not see it."
        for one in changes
    ]


def test_a_version_without_a_number_is_compared_as_such() -> None:
    pubspec = PUBSPEC.replace("+27", "")
    flagged = workflow_app(workflow_of(own(), FLAGGED), pubspec=pubspec)
    unversioned = workflow_app(
        workflow_of(own(), FLAGGED), pubspec=PUBSPEC.replace("version: 1.4.0+27\n", "")
    )

    assert messages(flagged, "FD42") == [
        "The build has the build number 28, but this action gets no `build-number`, and "
        "pubspec.yaml has none."
    ]
    assert messages(unversioned, "FD42") == []


# --- FD52: defines of the build that replace those of this action ---


@pytest.mark.parametrize(
    ("step", "define", "expected"),
    [
        (own(), "SENTRY_RELEASE=shop@1.4.0", "shop@1.4.0+27"),
        (own(), "SENTRY_RELEASE=shop@1.4.0+27", None),
        (own(), "SENTRY_RELEASE=$X", None),
        (own(), "SENTRY_RELEASE=", None),
        (own(), "SENTRY_DIST=28", "27"),
        (own(), "SENTRY_DIST=27", None),
        (own("dist: 28"), "SENTRY_DIST=28", None),
        (own(env="SENTRY_DIST: 28"), "SENTRY_DIST=27", "28"),
        (own("dist: 29", env="SENTRY_DIST: 28"), "SENTRY_DIST=28", "29"),
        (own("build-name: 2.0.0, build-number: 9"), "SENTRY_RELEASE=shop@1", "shop@2.0.0+9"),
        (own("build-number: 9"), "SENTRY_DIST=27", "9"),
        (own("release: shop@2"), "SENTRY_RELEASE=shop@1", "shop@2"),
        (own("release: shop@2"), "SENTRY_DIST=1", None),
        (own(env="SENTRY_RELEASE: shop@2"), "SENTRY_RELEASE=shop@1", "shop@2"),
        (own("release: '{{ tag }}'"), "SENTRY_RELEASE=shop@1", None),
        (own("release: sdk-default"), "SENTRY_RELEASE=shop@1", None),
        (own(), "SENTRY_ENVIRONMENT=staging", "production"),
        (own(), "SENTRY_ENVIRONMENT=production", None),
        (own("environment: staging"), "SENTRY_ENVIRONMENT=staging", None),
        (own(env="SENTRY_ENVIRONMENT: beta"), "SENTRY_ENVIRONMENT=staging", "beta"),
        (own("define-environment: false"), "SENTRY_ENVIRONMENT=staging", None),
    ],
)
def test_a_define_with_another_value_than_the_action_s_is_reported(
    step: str, define: str, expected: str | None
) -> None:
    build = run(f"flutter build web --dart-define={define}")
    app = workflow_app(workflow_of(step, build, head="    environment: production\n"))

    message = f"The build gets {define}, which replaces `{expected}` of this action."
    assert messages(app, "FD52") == ([message] if expected else [])


@pytest.mark.parametrize(
    ("steps", "levels"),
    [
        ([own(), run("flutter build web --dart-define=SENTRY_RELEASE=a@1")], ["error"]),
        ([own(), run("flutter build web --dart-define=SENTRY_DIST=a")], ["warning"]),
        ([run("flutter build web --dart-define=SENTRY_DIST=a")], []),
        (
            [
                own(),
                run(
                    "flutter build web --dart-define=SENTRY_RELEASE=shop@1.4.0+27"
                    " --dart-define=SENTRY_DIST=a"
                ),
            ],
            ["warning"],
        ),
        (
            [
                own(),
                run("sentry-release run -- flutter build web"),
                run("flutter build web --dart-define=SENTRY_DIST=a"),
            ],
            ["warning"],
        ),
        ([own(), run("sentry-release run -- flutter build web --dart-define=SENTRY_DIST=a")], []),
        (
            [
                own(),
                run(
                    "flutter build apk --dart-define=SENTRY_RELEASE=a@1 && flutter build web"
                    " --dart-define=SENTRY_RELEASE=a@1 --dart-define=SENTRY_DIST=a"
                ),
            ],
            ["error", "warning"],
        ),
        (
            [own(), run("cider bump build"), run("flutter build web --dart-define=SENTRY_DIST=a")],
            [],
        ),
        (
            [
                own(),
                "run: flutter build ${{ matrix.target }} --dart-define=SENTRY_DIST=a",
            ],
            ["warning"],
        ),
    ],
)
def test_a_replaced_define_is_reported_once_and_a_release_as_an_error(
    steps: list[str], levels: list[str]
) -> None:
    head = "    strategy: {matrix: {target: [apk, web]}}\n"

    assert [
        str(one.severity) for one in found(workflow_app(workflow_of(*steps, head=head)), "FD52")
    ] == levels


@pytest.mark.parametrize(
    ("arguments", "files", "place"),
    [
        (["a.json"], {"a.json": '{\n  "A": "b",\n  "SENTRY_DIST": 28\n}'}, "a.json:3"),
        (["./a.env"], {"a.env": "A=b\nSENTRY_DIST='28' # of the store\n"}, "a.env:2"),
        (["a.env"], {"a.env": "SENTRY_DIST=28 # of the store"}, "a.env:1"),
        (["a.json"], {"a.json": '\n{"\\u0053ENTRY_DIST": 28}'}, "a.json:1"),
        (["a.json"], {"a.json": '{"SENTRY_DIST": "27"}'}, None),
        (["a.json"], {"a.json": "{"}, None),
        (["a.json", ".sentry-release/a.json"], {"a.json": '{"SENTRY_DIST": 28}'}, None),
        ([".sentry-release/a.json", "a.json"], {"a.json": '{"SENTRY_DIST": 28}'}, "a.json:1"),
        (["b.json", "a.json"], {"a.json": '{"SENTRY_DIST": 28}'}, "a.json:1"),
        (["a.json", "b.json"], {"a.json": '{"SENTRY_DIST": 28}'}, None),
        (["a.json", "b.env"], {"a.json": '{"SENTRY_DIST": 28}', "b.env": "SENTRY_DIST=27"}, None),
        (["a.json", "b.env"], {"a.json": '{"SENTRY_DIST": 28}', "b.env": "A=27"}, "a.json:1"),
    ],
)  # fmt: skip
def test_a_define_of_a_file_is_reported_there_unless_a_later_file_may_replace_it(
    arguments: list[str], files: dict[str, str], place: str | None
) -> None:
    build = "flutter build web " + " ".join(f"--dart-define-from-file={one}" for one in arguments)
    facts = replace(
        workflow_app(workflow_of(own(), run(build))),
        read_bytes=lambda path: files[str(path)].encode() if str(path) in files else None,
    )

    findings = [(f"{one.path}:{one.line}", one.message) for one in found(facts, "FD52")]
    message = "The build gets SENTRY_DIST=28, which replaces `27` of this action."
    assert findings == ([(place, message)] if place else [])


# --- FD43: an environment that the token cannot read ---


@pytest.mark.parametrize(
    ("head", "step", "lines"),
    [
        ("    permissions: {contents: read}\n    environment: live\n", own(), [6]),
        ("    permissions: {contents: read}\n    environment: {name: live}\n", own(), [6]),
        ("    permissions: {checks: read}\n    environment: live\n", own(), []),
        ("    permissions: {deployments: write}\n    environment: live\n", own(), []),
        ("    environment: live\n", own(), []),
        ("    permissions: {contents: read}\n", own(), []),
        ("    permissions: {contents: read}\n    environment: live\n", own("environment: a"), []),
        ("    permissions: {}\n    environment: live\n", own(env="SENTRY_ENVIRONMENT: a"), []),
        (
            "    permissions: {}\n    env: {SENTRY_ENVIRONMENT: a}\n    environment: live\n",
            own(),
            [],
        ),
        ("    permissions: {}\n    environment: live\n", own(action="/deploy"), [6]),
        ("    permissions: {}\n    environment: live\n", own(action="/health"), []),
        ("    permissions: {}\n    environment: live\n", own("working-directory: other"), []),
        ("    permissions: {}\n    environment: live\n", own("working-directory: $APP"), [6]),
        (
            "    permissions: {}\n    environment: live\n",
            own("working-directory: other, release: shop@1"),
            [6],
        ),
        (
            "    permissions: {}\n    environment: live\n",
            own("working-directory: other", env="SENTRY_RELEASE: shop@1"),
            [6],
        ),
        ("    permissions: {}\n    environment: live\n", own("working-directory: ./"), [6]),
    ],
)
def test_an_environment_is_unreadable_if_the_permissions_leave_it_out_and_nothing_names_it(
    head: str, step: str, lines: list[int]
) -> None:
    assert [one.line for one in found(workflow_app(workflow_of(step, head=head)), "FD43")] == lines


def test_a_job_without_an_environment_does_not_hide_the_jobs_after_it() -> None:
    head = "    permissions: {}\n    environment: live\n"
    text = workflow_of(own(), head=head).replace("jobs:\n", f"jobs:\n  a:\n    steps: [{own()}]\n")

    assert [one.line for one in found(workflow_app(text), "FD43")] == [8]


# --- FD45: a deploy that is recorded while another step still runs ---

BACKGROUND = "{{{step}, background: true, id: up}}"


@pytest.mark.parametrize(
    ("background", "action", "count"),
    [
        ("run: ./deploy.sh", "/deploy", 1),
        ("run: firebase deploy", "/deploy", 1),
        ("run: npm test", "/deploy", 0),
        ("uses: actions/deploy-pages@v4", "/deploy", 1),
        ("uses: actions/cache@v4", "/deploy", 0),
        (f"uses: {OWN}/upload@v1", "/deploy", 0),
        ("run: ./deploy.sh", "/health", 0),
        ("run: ./deploy.sh", "", 0),
    ],
)
def test_a_deploy_beside_a_running_step_that_delivers_is_too_early(
    background: str, action: str, count: int
) -> None:
    steps = BACKGROUND.format(step=background), own(action=action)

    assert len(found(workflow_app(workflow_of(*steps)), "FD45")) == count
    assert found(workflow_app(workflow_of(steps[0], "{wait: up}", steps[1])), "FD45") == []


# --- FD47: the form of the container on a runner without Docker ---


@pytest.mark.parametrize(
    ("runner", "uses", "lines"),
    [
        ("macos-15", f"{OWN}@v1", [6]),
        ("windows-latest", f"{OWN}/deploy@v1", [6]),
        ("ubuntu-slim", f"{OWN}@v1", [6]),
        ("ubuntu-latest", f"{OWN}@v1", []),
        ("macos-15", f"{OWN}/host@v1", []),
        ("macos-15", f"{OWN}/host/deploy@v1", []),
        ("macos-15", "./vendor/sentry-release-flutter", []),
        ("macos-15", "actions/checkout@v5", []),
        ("[self-hosted, macos]", f"{OWN}@v1", []),
    ],
)
def test_a_container_action_needs_a_runner_with_docker(
    runner: str, uses: str, lines: list[int]
) -> None:
    text = workflow_of(f"uses: {uses}").replace("ubuntu-latest", runner)

    assert [one.line for one in found(workflow_app(text), "FD47")] == lines
    other = "jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: []\n"
    after = workflow_app(text.replace("jobs:\n", other))
    assert [one.line for one in found(after, "FD47")] == [line + 3 for line in lines]


# --- FD51: gates that do not count unhandled errors ---


@pytest.mark.parametrize(
    ("action", "inputs", "version", "count"),
    [
        ("/health", "min-crash-free-sessions: 99", "10.0.0", 1),
        ("/health", "min-crash-free-users: 99", "10.1.0", 1),
        ("", "min-crash-free-users: 99", "10.0.0", 1),
        ("/doctor", "min-crash-free-users: 99", "10.0.0", 0),
        ("/health", "min-crash-free-users: 99", "9.27.0", 0),
        ("/health", "min-crash-free-users: 99", None, 0),
        ("/health", "min-sessions: 99", "10.0.0", 0),
        ("/health", "min-crash-free-users: 99, max-drop: 1", "10.0.0", 0),
        ("/health", "min-crash-free-users: 99, min-unhandled-free-sessions: 1", "10.0.0", 0),
    ],
)
def test_gates_of_crashes_alone_are_reported_from_sdk_10_on(
    action: str, inputs: str, version: str | None, count: int
) -> None:
    sdk = ResolvedVersion(version=version, exact=True) if version else None
    gated = replace(workflow_app(workflow_of("run: ls", own(inputs, action=action))), sdk=sdk)

    assert [one.line for one in found(gated, "FD51")] == [7] * count


# --- FD53: an environment in the code ---


def setting(value: str, *, before: str = "") -> str:
    return app(f"options.environment = {value};", before=before)


@pytest.mark.parametrize(
    ("main", "deployed", "message"),
    [
        (setting("'prod'"), [own("environment: live")], "`prod`, but this action deploys to `live`"),
        (setting("'live'"), [own("environment: live")], None),
        (setting("const Env.name"), [own("environment: live")], None),
        (setting("name", before="const name = 'prod';"), [own("environment: live")],
         "`prod`, but this action deploys to `live`"),
        (setting("kReleaseMode ? 'prod' : 'dev'"), [own("environment: live")],
         "`prod`, but this action deploys to `live`"),
        (setting("beta ? 'prod' : 'dev'"), [own("environment: live")],
         "`dev` or `prod`, but this action deploys to `live`"),
        (setting("beta ? 'prod' : name()"), [own("environment: live")], None),
        (setting("const String.fromEnvironment('SENTRY_ENVIRONMENT')"),
         [own("environment: live")], None),
        (app("if (kDebugMode) options.environment = 'dev';"), [own("environment: live")], None),
        (app("if (beta) options.environment = 'dev';"), [own("environment: live")], None),
        (app("options.dsn = 'dev';"), [own("environment: live")], None),
        (setting("'live'"), [own("environment: live"), own("environment: beta")],
         "`live`, but this action deploys to `beta`"),
        (setting("'live'"), [own("environment: live"), own("environment: beta", action="/deploy")],
         None),
        (setting("'prod'"), [own("environment: beta", action="/health")],
         "`prod`, but this action deploys to `beta`"),
        (setting("'prod'"), [own("environment: beta", action="/upload")], None),
        (setting("'prod'"), [own("environment: $X"), own("environment: live")], None),
        (setting("'prod'"), [own("environment: live, define-environment: false")], None),
        (setting("'prod'"), [own("environment: live, working-directory: other")], None),
        (setting("'prod'"), [own(env="SENTRY_ENVIRONMENT: live")],
         "`prod`, but this action deploys to `live`"),
        (setting("'prod'"), [own()], "`prod`, but this action deploys to `job`"),
        (setting("'beta'"), [own("environment: 'Preview=beta'")], None),
    ],
)  # fmt: skip
def test_an_environment_in_the_code_that_no_deploy_has_is_reported(
    main: str, deployed: list[str], message: str | None
) -> None:
    text = workflow_of(*deployed, head="    environment: job\n")

    assert messages(workflow_app(text, main=main), "FD53") == (
        [f"The environment is {message}."] if message else []
    )


def test_the_first_of_several_environments_in_the_code_is_reported() -> None:
    main = app("options.environment = 'a';", "if (kReleaseMode) options.environment = 'b';")
    text = workflow_of(own("environment: live"))

    (finding,) = found(workflow_app(text, main=main), "FD53")

    assert finding.message == "The environment is `a` or `b`, but this action deploys to `live`."
    assert finding.line == 6


@pytest.mark.parametrize(
    ("flags", "reports"),
    [
        ("--dart-define=STAGE=prod", True),
        ("--dart-define=STAGE=live", False),
        ("--dart-define=STAGE=$STAGE", False),
        ("", True),
        ("$ARGUMENTS", False),
        ("--dart-define-from-file=.sentry-release/a.json", True),
        ("--dart-define-from-file=missing.json", False),
        ("--dart-define-from-file=missing.json --dart-define=STAGE=prod", True),
    ],
)
def test_an_environment_from_a_define_is_the_one_that_the_builds_pass(
    flags: str, *, reports: bool
) -> None:
    main = setting("const String.fromEnvironment('STAGE', defaultValue: 'dev')")
    text = workflow_of(own("environment: live"), run(f"flutter build apk {flags}"))

    assert bool(messages(workflow_app(text, main=main), "FD53")) is reports


@pytest.mark.parametrize(
    "read",
    [
        "const String.fromEnvironment('SENTRY_ENVIRONMENT')",
        "const bool.hasEnvironment('STAGE')",
        "const String.fromEnvironment('STAGE', defaultValue: name)",
        "const String.fromEnvironment(name)",
        "const String.fromEnvironment('STAGE').trim()",
    ],
)
def test_an_environment_that_is_not_the_value_of_a_known_define_is_left_alone(read: str) -> None:
    build = run("flutter build apk --dart-define=SENTRY_ENVIRONMENT=prod --dart-define=STAGE=prod")
    text = workflow_of(own("environment: live"), build)

    assert messages(workflow_app(text, main=setting(read)), "FD53") == []


@pytest.mark.parametrize(
    ("content", "count"), [('{"STAGE": "prod"}', 1), ('{"STAGE": "live"}', 0), ("{}", 1), ("{", 0)]
)
def test_a_define_file_that_cannot_be_read_may_set_any_environment(
    content: str, count: int
) -> None:
    main = setting("const String.fromEnvironment('STAGE', defaultValue: 'dev')")
    build = run("flutter build apk --dart-define-from-file=a.json")
    facts = workflow_app(workflow_of(own("environment: live"), build), main=main)
    with_file = replace(
        facts, read_bytes=lambda path: content.encode() if path.name == "a.json" else None
    )

    assert len(found(with_file, "FD53")) == count
