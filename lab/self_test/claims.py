"""A claim by its name -> what is wrong with what a job asked of Sentry, None if nothing is."""

from collections.abc import Callable, Mapping, Sequence

from self_test.ledger import Asked

Claim = Callable[[Sequence[Asked]], str | None]


def deployed(asked: Sequence[Asked]) -> str | None:
    """The release is open, has its date, and one deploy."""
    if not any(one.finalizes for one in asked):
        return "the release was not finalized"
    return _opened_with(asked, deploys=1)


def staged(asked: Sequence[Asked]) -> str | None:
    """The release is open, has one deploy, and waits for its date."""
    if any(one.finalizes for one in asked):
        return "the release was finalized"
    return _opened_with(asked, deploys=1)


def opened(asked: Sequence[Asked]) -> str | None:
    """The release is open, and nothing says that it is used anywhere."""
    if any(one.finalizes for one in asked):
        return "the release was finalized"
    return _opened_with(asked, deploys=0)


def unchanged(asked: Sequence[Asked]) -> str | None:
    """Sentry was asked, and nothing in it has changed."""
    if not asked:
        return "nothing was asked"
    return _changed(asked)


def refused(asked: Sequence[Asked]) -> str | None:
    """Sentry was asked, and refused all of it."""
    kind = [one for one in asked if one.status is None or one.status < 400]
    return f"not refused: {'; '.join(map(str, kind))}" if kind else unchanged(asked)


def unasked(asked: Sequence[Asked]) -> str | None:
    """Sentry was not even asked."""
    return f"asked: {'; '.join(map(str, asked))}" if asked else None


CLAIMS: Mapping[str, Claim] = {
    claim.__name__: claim for claim in (deployed, staged, opened, unchanged, refused, unasked)
}


def _opened_with(asked: Sequence[Asked], *, deploys: int) -> str | None:
    if not any(one.opens for one in asked):
        return "the release was not opened"
    marked = sum(one.marks_a_deploy for one in asked)
    return None if marked == deploys else f"{marked} deploys were marked, not {deploys}"


def _changed(asked: Sequence[Asked]) -> str | None:
    changes = [one for one in asked if one.took_effect]
    return f"changed: {'; '.join(map(str, changes))}" if changes else None
