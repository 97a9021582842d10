"""
Shipping: a version from the command that asks for it to the tags that users name.

    version      1.2.3 -> its tags, its branch, and how it stands to others
    changelog    CHANGELOG.md -> the notes of a version, and the same file once it is released
    action_file  action.yml of the branch -> action.yml of the tag
    image        what the registry has -> its digest, for both architectures
    git          commits that are made without touching the working tree, and pushes all or nothing
    proposing    the one command: checks, commits, and pushes a candidate
    publishing   what the workflow makes of a candidate
    problem      what may be wrong, and how to mend it

It needs nothing but Python and git, so the job that may write to the repository installs nothing.
docs/adr/0013-how-a-tag-gets-its-image.md says why it goes this way.
"""
