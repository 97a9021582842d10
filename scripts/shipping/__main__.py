"""
The command line; see `python -m shipping --help`.

Values for later steps go to GITHUB_OUTPUT as well as to stdout.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from shipping import image, proposing, publishing
from shipping.action_file import with_images
from shipping.git import Git
from shipping.problem import ReleaseError
from shipping.version import Version, proposed

Outputs = Mapping[str, str]


def propose(arguments: argparse.Namespace) -> Outputs:
    """Check, commit, and push the candidate of a version."""
    git = Git(Path.cwd())
    day = datetime.now(UTC).date()
    proposal = proposing.proposed(Version.parse(arguments.version), git, day=day)
    if arguments.dry_run:
        print(git.run("show", "--format=%B", proposal.commit))
        return {"would push": " ".join(proposal.refs)}
    proposing.push(proposal, git)
    return {"pushed": " ".join(proposal.refs), "next": "watch the workflow Publish"}


def candidate(arguments: argparse.Namespace) -> Outputs:
    """Validate the tag that started the workflow."""
    git = Git(Path.cwd())
    publishing.check_publisher(arguments.repository, git)
    found = publishing.evaluated(proposed(arguments.ref_name), git)
    outputs = publishing.described(found, git, notes=arguments.notes)
    return {**outputs, "image": image.name_of(arguments.registry, arguments.repository)}


def base(arguments: argparse.Namespace) -> Outputs:
    """Print the build context that pins the base image to its digest."""
    return {
        "context": image.base_context(
            arguments.dockerfile.read_text(), arguments.pinned.read_text()
        )
    }


def index(arguments: argparse.Namespace) -> Outputs:
    """Print the digest of an image index that was read from the registry."""
    return {"digest": image.digest_of(arguments.file.read_bytes())}


def rewrite(arguments: argparse.Namespace) -> Outputs:
    """Rewrite the actions of the working tree for a tag: each container action names the image."""
    actions = with_images(
        Git(Path.cwd()).paths(), lambda path: Path(path).read_text("utf-8"), arguments.image
    )
    for path, text in actions.items():
        Path(path).write_text(text, encoding="utf-8")
    return {"actions": " ".join(actions)}


def publish(arguments: argparse.Namespace) -> Outputs:
    """Push the commit and the tag of a release."""
    git = Git(Path.cwd())
    found = publishing.evaluated(Version.parse(arguments.version), git)
    return {"commit": publishing.publish(found, arguments.image, git)}


def move(arguments: argparse.Namespace) -> Outputs:
    """Move the tag of the major version."""
    moved = publishing.move(Version.parse(arguments.version), Git(Path.cwd()))
    return {"moved": str(moved).lower()}


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run one command and return the exit code."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], Outputs] = arguments.run
    try:
        outputs = run(arguments)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    lines = [f"{name}={value}" for name, value in outputs.items()]
    print("\n".join(lines))
    if output_file := environ.get("GITHUB_OUTPUT"):
        with Path(output_file).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="shipping", description=(__doc__ or "").strip())
    commands = parser.add_subparsers(required=True)

    def add(run: Callable[[argparse.Namespace], Outputs]) -> argparse.ArgumentParser:
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        return command

    command = add(propose)
    command.add_argument("version")
    command.add_argument("--dry-run", action="store_true", help="show the commit, push nothing")
    command = add(candidate)
    for name in ("--ref-name", "--registry", "--repository"):
        command.add_argument(name, required=True)
    command.add_argument("--notes", required=True, type=Path, help="the file to write them to")
    command = add(base)
    command.add_argument("--dockerfile", type=Path, default=Path("Dockerfile"))
    command.add_argument("--pinned", type=Path, default=Path(".github/base.Dockerfile"))
    add(index).add_argument("file", type=Path, help="as the registry sent it")
    add(rewrite).add_argument("image", help="HOST/OWNER/NAME@sha256:…")
    command = add(publish)
    command.add_argument("version")
    command.add_argument("image", help="HOST/OWNER/NAME@sha256:…")
    add(move).add_argument("version")
    return parser


if __name__ == "__main__":
    sys.exit(main())
