"""Notifications: to whom, when, in which format, and never with a secret."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sentry import FakeServers, Slow
from fake_sentry import Status as Answer
from job import ROOT, Job, Stage
from properties import tried
from receivers import Post, Received, Sink, mail_server, sink
from sentry_release.adapters.apprise import send
from sentry_release.adapters.redaction import find_notify_secrets
from sentry_release.commands.steps.notify import build_notification_values
from sentry_release.config.inputs import NotifyOn
from sentry_release.model.job import Message, Recipient
from sentry_release.report.page import Status, SummaryPage

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

NAME = "shop@1.4.0+27"
RUN = "https://github.com/acme/app/actions/runs/16544301843"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7"
DISCORD = "discord://417421629812345678/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TEAMS = "workflows://prod-12.westus.logic.azure.com:443/643e69f83c8944/LT8Zxc-FQ_x7a"
SECRETS = (
    "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7", "417421629812345678", "JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "643e69f83c8944", "LT8Zxc-FQ_x7a", "hook-t0ken-1", "pass-w0rd-of-ci",
)  # fmt: skip
LETTER = Message(title="shop is there", markdown="**shop**", text="shop")


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Slack, Discord, Teams and others with a webhook."""
    with sink(tmp_path) as found:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{found.place}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(found.authority))
        yield found


@pytest.fixture(scope="module")
def post_office() -> Iterator[Post]:
    with mail_server() as post:
        yield post


@pytest.fixture
def mail(post_office: Post) -> Post:
    """A mail server, and what came by mail."""
    for kept in (post_office.logins, post_office.mails, post_office.to):
        kept.clear()
    return post_office


def webhook(receiver: Sink, path: str = "hook-t0ken-1", scheme: str = "json") -> str:
    return f"{scheme}://{receiver.place}/{path}"


def mailbox(mail: Post, login: str = "ci:pass-w0rd-of-ci") -> str:
    place = f"mailto://{login}@127.0.0.1:{mail.port}"
    return f"{place}?mode=insecure&from=ci@acme.dev&to=team@acme.dev"


def deployed(job: Job, sentry: FakeServers, **inputs: str) -> Stage:
    """A job that deploys, from its first to its last step."""
    main = job.main(**inputs)
    assert main.exit_code == 0, main.log
    job.time.pass_(605)
    sentry.land_commits()
    post = job.post(**inputs)
    assert post.exit_code == 0
    return post


def visible(*stages: Stage) -> str:
    """All that a reader of the run can see; what the runner masks is none of it."""
    logs = "\n".join(stage.log for stage in stages)
    observed = "\n".join(line for line in logs.splitlines() if not line.startswith("::add-mask::"))
    return observed + "".join(stage.summary for stage in stages)


# --- in the shape of each service ---


