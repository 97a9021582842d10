"""What the program does: one module for each command."""
