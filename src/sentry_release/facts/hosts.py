"""The one table of CI hosts: which of their variables says what."""

from dataclasses import dataclass

from sentry_release.facts.origin import Forge

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """
    A host, and the names of its variables; of several the first that is set counts.

    `marker` is set on this host and on no other. `run_id` and `attempt` tell one deploy from the
    next, so where a host counts no attempts, `run_id` is what is new for each of them.
    `page` and `repository` are texts with variables in braces. `origin` is an address of the
    repository. A pull request is from a fork where the two variables of `fork` differ, or its
    only one is set. `status` says whether the job is well so far: it is with one of `well`.
    `secrets` is where users of the host keep a token, and `source` where all of this is written.
    """

    name: str
    marker: str
    source: str
    secrets: str
    sha: Names
    branch: Names
    tag: Names
    run_id: Names
    run_number: Names
    page: str
    attempt: Names = ()
    origin: Names = ()
    repository: str | None = None
    forge: Forge | None = None
    job: Names = ()
    actor: Names = ()
    environment: Names = ()
    fork: Names = ()
    status: Names = ()
    well: Names = ()


HOSTS = (
    Host(
        name="GitLab CI",
        marker="GITLAB_CI",
        source="https://docs.gitlab.com/ci/variables/predefined_variables",
        secrets="Settings > CI/CD > Variables (a protected one reaches protected branches only)",
        sha=("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
        branch=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"),
        tag=("CI_COMMIT_TAG",),
        run_id=("CI_JOB_ID",),  # retrying a job and rolling back keep the pipeline
        run_number=("CI_PIPELINE_IID",),
        page="{CI_JOB_URL}",
        origin=("CI_MERGE_REQUEST_PROJECT_URL", "CI_PROJECT_URL"),
        forge=Forge.GITLAB,
        job=("CI_JOB_NAME",),
        actor=("GITLAB_USER_LOGIN",),
        environment=("CI_ENVIRONMENT_NAME",),
        fork=("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"),
        status=("CI_JOB_STATUS",),
        well=("success", "running"),
    ),
    Host(
        name="Codemagic",
        marker="CM_BUILD_ID",
        source="https://docs.codemagic.io/yaml-basic-configuration/environment-variables/",
        secrets="the app's Environment variables, in a group that the workflow names",
        sha=("CM_COMMIT",),
        branch=("CM_BRANCH",),
        tag=("CM_TAG",),
        run_id=("CM_BUILD_ID",),
        run_number=("PROJECT_BUILD_NUMBER",),
        page="https://codemagic.io/app/{CM_PROJECT_ID}/build/{CM_BUILD_ID}",
        repository="{CM_REPO_SLUG}",
        job=("CM_WORKFLOW_NAME",),
        status=("CM_BUILD_STEP_STATUS",),
        well=("success", "skipped"),
    ),
    Host(
        name="Bitrise",
        marker="BITRISE_IO",
        source="https://docs.bitrise.io/en/bitrise-ci/references/available-environment-variables.html",
        secrets="Workflow Editor > Secrets",
        sha=("BITRISE_GIT_COMMIT", "GIT_CLONE_COMMIT_HASH"),
        branch=("BITRISE_GIT_BRANCH",),
        tag=("BITRISE_GIT_TAG",),
        run_id=("BITRISE_BUILD_SLUG",),
        run_number=("BITRISE_BUILD_NUMBER",),
        page="{BITRISE_BUILD_URL}",
        origin=("GIT_REPOSITORY_URL",),
        job=("BITRISE_TRIGGERED_WORKFLOW_ID",),
        fork=("BITRISEIO_PULL_REQUEST_REPOSITORY_URL", "GIT_REPOSITORY_URL"),
        status=("BITRISE_BUILD_STATUS",),
        well=("0",),
    ),
    Host(
        name="Azure Pipelines",
        marker="TF_BUILD",
        source="https://learn.microsoft.com/azure/devops/pipelines/build/variables",
        secrets="the pipeline's Variables as a secret, and hand it to this step with `env:`",
        sha=("SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"),
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        tag=("BUILD_SOURCEBRANCH",),
        run_id=("BUILD_BUILDID",),
        run_number=("BUILD_BUILDNUMBER",),
        page="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"
        "&view=logs&j={SYSTEM_JOBID}",
        attempt=("SYSTEM_JOBATTEMPT",),
        origin=("BUILD_REPOSITORY_URI",),
        job=("SYSTEM_JOBNAME",),
        actor=("BUILD_REQUESTEDFOR",),
        environment=("ENVIRONMENT_NAME",),
        fork=("SYSTEM_PULLREQUEST_ISFORK",),
        status=("AGENT_JOBSTATUS",),
        well=("Succeeded", "SucceededWithIssues"),
    ),
    Host(
        name="CircleCI",
        marker="CIRCLECI",
        source="https://circleci.com/docs/reference/variables/",
        secrets="Project Settings > Environment Variables, or a context that the job names",
        sha=("CIRCLE_SHA1",),
        branch=("CIRCLE_BRANCH",),
        tag=("CIRCLE_TAG",),
        run_id=("CIRCLE_BUILD_NUM",),
        run_number=("CIRCLE_BUILD_NUM",),
        page="{CIRCLE_BUILD_URL}",
        origin=("CIRCLE_REPOSITORY_URL",),
        repository="{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}",
        job=("CIRCLE_JOB",),
        actor=("CIRCLE_USERNAME",),
        fork=("CIRCLE_PR_REPONAME",),  # set for pull requests from forks only
    ),
    Host(
        name="Bitbucket Pipelines",
        marker="BITBUCKET_BUILD_NUMBER",
        source="https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/",
        secrets="Repository settings > Repository variables, secured",
        sha=("BITBUCKET_COMMIT",),
        branch=("BITBUCKET_BRANCH",),
        tag=("BITBUCKET_TAG",),
        run_id=("BITBUCKET_PIPELINE_UUID", "BITBUCKET_BUILD_NUMBER"),
        run_number=("BITBUCKET_BUILD_NUMBER",),
        page="https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/"
        "{BITBUCKET_BUILD_NUMBER}",
        attempt=("BITBUCKET_STEP_RUN_NUMBER",),
        origin=("BITBUCKET_GIT_HTTP_ORIGIN",),
        repository="{BITBUCKET_REPO_FULL_NAME}",
        forge=Forge.BITBUCKET,
        environment=("BITBUCKET_DEPLOYMENT_ENVIRONMENT",),
        status=("BITBUCKET_EXIT_CODE",),
        well=("0",),
    ),
    Host(
        name="Xcode Cloud",
        marker="CI_XCODE_CLOUD",
        source="https://developer.apple.com/documentation/xcode/environment-variable-reference",
        secrets="the workflow's Environment, as a secret variable",
        sha=("CI_PULL_REQUEST_SOURCE_COMMIT", "CI_COMMIT"),
        branch=("CI_PULL_REQUEST_SOURCE_BRANCH", "CI_BRANCH"),
        tag=("CI_TAG",),
        run_id=("CI_BUILD_ID",),
        run_number=("CI_BUILD_NUMBER",),
        page="{CI_BUILD_URL}",
        repository="{CI_PULL_REQUEST_TARGET_REPO}",
        job=("CI_WORKFLOW",),
        fork=("CI_PULL_REQUEST_SOURCE_REPO", "CI_PULL_REQUEST_TARGET_REPO"),
        status=("CI_XCODEBUILD_EXIT_CODE",),
        well=("0",),
    ),
    Host(
        name="Jenkins",
        marker="JENKINS_URL",
        source="https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables",
        secrets="Manage Jenkins > Credentials, and bind it with `credentials(…)`",
        sha=("GIT_COMMIT",),
        branch=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        tag=("TAG_NAME",),
        run_id=("BUILD_TAG",),
        run_number=("BUILD_NUMBER",),
        page="{BUILD_URL}",
        origin=("GIT_URL",),
        job=("JOB_NAME",),
        fork=("CHANGE_FORK",),
    ),
)
"""In the order in which they are looked for; Jenkins last, as its agents lend their variables."""
