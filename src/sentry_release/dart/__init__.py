"""Parse Dart source without compiling it."""
