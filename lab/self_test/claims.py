"""Check a named claim about a job's requests to Sentry; None if it holds."""

from collections.abc import Callable, Mapping, Sequence

from self_test.ledger import Requests

Claim = Callable[[Sequence[Requests]], str | None]


def deployed(requests: Sequence[Requests]) -> str | None:
    """The release is created and finalized, with one deploy."""
    if not any(one.finalizes for one in requests):
        return "the release was not finalized"
    return _opened_with(requests, deploys=1)


def uploaded(requests: Sequence[Requests]) -> str | None:
    """Files are sent in one request, before the deploy of the release is created."""
    sent = [place for place, one in enumerate(requests) if one.sends_chunks]
    if len(sent) != 1:
        return f"{len(sent)} requests sent files, not 1"
    if any(one.creates_deploy for one in requests[: sent[0]]):
        return "the deploy was created before the upload"
    return deployed(requests)


def staged(requests: Sequence[Requests]) -> str | None:
    """The release is created and has one deploy, but is not finalized."""
    if any(one.finalizes for one in requests):
        return "the release was finalized"
    return _opened_with(requests, deploys=1)


def opened(requests: Sequence[Requests]) -> str | None:
    """The release is created, without a deploy and not finalized."""
    if any(one.finalizes for one in requests):
        return "the release was finalized"
    return _opened_with(requests, deploys=0)


def unchanged(requests: Sequence[Requests]) -> str | None:
    """Sentry got requests, and none changed anything."""
    if not requests:
        return "no requests"
    return _changed(requests)


def refused(requests: Sequence[Requests]) -> str | None:
    """Sentry got requests, and rejected all of them."""
    kind = [one for one in requests if one.status is None or one.status < 400]
    return f"not refused: {'; '.join(map(str, kind))}" if kind else unchanged(requests)


def unasked(requests: Sequence[Requests]) -> str | None:
    """Sentry got no requests."""
    return f"requests: {'; '.join(map(str, requests))}" if requests else None


CLAIMS: Mapping[str, Claim] = {
    claim.__name__: claim
    for claim in (deployed, uploaded, staged, opened, unchanged, refused, unasked)
}


def _opened_with(requests: Sequence[Requests], *, deploys: int) -> str | None:
    if not any(one.opens for one in requests):
        return "the release was not opened"
    created = sum(one.creates_deploy for one in requests)
    return None if created == deploys else f"{created} deploys were marked, not {deploys}"


def _changed(requests: Sequence[Requests]) -> str | None:
    changes = [one for one in requests if one.took_effect]
    return f"changed: {'; '.join(map(str, changes))}" if changes else None
