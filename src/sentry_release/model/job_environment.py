"""The environment of a job, and what is known about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnvironment:
    """
    The environment that a job deploys to.

    Attributes:
        name: None when the job has none, or when it is unknown.
        is_production: Whether GitHub marks it as a production environment.
        unknown_because: Why it is unknown, such as `GitHub: 403`; None when it is known.
    """

    name: str | None = None
    is_production: bool = False
    unknown_because: str | None = None
