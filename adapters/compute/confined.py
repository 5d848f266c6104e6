"""Confine a child process that computes for us: how much memory it has, and how long it lives."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def limit_memory(more: int) -> None:
    """Allow this process so many bytes beyond what is mapped by now; nothing but on Linux."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as pages:
        mapped = int(pages.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + more, mapped + more))


def end_with(parent: int) -> None:
    """Be killed when the parent dies, in an endless loop too; nothing but on Linux."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)
