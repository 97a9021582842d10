"""Dart read without a compiler: what is code, what is text, what belongs together."""
