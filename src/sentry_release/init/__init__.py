"""A workflow that fits a Flutter project, for the command `init`."""
