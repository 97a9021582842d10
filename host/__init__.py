"""What starts the program on a machine without Docker."""
