"""The command line: arguments, help pages, and the start and end of each command."""
