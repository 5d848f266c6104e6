"""Hold what a process knows of stops by itself, whatever the database says."""

from dataclasses import dataclass
from pathlib import Path

from adapters.memory.stops import MemoryStopFiles
from adapters.system.stop_files import FileStops
from application.kill_switch.accounts_at import AccountsAt
from application.kill_switch.held_stops import HeldBarrier, HeldStops
from application.kill_switch.send_gate import SendGate
from bootstrap.settings.sections import Settings
from bootstrap.system import System
from ports.kill_switch import KillBarrier
from ports.stops import StopFiles

# So much earlier than a watchdog acts, a process that stood still sends nothing more.
_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopState:
    """The stops that hold here, the gate of sends, the accounts, and the files."""

    stops: HeldStops
    gate: SendGate
    accounts: AccountsAt
    files: StopFiles

    def over(self, barrier: KillBarrier) -> HeldBarrier:
        """Return the barrier with what is held here before it."""
        return HeldBarrier(inner=barrier, stops=self.stops, gate=self.gate, accounts=self.accounts)


def build_state(settings: Settings, system: System) -> StopState:
    """Build it; nothing is read yet, and sends pass until the gate is closed."""
    in_memory = settings.profile == "memory"
    return StopState(
        stops=HeldStops(),
        gate=SendGate(clock=system.clock, stale_s=settings.kill.silent_s - _MARGIN_S),
        accounts=AccountsAt(),
        files=MemoryStopFiles() if in_memory else FileStops(folder_of(settings) / "stops"),
    )


def folder_of(settings: Settings) -> Path:
    """Return the folder of stops and sockets."""
    return settings.kill.folder or settings.data_dir / "kill"
