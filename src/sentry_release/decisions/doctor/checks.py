"""Every rule of the doctor with the function that finds where it is broken, in the order of ids."""

from sentry_release.facts.doctor.subject import Check
from sentry_release.words.finding import Rule

_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = ()

CHECKS = tuple(sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id))
