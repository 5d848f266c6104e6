"""Say what a check of the machine found, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out."""

    FINE = "fine"
    DOUBTFUL = "doubtful"  # works, but not as well as it should
    MISSING = "missing"  # a server would not start or not work


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and how to mend it where it has to be."""

    subject: str
    verdict: Verdict
    found: str
    mend: str = ""


def fine(subject: str, found: str) -> Finding:
    """Return what is as it should be."""
    return Finding(subject=subject, verdict=Verdict.FINE, found=found)


def missing(subject: str, found: str, mend: str) -> Finding:
    """Return what keeps a server from working."""
    return Finding(subject=subject, verdict=Verdict.MISSING, found=found, mend=mend)


def doubtful(subject: str, found: str, mend: str) -> Finding:
    """Return what works, but not as well as it should."""
    return Finding(subject=subject, verdict=Verdict.DOUBTFUL, found=found, mend=mend)
