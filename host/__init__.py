"""Starts the program on a machine without Docker."""
