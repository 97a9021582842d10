"""A claim by its name -> what is wrong with what a job asked of Sentry, None if nothing is."""

from collections.abc import Callable, Mapping, Sequence

from self_test.ledger import Requests

Claim = Callable[[Sequence[Requests]], str | None]


def deployed(requests: Sequence[Requests]) -> str | None:
    """The release is open, has its date, and one deploy."""
    if not any(one.finalizes for one in requests):
        return "the release was not finalized"
    return _opened_with(requests, deploys=1)


def staged(requests: Sequence[Requests]) -> str | None:
    """The release is open, has one deploy, and waits for its date."""
    if any(one.finalizes for one in requests):
        return "the release was finalized"
    return _opened_with(requests, deploys=1)


def opened(requests: Sequence[Requests]) -> str | None:
    """The release is open, and nothing says that it is used anywhere."""
    if any(one.finalizes for one in requests):
        return "the release was finalized"
    return _opened_with(requests, deploys=0)


def unchanged(requests: Sequence[Requests]) -> str | None:
    """Sentry was asked, and nothing in it has changed."""
    if not requests:
        return "nothing was asked"
    return _changed(requests)


def refused(requests: Sequence[Requests]) -> str | None:
    """Sentry was asked, and refused all of it."""
    kind = [one for one in requests if one.status is None or one.status < 400]
    return f"not refused: {'; '.join(map(str, kind))}" if kind else unchanged(requests)


def unasked(requests: Sequence[Requests]) -> str | None:
    """Sentry was not even asked."""
    return f"asked: {'; '.join(map(str, requests))}" if requests else None


CLAIMS: Mapping[str, Claim] = {
    claim.__name__: claim for claim in (deployed, staged, opened, unchanged, refused, unasked)
}


def _opened_with(requests: Sequence[Requests], *, deploys: int) -> str | None:
    if not any(one.opens for one in requests):
        return "the release was not opened"
    created = sum(one.creates_deploy for one in requests)
    return None if created == deploys else f"{created} deploys were marked, not {deploys}"


def _changed(requests: Sequence[Requests]) -> str | None:
    changes = [one for one in requests if one.took_effect]
    return f"changed: {'; '.join(map(str, changes))}" if changes else None
