"""The nouns that flow through the program: release, deploy, commits, environment."""
