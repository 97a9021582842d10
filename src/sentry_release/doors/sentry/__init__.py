"""
The door to Sentry.

    api        one method for each thing we say to Sentry
    health     how a release does: its sessions, its own figures, Sentry's thresholds
    answers    JSON -> nouns
    mistakes   a refusal -> the mistake the user made
    wire       one kept connection, patience, and no double effects
    region_fallback  once more, at the server of the region
    patience   how long to wait before asking again
"""
