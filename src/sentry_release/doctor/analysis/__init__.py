"""What files of a project say together, for the rules of the doctor."""
