"""What the link of a deployment leads to: a run of this repository and server, or nothing."""

import pytest

from sentry_release.adapters.github.repository import JobLink, parse_job_link

GITHUB = "https://github.com"
RUN = f"{GITHUB}/acme/app/actions/runs/42"


@pytest.mark.parametrize(
    ("link", "found"),
    [
        pytest.param(RUN, JobLink(run_id="42"), id="a run"),
        pytest.param(f"{RUN}/", JobLink(run_id="42"), id="with a slash"),
        pytest.param(f"{RUN}/attempts/3", JobLink(run_id="42"), id="an attempt"),
        pytest.param(f"{RUN}/job/7", JobLink(run_id="42", job_id="7"), id="a job"),
        pytest.param(
            f"{RUN}/attempts/3/job/7", JobLink(run_id="42", job_id="7"), id="of an attempt"
        ),
        pytest.param(f"{RUN}/job/7?pr=1#step:2", JobLink(run_id="42", job_id="7"), id="a step"),
        pytest.param(RUN.replace("acme/app", "Acme/App"), JobLink(run_id="42"), id="in capitals"),
        pytest.param(RUN.replace("github.com", "GitHub.com"), JobLink(run_id="42"), id="host too"),
        pytest.param(None, None, id="no link"),
        pytest.param("", None, id="an empty link"),
        pytest.param("https://[", None, id="not a URL"),
        pytest.param(RUN.replace("acme", "evil"), None, id="another repository"),
        pytest.param(RUN.replace("github.com", "evil.test"), None, id="another server"),
        pytest.param(RUN.replace("https", "http"), None, id="without TLS"),
        pytest.param(f"{RUN}/artifacts/7", None, id="something else of the run"),
        pytest.param(f"{GITHUB}/acme/app/pull/42", None, id="a pull request"),
    ],
)
def test_a_link_counts_only_if_it_leads_to_a_run_of_this_repository_on_this_server(
    link: str | None, found: JobLink | None
) -> None:
    assert parse_job_link(link, server_url=GITHUB, repository="acme/app") == found


def test_no_link_counts_without_a_server_that_can_be_compared() -> None:
    assert parse_job_link(RUN, server_url="https://[", repository="acme/app") is None
