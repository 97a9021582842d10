"""The table of CI providers and their variables."""

from dataclasses import dataclass

from sentry_release.ci.git_repository import Forge

VariableNames = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CIProvider:
    """
    A CI host, and the names of its variables; of several names the first that is set counts.

    Attributes:
        name: The name of the host.
        detect_variable: A variable that is set on this host and on no other.
        docs_url: The page of the host that documents these variables.
        secrets_hint: Where users of the host keep a token.
        sha: The commit of the run.
        branch: The branch of the run.
        tag: The tag of the run.
        run_id: What differs from run to run, and, on a host without `attempt`, from attempt to
            attempt.
        run_number: The number of the run that people see.
        run_url: The URL of the run, with variables in braces.
        attempt: The attempt of the run.
        origin: An address of the repository.
        repository: Owner and name of the repository, with variables in braces.
        forge: The service of the repository; None if it is not always the same one.
        job: The name of the job.
        actor: Who started the run.
        environment: The environment of the job.
        fork_variables: Two variables that differ on a pull request from a fork, or one that is
            set on it.
        status: The status of the job so far.
        success_values: The values of `status` while no step has failed.
    """

    name: str
    detect_variable: str
    docs_url: str
    secrets_hint: str
    sha: VariableNames
    branch: VariableNames
    tag: VariableNames
    run_id: VariableNames
    run_number: VariableNames
    run_url: str
    attempt: VariableNames = ()
    origin: VariableNames = ()
    repository: str | None = None
    forge: Forge | None = None
    job: VariableNames = ()
    actor: VariableNames = ()
    environment: VariableNames = ()
    fork_variables: VariableNames = ()
    status: VariableNames = ()
    success_values: VariableNames = ()


