"""Reads the files that the doctor checks from the workspace."""
