"""The release -> what we can see to be missing for Sentry's deploy mail, as one sentence."""

from sentry_release.decisions.finishing import CommitStatus, FinalizeResult

_NAMED = 5  # people who are worth listing


def explain_missing_deploy_mail(done: FinalizeResult) -> str | None:
    """
    Who gets no mail of the deploy; None when all is well, or when nobody was to get one now.

    Sentry mails the authors of the release's commits who are members of the organization.
    Source: https://docs.sentry.io/product/alerts/notifications/
    """
    if done.commit_status is CommitStatus.MISSING:
        return "The commits did not come to Sentry, so nobody gets a deploy mail."
    if done.deployed is None or done.deployed.existed or done.uncertainty:
        return None
    if not done.release.commit_count:
        return "The release has no commits, so nobody gets a deploy mail."
    unknown_authors = done.release.unknown_authors
    if not unknown_authors:
        return None
    names = ", ".join(unknown_authors[:_NAMED]) + (
        " and others" if unknown_authors[_NAMED:] else ""
    )
    all_of_them = len(unknown_authors) == len(done.release.authors)
    who = "nobody gets a deploy mail" if all_of_them else "they get no deploy mail"
    return f"The addresses of {names} belong to no member in Sentry, so {who}."
