"""Reading the app and its checkout in the workspace."""
