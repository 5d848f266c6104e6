"""Run a paper venue that refuses every request from SIGUSR1 on, until SIGUSR2.

It goes on answering what is read: a venue that is there and takes nothing back.
"""

import signal
import sys
from collections.abc import Callable

from adapters.brokers.paper import server
from adapters.brokers.paper.faults import Faults, FaultSettings


class TurningFaults(Faults):
    """Faults that are switched by signals."""

    __slots__ = ()

    def __init__(self, *, settings: FaultSettings, roll: Callable[[], float]) -> None:
        """Begin as asked for."""
        super().__init__(settings=settings, roll=roll)
        signal.signal(signal.SIGUSR1, lambda *_: self._turn(FaultSettings(rejection=1.0)))
        signal.signal(signal.SIGUSR2, lambda *_: self._turn(settings))

    def _turn(self, settings: FaultSettings) -> None:
        self.settings = settings


if __name__ == "__main__":
    # The venue's own, but for the switch.
    vars(server)["Faults"] = TurningFaults
    sys.exit(server.main())
