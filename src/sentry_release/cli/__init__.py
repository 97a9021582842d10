"""The command line: its words, its help, and how each command starts and ends."""
