"""Take as many file descriptors as the system lets a process have."""

import resource
from contextlib import suppress

# Room for the connections of many networks: one alone may have 1,000, and as many again that
# are turned away.
WANTED = 65_536


# For the database, Kafka, Redis, brokers, files and the listening socket itself.
_FOR_OTHERS = 256


def connections_max() -> int:
    """Return how many connections may be open before the process has no file left to open.

    Beyond it nobody could be let in at all: the kernel's queue would fill up unanswered.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if soft == resource.RLIM_INFINITY else soft
    return max(most - _FOR_OTHERS, most // 2)


def widen() -> int:
    """Raise the limit on open files towards what may be had; return what it is.

    The usual one of 1,024 is for programs that wait with select(): one network's connections
    would use it up, and nobody else could come in.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return soft
    # macOS has a smaller limit of its own that it does not tell here.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
