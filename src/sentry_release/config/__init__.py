"""What a user may set: the inputs of the actions and the options of the commands."""
