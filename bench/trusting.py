"""A folder of certificate authorities, as a system has one."""

import ssl
import subprocess
from pathlib import Path


def trusted(folder: Path, authority: bytes) -> Path:
    """
    The folder with all that the system trusts, and one authority more.

    Each is found by the hash of its subject, as OpenSSL looks for it.
    Source: https://docs.openssl.org/3.0/man1/openssl-rehash/
    """
    folder.mkdir()
    system = Path(ssl.get_default_verify_paths().openssl_capath)
    for one in system.glob("*.0"):
        (folder / one.name).symlink_to(one.resolve())
    command = ["openssl", "x509", "-noout", "-subject_hash"]
    name = subprocess.run(command, input=authority, capture_output=True, check=True).stdout  # noqa: S603 - a list, no shell
    (folder / f"{name.decode().strip()}.0").write_bytes(authority)
    return folder
