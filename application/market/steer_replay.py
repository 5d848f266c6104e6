"""Pause a replay and let it go on."""

from dataclasses import dataclass

from ports.market import ReplayControl, ReplayState


class NoReplay(Exception):
    """The market is live: nobody can pause it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySteering:
    """Steer the replay, if prices are replayed."""

    replay: ReplayControl | None

    async def pause(self) -> ReplayState:
        """Stop before the next market event; raise NoReplay."""
        control = self._control()
        control.pause()
        return control.state()

    async def resume(self) -> ReplayState:
        """Go on after a pause; raise NoReplay."""
        control = self._control()
        control.resume()
        return control.state()

    def _control(self) -> ReplayControl:
        if self.replay is None:
            raise NoReplay("the market is live, not a replay: it cannot be paused or resumed")
        return self.replay
