"""The address under which containers on Docker's bridge network reach this machine."""

import socket
import subprocess
from ipaddress import IPv4Network, ip_address, ip_network

_INSPECT = ("docker", "network", "inspect", "bridge", "--format")
_SUBNETS = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
_DISCARD_PORT = 9  # no packet is sent to it


class NoBridgeError(Exception):
    """Docker's bridge network has no address of this machine for containers."""


def find_bridge_address() -> str:
    """
    The IPv4 address of this machine on Docker's bridge network.

    Docker 20.10 names the gateway of the network only after its daemon has been started twice.
    So Docker provides the subnet, and the operating system for its own address there.

    Raises:
        NoBridgeError: Docker does not answer, or this machine has no address in the subnet.
    """
    subnets = _read_subnets()
    for subnet in subnets:
        address = _own_address(subnet)
        if address is not None:
            return address
    names = ", ".join(map(str, subnets)) or "no IPv4 subnet"
    message = (
        f"Docker's bridge network has {names}, but this machine has no address in it. "
        "Containers reach this machine only where the Docker daemon runs on it, on Linux."
    )
    raise NoBridgeError(message)


def _read_subnets() -> list[IPv4Network]:
    command = [*_INSPECT, _SUBNETS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise NoBridgeError("There is no `docker` command.") from error
    except subprocess.CalledProcessError as error:
        message = f"`{' '.join(command)}` failed: {error.stderr.strip()}"
        raise NoBridgeError(message) from error
    networks = (ip_network(one) for one in done.stdout.split())
    return [one for one in networks if isinstance(one, IPv4Network)]


def _own_address(subnet: IPv4Network) -> str | None:
    """Return the source address for the subnet, if it is inside of it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(subnet.broadcast_address - 1), _DISCARD_PORT))
        except OSError:  # no route
            return None
        address: str = probe.getsockname()[0]
    return address if ip_address(address) in subnet else None
