"""Tell whether a file of a key can be read by others than those that it is for."""

import os
import stat


def is_open(found: os.stat_result) -> bool:
    """Tell whether others can read or change a file.

    One of root's that a group of ours may read is closed: so secrets are mounted into a pod.
    """
    is_mounted = found.st_uid == 0 != os.geteuid() and found.st_gid in {
        os.getegid(),
        *os.getgroups(),
    }
    return bool(found.st_mode & (0o037 if is_mounted else 0o077))


def mode_of(found: os.stat_result) -> int:
    """Return who may do what with a file, as chmod takes it."""
    return stat.S_IMODE(found.st_mode)