def test_slack_gets_a_message_in_its_own_markdown(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    deployed(job, sentry, notify_urls=SLACK)

    (actual,) = receiver.received
    assert (actual.host, actual.path) == (
        "hooks.slack.com",
        SLACK.replace("slack://", "/services/"),
    )
    assert actual.headers["Content-Type"].startswith("application/json")
    assert actual.json["mrkdwn"] is True
    (attached,) = actual.json["attachments"]
    assert attached["title"] == f"{NAME} is deployed to production"
    page = "/organizations/acme/releases/shop%401.4.0%2B27/"
    assert f"- Release: <{sentry.url}{page}|`{NAME}`>" in attached["text"]
    assert "- Duration: 10 min 5 s" in attached["text"]
    assert f"- Run: <{RUN}|#128>" in attached["text"]


def test_discord_gets_content_of_at_most_2000_characters(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    (job.workspace / "long.md").write_text("{{ release }}\n\n{{ 'very ' * 1000 }}")

    deployed(job, sentry, notify_urls=DISCORD, notify_template="long.md")

    (actual,) = receiver.received
    assert actual.host == "discord.com"
    assert actual.path.partition("?")[0] == DISCORD.replace("discord://", "/api/webhooks/")
    assert actual.json["content"].startswith(NAME)
    assert 1000 < len(actual.json["content"]) <= 2000


def test_teams_gets_an_adaptive_card(job: Job, sentry: FakeServers, receiver: Sink) -> None:
    deployed(job, sentry, notify_urls=TEAMS)

    (actual,) = receiver.received
    assert actual.host == "prod-12.westus.logic.azure.com"
    assert actual.path.startswith("/workflows/643e69f83c8944/")
    assert actual.json["type"] == "message"
    (attached,) = actual.json["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attached["content"]["type"] == "AdaptiveCard"
    blocks = {one.get("id"): one.get("text") for one in attached["content"]["body"]}
    assert blocks["title"] == f"{NAME} is deployed to production"
    assert f"[#128]({RUN})" in blocks["body"]


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [
        ("json", "application/json"),
        ("xml", "application/xml"),
        ("form", "application/x-www-form-urlencoded"),
    ],
)
def test_a_webhook_gets_what_it_asks_for(
    job: Job, sentry: FakeServers, receiver: Sink, scheme: str, kind: str
) -> None:
    deployed(job, sentry, notify_urls=webhook(receiver, scheme=scheme))

    (actual,) = receiver.received
    assert (actual.path, actual.headers["Content-Type"]) == ("/hook-t0ken-1", kind)
    assert b"1.4.0" in actual.body
    assert b"success" in actual.body


def test_a_service_that_takes_only_text_gets_no_markdown(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    deployed(job, sentry, notify_urls=f"{webhook(receiver)}?format=text")

    message = receiver.received[0].json["message"]
    assert f"- Release: {NAME} (http" in message
    assert not re.search(r"[`\[\]]", message)


def test_a_mail_comes_as_html_after_a_login(job: Job, sentry: FakeServers, mail: Post) -> None:
    deployed(job, sentry, notify_urls=mailbox(mail))

    (actual,) = mail.mails
    assert (mail.logins, mail.to) == (["right"], ["team@acme.dev"])
    assert actual["Subject"] == f"{NAME} is deployed to production"
    assert "ci@acme.dev" in actual["From"]
    body = actual.get_body(("html",))
    assert body is not None
    assert f'<a href="{RUN}">#128</a>' in body.get_content()
    assert f"<code>{NAME}</code>" in body.get_content()


# --- when ---


def test_every_recipient_is_notified_once(
    job: Job, sentry: FakeServers, receiver: Sink, mail: Post
) -> None:
    everyone = [SLACK, DISCORD, TEAMS, webhook(receiver), mailbox(mail)]

    post = deployed(job, sentry, notify_urls="\n".join(everyone))

    assert (len(receiver.received), len(mail.mails)) == (4, 1)
    assert post.annotations == []
    assert "5 of 5 notifications sent." in post.log


def test_a_deploy_that_was_created_before_is_notified_once_only(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    deployed(job, sentry, notify_urls=webhook(receiver))

    again = job.post(notify_urls=webhook(receiver))

    assert "was already deployed to" in again.summary
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("on", "expected"), [("deploy", 0), ("failure", 1), ("deploy, failure", 1)]
)
def test_a_failure_is_notified_if_requested(
    job: Job, sentry: FakeServers, receiver: Sink, on: str, expected: int
) -> None:
    job.main(notify_urls=webhook(receiver), notify_on=on)
    job.post(status="failure", notify_urls=webhook(receiver), notify_on=on)

    assert len(receiver.received) == expected
    for actual in receiver.received:
        assert actual.json["title"] == f"{NAME}: no deploy to production recorded"
        assert "The job ended with the status 'failure'" in actual.json["message"]
        assert actual.json["type"] == "failure"
    assert sentry.releases[NAME].deploys == []


def test_a_success_is_not_notified_if_only_failures_are_requested(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    deployed(job, sentry, notify_urls=webhook(receiver), notify_on="failure")

    assert receiver.received == []


@pytest.mark.parametrize(
    "inputs",
    [{"dry_run": "true"}, {"dry_run": "true", "deploy": "false"}, {"deploy": "false"}],
    ids=["dry run", "plan", "no deploy wanted"],
)
@pytest.mark.parametrize("status", ["success", "failure"])
def test_no_notification_is_sent_if_nothing_was_done(
    job: Job, receiver: Sink, inputs: dict[str, str], status: str
) -> None:
    every = inputs | {"notify_urls": webhook(receiver), "notify_on": "deploy failure"}
    job.main(**every)
    job.post(status=status, **every)

    assert receiver.received == []


def test_a_failed_job_without_an_environment_sends_no_notification(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    sentry.repository.check_run(4711)
    every = {"notify_urls": webhook(receiver), "notify_on": "failure", "environment": ""}

    job.main(**every)
    job.post(status="failure", **every)

    assert receiver.received == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [("failure", 1), ("error", 1), ("pending", 0), ("in_progress", 0), ("inactive", 0)],
)
def test_a_deployment_that_failed_elsewhere_is_notified_as_a_failure(
    sentry: FakeServers, receiver: Sink, tmp_path: Path, state: str, expected: int
) -> None:
    job = Job.recorded("deployment_status", sentry=sentry, folder=tmp_path)
    event = json.loads((ROOT / "tests/fixtures/deployment_status.json").read_text())
    event["deployment_status"]["state"] = state
    job.event(event)

    job.play("deploy", environment="", notify_urls=webhook(receiver), notify_on="deploy failure")

    assert len(receiver.received) == expected
    for actual in receiver.received:
        assert actual.json["title"] == f"{NAME}: no deploy to production recorded"
        assert f"The state of the deployment to 'production' is '{state}'" in actual.json["message"]
        assert "https://hosting.example.com/builds/77" in actual.json["message"]
        assert actual.json["type"] == "failure"


@pytest.mark.parametrize("on_outage", ["warn", "fail"])
def test_a_deploy_that_sentry_refused_is_notified_as_a_failure(
    job: Job, sentry: FakeServers, receiver: Sink, on_outage: str
) -> None:
    every = {"notify_urls": webhook(receiver), "notify_on": "failure", "on_outage": on_outage}
    job.main(**every)
    sentry.fail("*", "/api/**", Answer(status=502), times=None)

    post = job.post(**every)

    assert post.exit_code == (5 if on_outage == "fail" else 0)
    assert "no deploy to `production` recorded" in post.summary
    (actual,) = receiver.received
    assert actual.json["title"] == f"{NAME}: no deploy to production recorded"
    assert "it answered 502" in actual.json["message"]
    assert sentry.releases[NAME].deploys == []


@pytest.mark.parametrize(("status", "exit_code"), [(502, 0), (403, 4)])
def test_the_action_deploy_notifies_about_a_deploy_that_sentry_refused(
    job: Job, sentry: FakeServers, receiver: Sink, status: int, exit_code: int
) -> None:
    job.main(finalize="false", deploy="false")
    sentry.land_commits()
    sentry.fail("*", "/api/**", Answer(status=status), times=None)

    stage = job.play("deploy", notify_urls=webhook(receiver), notify_on="failure")

    assert stage.exit_code == exit_code
    assert f"`{NAME}`: no deploy to `production` recorded" in stage.summary
    assert [one.json["type"] for one in receiver.received] == ["failure"]


def test_notifications_are_sent_within_what_is_left_of_the_timeout(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    receiver.answers["/hang"] = 0
    job.main()
    sentry.land_commits()
    late = Slow(seconds=0, begins=lambda: job.time.pass_(58))
    sentry.fail("POST", "**deploys/", late)
    began = time.monotonic()

    post = job.post(notify_urls=f"{webhook(receiver, 'hang')}?rto=60\n{webhook(receiver)}")

    assert "of `notify-urls`, JSON). The deploy was recorded." in post.annotations[0]
    assert "it took more than 3 s" in post.annotations[0]
    assert time.monotonic() - began < 8  # and not the ten that there are otherwise
    assert len(receiver.received) == 2


def test_a_deploy_whose_response_was_lost_is_notified_once(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    sentry.fail("POST", "**deploys/", Answer(status=502), applied=True)

    deployed(job, sentry, notify_urls=webhook(receiver))

    assert (len(sentry.releases[NAME].deploys), len(receiver.received)) == (1, 1)


def test_a_failed_job_without_a_token_sends_no_notification(job: Job, receiver: Sink) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = ""
    job.event({"pull_request": {"head": {"sha": "1" * 40, "repo": None}}})
    every = {"notify_urls": webhook(receiver), "notify_on": "failure"}

    stages = [job.main(**every), job.post(status="failure", **every)]
    stages.append(job.play("deploy", job_status="failure", **every))

    assert [stage.exit_code for stage in stages] == [0, 0, 0]
    assert receiver.received == []


def test_the_action_deploy_notifies_as_well(job: Job, sentry: FakeServers, receiver: Sink) -> None:
    job.main(finalize="false", deploy="false")
    sentry.land_commits()
    every = {"notify_urls": webhook(receiver), "notify_on": "deploy failure"}

    first = job.play("deploy", **every)
    second = job.play("deploy", **every)
    third = job.play("deploy", job_status="failure", **every)

    assert first.outputs["deployed"] == second.outputs["deployed"] == "true"
    assert third.outputs["deployed"] == "false"
    assert [one.json["type"] for one in receiver.received] == ["success", "failure"]


def test_a_dry_run_of_the_action_deploy_sends_no_notification(job: Job, receiver: Sink) -> None:
    job.main(finalize="false", deploy="false")

    every = {"notify_urls": webhook(receiver), "notify_on": "deploy failure"}
    job.play("deploy", dry_run="true", job_status="failure", **every)

    assert receiver.received == []


# --- what goes wrong on the way ---


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
def test_a_service_that_refuses_is_named_and_the_others_are_notified(
    job: Job, sentry: FakeServers, receiver: Sink, status: int
) -> None:
    receiver.answers["/services/"] = status

    post = deployed(job, sentry, notify_urls=f"{SLACK}\n{webhook(receiver)}")

    (warning,) = post.annotations
    assert warning.startswith(
        "warning: Notification failed (line 1 of `notify-urls`, Slack). The deploy was recorded."
    )
    assert f"{NAME}: it answered with HTTP {status}" in warning
    assert len(receiver.to("127.0.0.1")) == 1
    assert not any(secret in visible(post) for secret in SECRETS)


def test_one_that_is_down_and_a_mailbox_with_another_password_are_named(
    job: Job, sentry: FakeServers, receiver: Sink, mail: Post
) -> None:
    nowhere = "json://127.0.0.1:9/hook-t0ken-1"
    wrong = mailbox(mail, login="ci:an0ther-password")

    post = deployed(job, sentry, notify_urls="\n".join([nowhere, wrong, webhook(receiver)]))

    names = [warning.partition(")")[0].rpartition(", ")[2] for warning in post.annotations]
    assert names == ["JSON", "E-Mail"]
    assert len(receiver.received) == 1
    assert mail.mails == []
    assert not any(secret in visible(post) for secret in ("an0ther-password", *SECRETS))


def test_one_that_hangs_holds_up_neither_the_others_nor_the_job(receiver: Sink) -> None:
    receiver.answers["/hang"] = 0
    addresses = [
        f"{webhook(receiver, 'hang')}?rto=60",
        webhook(receiver),
        webhook(receiver, "hang/2"),
    ]
    everyone = [Recipient(line=n, address=one) for n, one in enumerate(addresses, 1)]
    began = time.monotonic()

    failed = send(everyone, LETTER, service_limit_s=0.4)

    assert time.monotonic() - began < 2
    assert [(one.service, one.line) for one in failed] == [("JSON", 1), ("JSON", 3)]
    assert failed[0].reason == "it took more than 0.4 s"
    assert len(receiver.received) == 3


def test_the_program_ends_although_a_service_still_hangs(receiver: Sink) -> None:
    receiver.answers["/hang"] = 0
    script = (
        "from sentry_release.adapters.apprise import send\n"
        "from sentry_release.model.job import Recipient, Message\n"
        f"one = Recipient(line=1, address='{webhook(receiver, 'hang')}?rto=60')\n"
        "print(send([one], Message(title='t', markdown='m', text='m'), service_limit_s=0.5))"
    )

    ended = _python(script)

    assert "it took more than 0.5 s" in ended.stdout
    assert (ended.returncode, ended.stderr) == (0, "")


def test_what_a_service_says_of_itself_goes_nowhere(receiver: Sink) -> None:
    receiver.answers["/"] = 401
    script = (
        "from sentry_release.adapters.apprise import send\n"
        "from sentry_release.model.job import Recipient, Message\n"
        f"one = Recipient(line=1, address='{webhook(receiver)}')\n"
        f"two = Recipient(line=2, address='{TEAMS}?verify=no')\n"
        "print(one, two, send([one, two], Message(title='t', markdown='m', text='m')))"
    )

    ended = _python(script, HTTPS_PROXY=f"http://{receiver.place}")

    assert ended.stdout.count("HTTP 401") == 2
    assert ended.stderr == ""
    assert "hook-t0ken" not in ended.stdout


def _python(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT / "src")} | environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


# --- the inputs ---


@pytest.mark.parametrize(
    ("address", "answering"),
    [
        pytest.param(
            "slack://T1JJ3T3L2",
            "Line 2 of `notify-urls` is not a valid Slack URL",
            id="half an address",
        ),
        pytest.param(
            "slak://A1BRTD4JD/TIiajkdnlazkcOXrIdevi7",
            "Line 2 of `notify-urls` is not a valid slak URL",
            id="a typo",
        ),
        pytest.param(
            "https://shop.example/TIiajkdnlazkcOXrIdevi7",
            "Line 2 of `notify-urls` is not a valid https URL",
            id="any address",
        ),
        pytest.param("TIiajkdnlazkcOXrIdevi7", "Line 2 of `notify-urls`", id="a token alone"),
    ],
)
@pytest.mark.parametrize("entrypoint", ["main", "deploy"])
def test_an_invalid_url_is_reported_before_the_first_effect(
    job: Job, sentry: FakeServers, entrypoint: str, address: str, answering: str
) -> None:
    main = job.play(entrypoint, notify_urls=f"json://127.0.0.1\n{address}")

    assert main.exit_code == 2
    assert answering in main.annotations[0]
    assert sentry.ledger.lines() == []
    assert "TIiajkdnlazkcOXrIdevi7" not in visible(main)
    assert "T1JJ3T3L2" not in visible(main)


@pytest.mark.parametrize("word", ["healthy", "everything"])
def test_an_unknown_event_cannot_be_notified(job: Job, word: str) -> None:
    main = job.main(notify_on=f"deploy {word}")

    assert main.exit_code == 2
    assert f"Invalid value '{word}' for `notify-on`" in main.annotations[0]
    assert "deploy, failure" in main.annotations[0]


def test_a_template_of_the_users_makes_the_message(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    (job.workspace / "notice.md").write_text(
        "{{ event }}: {{ release }}\n\nIn {{ environment }}.\n"
    )

    deployed(job, sentry, notify_urls=webhook(receiver), notify_template="notice.md")

    (actual,) = receiver.received
    assert (actual.json["title"], actual.json["message"]) == (f"deploy: {NAME}", "In production.")


def test_a_template_of_one_line_is_title_and_message(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    (job.workspace / "notice.md").write_text("{{ release }} is out")

    deployed(job, sentry, notify_urls=webhook(receiver), notify_template="notice.md")

    actual = receiver.received[0].json
    assert actual["title"] == actual["message"] == f"{NAME} is out"


def test_an_empty_template_sends_no_notification(
    job: Job, sentry: FakeServers, receiver: Sink
) -> None:
    (job.workspace / "notice.md").write_text("{% if environment == 'staging' %}staged{% endif %}\n")

    post = deployed(job, sentry, notify_urls=webhook(receiver), notify_template="notice.md")

    assert receiver.received == []
    assert "The notification is empty" in post.log


@pytest.mark.parametrize(
    ("text", "answering"),
    [("{{ releas }}", "'releas' is undefined"), ("{% if %}", "line 1"), (None, "does not exist")],
)
def test_a_template_is_tried_before_anything_happens(
    job: Job, sentry: FakeServers, text: str | None, answering: str
) -> None:
    if text is not None:
        (job.workspace / "notice.md").write_text(text)

    main = job.main(notify_urls="json://127.0.0.1", notify_template="notice.md")

    assert main.exit_code == 2
    assert answering in main.annotations[0]
    assert "notify-template" in main.annotations[0]
    assert sentry.ledger.lines() == []


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_template_that_is_gone_after_the_job_costs_only_the_message(
    job: Job, sentry: FakeServers, receiver: Sink, *, is_folder: bool
) -> None:
    template = job.workspace / "notice.md"
    template.write_text("{{ release }}")
    job.main(notify_urls=webhook(receiver), notify_template="notice.md")
    template.unlink()
    if is_folder:
        template.mkdir()
    sentry.land_commits()

    post = job.post(notify_urls=webhook(receiver), notify_template="notice.md")

    assert (post.exit_code, len(sentry.releases[NAME].deploys)) == (0, 1)
    assert "notice.md" in post.annotations[0]
    assert receiver.received == []


def test_without_recipients_nothing_is_imported_for_notifications(job: Job) -> None:
    script = (
        "import os, sys\n"
        "from sentry_release.cli.main import run\n"
        "code = run(['/action/main'], os.environ)\n"
        "assert code == 0, code\n"
        "assert 'SENTRY_RELEASE' in open(os.environ['GITHUB_ENV']).read()\n"
        "assert not {'apprise', 'markdown', 'requests'} & set(sys.modules), sys.modules.keys()\n"
    )

    ended = _python(script, **job.environ, GITHUB_ENV=str(job.folder / "env"))

    assert (ended.returncode, ended.stderr) == (0, "")


# --- secrets ---


def test_no_secret_is_seen_whatever_happens(
    job: Job, sentry: FakeServers, receiver: Sink, mail: Post
) -> None:
    everyone = "\n".join([SLACK, DISCORD, TEAMS, webhook(receiver), mailbox(mail)])
    receiver.answers |= {"/services/": 403, "/api/": 500}
    every = {"notify_urls": everyone, "notify_on": "deploy failure"}

    main = job.main(**every)
    sentry.land_commits()
    stages = [main, job.post(**every), job.post(status="failure", **every)]

    assert not any(secret in visible(*stages) for secret in SECRETS)
    outputs = [(stage.outputs, stage.variables, stage.state) for stage in stages]
    assert not any(secret in str(outputs) for secret in SECRETS)


def test_every_secret_is_masked_before_anything_else_is_printed(job: Job, mail: Post) -> None:
    everyone = [SLACK, DISCORD, TEAMS, "json://127.0.0.1/hook-t0ken-1", mailbox(mail)]

    lines = job.main(notify_urls="\n".join(everyone)).log.splitlines()

    masks = [line.startswith("::add-mask::") for line in lines]
    masked = {line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask")}
    assert masked >= {*SECRETS, *everyone}
    assert masks == sorted(masks, reverse=True)


def test_a_mask_never_hides_a_word_that_outputs_hold() -> None:
    found = find_notify_secrets(
        "slack://release-bot@T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7/#production\n"
        "json://production.example.com:8080/production/shop?environment=staging&since=2026-03-01\n"
        "mailto://deploys:x1@localhost?to=team@acme.dev&from=Sentry%20Release"
    )

    parts = [one for one in found if "://" not in one]
    assert parts == ["T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7"]


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("json://localhost/" + "ab-" * 5000 + "1", id="many words, and then a digit"),
        pytest.param("json://localhost/" + "a" * 15000 + "1", id="one long word"),
        pytest.param("json://" + "a.b-" * 4000 + "_", id="many names of hosts"),
    ],
)
def test_no_address_takes_for_ever(address: str) -> None:
    began = time.process_time()

    assert address in find_notify_secrets(address)
    assert time.process_time() - began < 1


def test_a_part_is_masked_as_it_is_written_and_as_it_is_meant() -> None:
    found = find_notify_secrets("mailto://ci:s%2Fecret%20w0rd@mail.example.com?key=ab%2Bcd%3Def1")

    assert {"s%2Fecret%20w0rd", "s/ecret w0rd", "ab%2Bcd%3Def1", "ab+cd=ef1"} <= set(found)


# --- hostile text ---

HOSTILE = (
    "<!channel> @everyone @here [win](https://evil.example) www.evil.example <b>x</b> &lt;i&gt; `"
)
HARM = re.compile(
    r"<!|<@|@(everyone|here|evil)|\]\(https?://evil|://evil|www\.evil|evil\.example|<b>|<i>|&lt;[!bi]"
)


def test_a_hostile_author_can_create_no_mention_and_no_link(
    job: Job, sentry: FakeServers, receiver: Sink, mail: Post
) -> None:
    sentry.repository.commit("feat: more", author=f"{HOSTILE} <dev@example.com>")
    job.environ["GITHUB_SHA"] = sentry.repository.branches["main"]
    everyone = [SLACK, f"{SLACK}?blocks=yes", DISCORD, f"{DISCORD}?format=markdown", TEAMS]
    everyone += [webhook(receiver), f"{webhook(receiver)}?format=html", mailbox(mail)]

    deployed(job, sentry, notify_urls="\n".join(everyone), set_commits="github")

    assert (len(receiver.received), len(mail.mails)) == (7, 1)
    for output in [*map(_get_output, receiver.received), _html(mail)]:
        assert "win" in output
        assert not HARM.search(output), output


def test_a_hostile_template_value_is_harmless_even_without_a_filter(
    job: Job, receiver: Sink, sentry: FakeServers
) -> None:
    (job.workspace / "notice.md").write_text("{{ actor }}\n\n{{ actor }} {{ deploy_url }}\n")
    job.environ["GITHUB_ACTOR"] = f"{HOSTILE}\n\x1b]0;x\u202e"
    url = "https://shop.example/(x)@everyone"

    deployed(
        job, sentry, notify_urls=webhook(receiver), notify_template="notice.md", deploy_url=url
    )

    output = _get_output(receiver.received[0])
    assert not HARM.search(output)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", output)


@tried
@given(st.text(st.sampled_from("@<>[]()!:/.#&;` \\\n\u200b\u202eeverwhtps19-"), max_size=30))
def test_no_text_becomes_a_mention_a_link_or_html(text: str) -> None:
    page = SummaryPage(status=Status.DEPLOYED, release=text, actor=text, commits_of=((text, 1),))

    values = build_notification_values(page, NotifyOn.DEPLOY, "markdown")

    for output in (str(values["release"]), str(values["actor"])):
        assert not re.search(r"[<>`\[\]\\\n\u202e]|://|@(?!\d|\u200b|$)|&[#\w]|@\d{10}", output)
    assert values["commits_of"] == ((values["actor"], 1),)
    assert not re.search(r"\w\.[^\W\d]", str(values["actor"]))


def test_a_long_list_of_people_is_cut() -> None:
    many = tuple((f"Author {number}", 1) for number in range(500))
    page = SummaryPage(status=Status.DEPLOYED, release=NAME, commits_of=many)

    assert build_notification_values(page, NotifyOn.DEPLOY, "text")["commits_of"] == many[:20]


def _get_output(actual: Received) -> str:
    """All texts of a message, as its service reads them."""
    texts: list[str] = []

    def read(value: object) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            list(map(read, value.values()))
        elif isinstance(value, list):
            list(map(read, value))

    read(actual.json)
    return "\n".join(texts)


def _html(mail: Post) -> str:
    body = mail.mails[0].get_body(("html",))
    assert body is not None
    return str(body.get_content())
