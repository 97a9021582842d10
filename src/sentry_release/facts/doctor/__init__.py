"""What the doctor looks at: sources, build steps and versions of one app."""
