"""Choose ports that stay one's own over a restart."""

import random
import socket

# Below the range from which Linux and macOS take ports for outgoing connections: there, a
# port that was free at the start may be somebody's by the time a killed server comes back.
_LOWEST, _HIGHEST = 20_000, 32_000
_TRIES = 200


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports of loopback on which nobody listens now."""
    found: list[int] = []
    for _ in range(_TRIES):
        port = random.SystemRandom().randrange(_LOWEST, _HIGHEST)
        if port not in found and _is_free(port):
            found.append(port)
        if len(found) == count:
            return tuple(found)
    raise OSError(f"no {count} free ports between {_LOWEST} and {_HIGHEST} in {_TRIES} tries")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
