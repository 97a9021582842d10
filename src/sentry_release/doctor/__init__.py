"""The checks of a Flutter project: what is read, the rules, their fixes and their output."""
