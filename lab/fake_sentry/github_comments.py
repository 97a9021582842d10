"""
The endpoints of comments on pull requests and issues.

Source: https://docs.github.com/en/rest/issues/comments
"""

import json
from datetime import UTC, datetime

from fake_sentry.git import Comment
from fake_sentry.github_request import GitHubRequest, refuse, select_page
from fake_sentry.wire import Answer

MAX_LENGTH = 65_536  # characters of a text


def list_of(request: GitHubRequest) -> Answer:
    """Return the comments on one pull request or issue, the oldest first."""
    number = _find_number(request)
    return _list(request, [one for one in request.repo.comments if one.number == number])


def list_all(request: GitHubRequest) -> Answer:
    """Return the comments on all pull requests and issues, the oldest first."""
    return _list(request, request.repo.comments)


def create(request: GitHubRequest) -> Answer:
    """Create a comment by the token of the workflow."""
    number = _find_number(request)
    made = request.repo.comment(number, _read_body(request))
    return Answer(status=201, body=comment_body(request.root, made))


def get(request: GitHubRequest) -> Answer:
    """Return one comment."""
    return Answer(body=comment_body(request.root, _find_comment(request)))


def edit(request: GitHubRequest) -> Answer:
    """Replace the text of a comment."""
    found = _find_comment(request)
    found.body = _read_body(request)
    found.updated = datetime.now(UTC).replace(microsecond=0)
    return Answer(body=comment_body(request.root, found))


def delete(request: GitHubRequest) -> Answer:
    """Delete a comment."""
    request.repo.comments.remove(_find_comment(request))
    return Answer(status=204)


def _list(request: GitHubRequest, comments: list[Comment]) -> Answer:
    since = request.query.one("since")
    begin = datetime.fromisoformat(since) if since else datetime.min.replace(tzinfo=UTC)
    found = sorted((one for one in comments if one.updated >= begin), key=lambda one: one.id)
    return select_page(request, [comment_body(request.root, one) for one in found])[1]


def _find_number(request: GitHubRequest) -> int:
    number = int(request.key)
    if number not in request.repo.pull_requests and number not in request.repo.issues:
        refuse(404, "Not Found")
    return number


def _find_comment(request: GitHubRequest) -> Comment:
    found = (one for one in request.repo.comments if one.id == int(request.key))
    return next(found, None) or refuse(404, "Not Found")


def _read_body(request: GitHubRequest) -> str:
    sent = json.loads(request.query.body)
    if not isinstance(sent.get("body"), str) or not sent["body"].strip():
        refuse(422, "Validation Failed")
    if len(sent["body"]) > MAX_LENGTH:
        refuse(422, "Body is too long (maximum is 65536 characters)")
    return str(sent["body"])


def comment_body(root: str, comment: Comment) -> dict[str, object]:
    """Return a comment with the properties that GitHub documents as required, and some more."""
    page = f"https://github.com/{root.partition('/repos/')[2]}/issues/{comment.number}"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{root}/issues/comments/{comment.id}",
        "html_url": f"{page}#issuecomment-{comment.id}",
        "issue_url": f"{root}/issues/{comment.number}",
        "body": comment.body,
        "user": _user_body(comment.author),
        "created_at": _format_time(comment.created),
        "updated_at": _format_time(comment.updated),
        "author_association": comment.association,
        "performed_via_github_app": None,
    }


def _user_body(login: str) -> dict[str, object]:
    api, page = f"https://api.github.com/users/{login}", f"https://github.com/{login}"
    listed = (
        "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos",
        "events", "received_events",
    )  # fmt: skip
    return {
        "login": login,
        "id": 41898282,
        "node_id": "MDM6Qm90NDE4OTgyODI=",
        "avatar_url": f"{page}.png",
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        **{f"{name}_url": f"{api}/{name}" for name in listed},
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


def _format_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
