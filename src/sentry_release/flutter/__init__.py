"""Parse the files of a Flutter project for the identity of its app; no I/O."""
