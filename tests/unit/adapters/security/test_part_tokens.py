"""Processes of one installation know each other by its signing key, for a minute and one part."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.memory.time import ManualClock
from adapters.security.key_ring import FolderKeys
from adapters.security.part_tokens import LASTS, PartTokens, is_of_part
from adapters.security.statements import SignedStatements
from domain.identity.access import Permission
from ports.identity import InvalidToken


@dataclass(slots=True)
class Installation:
    """What shares a key."""

    folder: Path
    clock: ManualClock = field(
        default_factory=lambda: ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    )

    def process(self) -> PartTokens:
        """Begin a process of it."""
        keys = FolderKeys(self.folder / "key.pem")
        statements = SignedStatements(keys=keys, clock=self.clock)
        return PartTokens(statements=statements, clock=self.clock)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Give one with a key of its own."""
    return Installation(tmp_path / "one")


def test_another_process_with_the_key_lets_it_in_for_that_part_alone(
    installation: Installation,
) -> None:
    token = installation.process().draw("inference")
    other = installation.process()
    assert is_of_part(token)
    principal = other.checked(token, part="inference")
    assert principal.access.permissions == {Permission.MODELS_READ, Permission.MODELS_RUN}
    with pytest.raises(InvalidToken, match="none of this installation's"):
        other.checked(token, part="sentiment")


def test_it_is_over_after_its_time_and_another_is_drawn_before(
    installation: Installation,
) -> None:
    asking, asked = installation.process(), installation.process()
    first = asking.draw("inference")
    asked.checked(first, part="inference")
    installation.clock.advance(20)
    assert asking.draw("inference") == first
    installation.clock.advance(20)
    second = asking.draw("inference")
    assert second != first
    asked.checked(second, part="inference")
    installation.clock.advance(LASTS.total_seconds())
    with pytest.raises(InvalidToken, match="expired"):
        asked.checked(first, part="inference")
    with pytest.raises(InvalidToken, match="expired"):
        installation.process().checked(first, part="inference")


def test_what_no_key_of_ours_signed_is_refused(installation: Installation, tmp_path: Path) -> None:
    asked = installation.process()
    stranger = Installation(tmp_path / "other", clock=installation.clock).process()
    token = installation.process().draw("inference")
    head, _, signature = token.removeprefix("part.").partition(".")
    later = f"part.{int(head) + 1}.{signature}"
    for wrong in (
        stranger.draw("inference"),
        later,
        token[:-4],
        "part.",
        "part.x.y.z",
        "part.99999999999999999999.y.z",
        # A year that no date has, and the last that one has.
        "part.999999999999.y",
        "part.99999999999.y",
        f"part.{head}.",
    ):
        with pytest.raises(InvalidToken):
            asked.checked(wrong, part="inference")


def test_one_that_would_last_for_long_is_refused_whoever_signed_it(
    installation: Installation,
) -> None:
    asked = installation.process()
    ahead = Installation(installation.folder, clock=ManualClock(datetime(2027, 1, 1, tzinfo=UTC)))
    with pytest.raises(InvalidToken, match="too long"):
        asked.checked(ahead.process().draw("inference"), part="inference")
    assert timedelta(seconds=60) == LASTS
