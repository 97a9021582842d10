"""Analyses across the files of an app, which several rules share."""
