"""Parts of commands that several of them share."""
