"""The doors to the outside: the runner, the disk, Sentry, GitHub, the templates."""
