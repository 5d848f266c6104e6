"""A signal is counted and timed once strategies are done with it, however often it came."""

from itertools import count

from prometheus_client import generate_latest

from adapters.memory.signals import MemorySignalStream
from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed_signals import ObservedSignals
from tests import builders
from tests.contracts.signals import signals


async def test_what_was_acknowledged_is_counted_with_its_time() -> None:
    clock = ManualClock(builders.AT)
    metrics = Metrics(health=HealthBoard(clock=clock))
    seconds = count()
    stream = ObservedSignals(
        inner=MemorySignalStream(clock=clock),
        metrics=metrics,
        # Each look at the time is a second after the last.
        now_s=lambda: float(next(seconds)),
    )
    await stream.add(signals(2))
    one, two = await stream.read(group="desk", member="a", limit=10, wait_s=0)
    clock.advance(60)
    again, _ = await stream.claim_stuck(group="desk", member="b", stuck_s=30, limit=10)
    assert again.place == one.place
    assert "ballast_signals_processed_total 0.0" in generate_latest(metrics.registry).decode()
    await stream.ack(group="desk", places=[one.place, two.place])
    # Known already: nothing is counted again.
    await stream.ack(group="desk", places=[one.place])
    told = generate_latest(metrics.registry).decode()
    assert "ballast_signals_processed_total 2.0" in told
    # Delivered again at 2 and 3, done at 4 and 5.
    assert "ballast_signal_processing_seconds_sum 4.0" in told
