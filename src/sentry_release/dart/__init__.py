"""Reading Dart source without compiling it."""
