"""GitHub's API, through PyGithub and its own session."""
