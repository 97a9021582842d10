"""The release -> what we can see to be missing for Sentry's deploy mail, as one sentence."""

from sentry_release.decisions.finishing import Finished, Landed

_NAMED = 5  # people who are worth listing


def unmailed(done: Finished) -> str | None:
    """
    Who gets no mail of the deploy; None when all is well, or when nobody was to get one now.

    Sentry mails the authors of the release's commits who are members of the organization.
    Source: https://docs.sentry.io/product/alerts/notifications/
    """
    if done.landed is Landed.NO:
        return "The commits did not come to Sentry, so nobody gets a deploy mail."
    if done.marked is None or done.marked.already or done.unsure:
        return None
    if not done.seen.commit_count:
        return "The release has no commits, so nobody gets a deploy mail."
    strangers = done.seen.strangers
    if not strangers:
        return None
    names = ", ".join(strangers[:_NAMED]) + (" and others" if strangers[_NAMED:] else "")
    all_of_them = len(strangers) == len(done.seen.authors)
    who = "nobody gets a deploy mail" if all_of_them else "they get no deploy mail"
    return f"The addresses of {names} belong to no member in Sentry, so {who}."
