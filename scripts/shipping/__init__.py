"""
Release a version: from the command that proposes it to the tags that users name.

    version      parse 1.2.3, name its tags and its branch, compare it with other versions
    changelog    read the notes of a version in CHANGELOG.md, and date its section
    action_file  turn action.yml of the branch into action.yml of the tag
    image        read the digest of the image index, for both architectures
    git          create commits without changing the working tree, and push atomically
    proposing    `make release`: check, commit and push a candidate
    workflow_commit  let the reusable workflow name the version, in a commit that a person pushes
    publishing   turn a candidate into the commit and the tags of a release
    problem      the error with its reason and its hint

It only requires Python and git, so the job with write access to the repository installs nothing.
docs/adr/0013-how-a-tag-gets-its-image.md gives the reasons.
"""