CI_PROVIDERS = (
    CIProvider(
        name="GitLab CI",
        detect_variable="GITLAB_CI",
        docs_url="https://docs.gitlab.com/ci/variables/predefined_variables",
        secrets_hint="Settings > CI/CD > Variables (a protected one reaches protected branches only)",
        sha=("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "CI_COMMIT_SHA"),
        branch=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"),
        tag=("CI_COMMIT_TAG",),
        run_id=("CI_JOB_ID",),  # retrying a job and rolling back keep the pipeline
        run_number=("CI_PIPELINE_IID",),
        run_url="{CI_JOB_URL}",
        origin=("CI_MERGE_REQUEST_PROJECT_URL", "CI_PROJECT_URL"),
        forge=Forge.GITLAB,
        job=("CI_JOB_NAME",),
        actor=("GITLAB_USER_LOGIN",),
        environment=("CI_ENVIRONMENT_NAME",),
        fork_variables=("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"),
        status=("CI_JOB_STATUS",),
        success_values=("success", "running"),
    ),
    CIProvider(
        name="Codemagic",
        detect_variable="CM_BUILD_ID",
        docs_url="https://docs.codemagic.io/yaml-basic-configuration/environment-variables/",
        secrets_hint="the app's Environment variables, in a group that the workflow names",
        sha=("CM_COMMIT",),
        branch=("CM_BRANCH",),
        tag=("CM_TAG",),
        run_id=("CM_BUILD_ID",),
        run_number=("PROJECT_BUILD_NUMBER",),
        run_url="https://codemagic.io/app/{CM_PROJECT_ID}/build/{CM_BUILD_ID}",
        repository="{CM_REPO_SLUG}",
        job=("CM_WORKFLOW_NAME",),
        status=("CM_BUILD_STEP_STATUS",),
        success_values=("success", "skipped"),
    ),
    CIProvider(
        name="Bitrise",
        detect_variable="BITRISE_IO",
        docs_url="https://docs.bitrise.io/en/bitrise-ci/references/available-environment-variables.html",
        secrets_hint="Workflow Editor > Secrets",
        sha=("BITRISE_GIT_COMMIT", "GIT_CLONE_COMMIT_HASH"),
        branch=("BITRISE_GIT_BRANCH",),
        tag=("BITRISE_GIT_TAG",),
        run_id=("BITRISE_BUILD_SLUG",),
        run_number=("BITRISE_BUILD_NUMBER",),
        run_url="{BITRISE_BUILD_URL}",
        origin=("GIT_REPOSITORY_URL",),
        job=("BITRISE_TRIGGERED_WORKFLOW_ID",),
        fork_variables=("BITRISEIO_PULL_REQUEST_REPOSITORY_URL", "GIT_REPOSITORY_URL"),
        status=("BITRISE_BUILD_STATUS",),
        success_values=("0",),
    ),
    CIProvider(
        name="Azure Pipelines",
        detect_variable="TF_BUILD",
        docs_url="https://learn.microsoft.com/azure/devops/pipelines/build/variables",
        secrets_hint="the pipeline's Variables as a secret, and hand it to this step with `env:`",
        sha=("SYSTEM_PULLREQUEST_SOURCECOMMITID", "BUILD_SOURCEVERSION"),
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        tag=("BUILD_SOURCEBRANCH",),
        run_id=("BUILD_BUILDID",),
        run_number=("BUILD_BUILDNUMBER",),
        run_url="{SYSTEM_COLLECTIONURI}{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}"
        "&view=logs&j={SYSTEM_JOBID}",
        attempt=("SYSTEM_JOBATTEMPT",),
        origin=("BUILD_REPOSITORY_URI",),
        job=("SYSTEM_JOBNAME",),
        actor=("BUILD_REQUESTEDFOR",),
        environment=("ENVIRONMENT_NAME",),
        fork_variables=("SYSTEM_PULLREQUEST_ISFORK",),
        status=("AGENT_JOBSTATUS",),
        success_values=("Succeeded", "SucceededWithIssues"),
    ),
    CIProvider(
        name="CircleCI",
        detect_variable="CIRCLECI",
        docs_url="https://circleci.com/docs/reference/variables/",
        secrets_hint="Project Settings > Environment Variables, or a context that the job names",
        sha=("CIRCLE_SHA1",),
        branch=("CIRCLE_BRANCH",),
        tag=("CIRCLE_TAG",),
        run_id=("CIRCLE_BUILD_NUM",),
        run_number=("CIRCLE_BUILD_NUM",),
        run_url="{CIRCLE_BUILD_URL}",
        origin=("CIRCLE_REPOSITORY_URL",),
        repository="{CIRCLE_PROJECT_USERNAME}/{CIRCLE_PROJECT_REPONAME}",
        job=("CIRCLE_JOB",),
        actor=("CIRCLE_USERNAME",),
        fork_variables=("CIRCLE_PR_REPONAME",),  # set for pull requests from forks only
    ),
    CIProvider(
        name="Bitbucket Pipelines",
        detect_variable="BITBUCKET_BUILD_NUMBER",
        docs_url="https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/",
        secrets_hint="Repository settings > Repository variables, secured",
        sha=("BITBUCKET_COMMIT",),
        branch=("BITBUCKET_BRANCH",),
        tag=("BITBUCKET_TAG",),
        run_id=("BITBUCKET_PIPELINE_UUID", "BITBUCKET_BUILD_NUMBER"),
        run_number=("BITBUCKET_BUILD_NUMBER",),
        run_url="https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/"
        "{BITBUCKET_BUILD_NUMBER}",
        attempt=("BITBUCKET_STEP_RUN_NUMBER",),
        origin=("BITBUCKET_GIT_HTTP_ORIGIN",),
        repository="{BITBUCKET_REPO_FULL_NAME}",
        forge=Forge.BITBUCKET,
        environment=("BITBUCKET_DEPLOYMENT_ENVIRONMENT",),
        status=("BITBUCKET_EXIT_CODE",),
        success_values=("0",),
    ),
    CIProvider(
        name="Xcode Cloud",
        detect_variable="CI_XCODE_CLOUD",
        docs_url="https://developer.apple.com/documentation/xcode/environment-variable-reference",
        secrets_hint="the workflow's Environment, as a secret variable",
        sha=("CI_PULL_REQUEST_SOURCE_COMMIT", "CI_COMMIT"),
        branch=("CI_PULL_REQUEST_SOURCE_BRANCH", "CI_BRANCH"),
        tag=("CI_TAG",),
        run_id=("CI_BUILD_ID",),
        run_number=("CI_BUILD_NUMBER",),
        run_url="{CI_BUILD_URL}",
        repository="{CI_PULL_REQUEST_TARGET_REPO}",
        job=("CI_WORKFLOW",),
        fork_variables=("CI_PULL_REQUEST_SOURCE_REPO", "CI_PULL_REQUEST_TARGET_REPO"),
        status=("CI_XCODEBUILD_EXIT_CODE",),
        success_values=("0",),
    ),
    CIProvider(
        name="Jenkins",
        detect_variable="JENKINS_URL",
        docs_url="https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables",
        secrets_hint="Manage Jenkins > Credentials, and bind it with `credentials(…)`",
        sha=("GIT_COMMIT",),
        branch=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_BRANCH"),
        tag=("TAG_NAME",),
        run_id=("BUILD_TAG",),
        run_number=("BUILD_NUMBER",),
        run_url="{BUILD_URL}",
        origin=("GIT_URL",),
        job=("JOB_NAME",),
        fork_variables=("CHANGE_FORK",),
    ),
)
"""In the order in which they are looked for; Jenkins last, as its agents lend their variables."""
