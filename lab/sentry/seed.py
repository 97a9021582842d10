"""
The lab's users, organization, projects, tokens and linked repository; `export` lines on stdout.

Run by Sentry's own Python 3.8; what is there already is brought up to date.
"""

from __future__ import annotations

import base64
import json
import os

from sentry.runner import configure

configure()  # Sentry's models cannot be imported any earlier

from sentry.models import (  # noqa: E402 - see configure
    ApiToken,
    Integration,
    Organization,
    OrganizationIntegration,
    OrganizationMember,
    OrganizationMemberTeam,
    Project,
    ProjectTeam,
    Repository,
    Team,
    User,
    UserEmail,
)
from sentry.models.orgauthtoken import OrgAuthToken  # noqa: E402 - see configure
from sentry.utils.security.orgauthtoken_token import hash_token  # noqa: E402 - see configure

URL = f"http://127.0.0.1:{os.environ['SENTRY_LAB_PORT']}"

# Fixed, so that tests can name them: variable, token, scopes.
TOKENS = (
    # the scopes that Sentry's documentation requires for release automation
    (
        "SENTRY_AUTH_TOKEN",
        "a1" * 32,
        ["org:read", "project:read", "project:write", "project:releases", "event:read"],
    ),
    ("SENTRY_TOKEN_READONLY", "b2" * 32, ["org:read", "project:read"]),
    ("SENTRY_TOKEN_RELEASES_ONLY", "c3" * 32, ["project:releases"]),
)
ORG_TOKEN_SECRET = base64.b64encode(b"\xd4" * 32).decode().rstrip("=")


def organization() -> Organization:
    """The one there is, under our name."""
    org = Organization.objects.order_by("id").first() or Organization()
    org.name, org.slug = "Lab", "lab"
    org.save()
    return org


def member(org: Organization, team: Team, email: str, role: str) -> User:
    """A user in the team, with a verified address: only such get mails about deploys."""
    user, _ = User.objects.get_or_create(username=email, defaults={"email": email})
    user.name = email.split("@", maxsplit=1)[0].title()
    user.is_superuser = user.is_staff = role == "owner"
    user.set_password("lab")
    user.save()
    UserEmail.objects.update_or_create(user=user, email=email, defaults={"is_verified": True})
    membership, _ = OrganizationMember.objects.get_or_create(
        organization=org, user_id=user.id, defaults={"role": role}
    )
    OrganizationMemberTeam.objects.get_or_create(team=team, organizationmember=membership)
    return user


def project(org: Organization, team: Team, slug: str) -> None:
    """A project of the team."""
    made, _ = Project.objects.get_or_create(
        organization=org, slug=slug, defaults={"name": slug, "platform": "python"}
    )
    ProjectTeam.objects.get_or_create(project=made, team=team)


def repository(org: Organization, name: str) -> None:
    """A repository as the GitHub integration would have linked it."""
    metadata = {
        "access_token": "stub",
        "expires_at": "2099-01-01T00:00:00",  # so far off that no new one is ever requested
        "domain_name": "github.com/acme",
        "account_type": "Organization",
        "icon": None,
    }
    integration, _ = Integration.objects.update_or_create(
        provider="github", external_id="1", defaults={"name": "acme", "metadata": metadata}
    )
    OrganizationIntegration.objects.get_or_create(organization_id=org.id, integration=integration)
    linked = {
        "provider": "integrations:github",
        "external_id": "4711",
        "integration_id": integration.id,
        "config": {"name": name},
        "url": f"https://github.com/{name}",
    }
    Repository.objects.get_or_create(organization_id=org.id, name=name, defaults=linked)


def organization_token(org: Organization, creator: User) -> str:
    """A token as Settings > Auth Tokens makes it: with scope org:ci, and of no user."""
    facts = {"iat": 1700000000.0, "url": URL, "region_url": URL, "org": org.slug}
    payload = base64.b64encode(json.dumps(facts).encode()).decode()
    token = f"sntrys_{payload}_{ORG_TOKEN_SECRET}"
    rights = {
        "organization_id": org.id,
        "name": "ci",
        "scope_list": ["org:ci"],
        "created_by": creator,
    }
    OrgAuthToken.objects.update_or_create(token_hashed=hash_token(token), defaults=rights)
    return token


def main() -> None:
    """Create everything, and print what a client must know."""
    org = organization()
    team, _ = Team.objects.get_or_create(organization=org, slug="team", defaults={"name": "team"})
    admin = member(org, team, "admin@example.com", "owner")
    member(org, team, "dev@example.com", "member")
    for slug in ("web", "api"):
        project(org, team, slug)
    repository(org, "acme/app")
    for variable, token, scopes in TOKENS:
        rights = {"user": admin, "scope_list": scopes, "expires_at": None, "refresh_token": None}
        ApiToken.objects.update_or_create(token=token, defaults=rights)
        print(f"export {variable}={token}")
    print(f"export SENTRY_TOKEN_ORG_CI={organization_token(org, admin)}")
    print(f"export SENTRY_ORG={org.slug} SENTRY_PROJECT=web")


if __name__ == "__main__":
    main()
