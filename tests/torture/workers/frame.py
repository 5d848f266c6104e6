"""What stands around a torture of separate processes: folder, zygote, venue and topics."""

from collections.abc import AsyncIterator, Callable, Mapping, Sized
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import make_topics
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from ports.broker import Dedup
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.torture.kept import kept_folder
from tests.torture.workers.cluster import Cluster
from tests.torture.workers.nursery import Life, Nursery, WorkerFailed
from tests.torture.workers.trading import venue_arguments, venue_settings

PARTITIONS = 4
# A venue that is there and takes nothing: what is decided is then the whole effect.
_TAKES_NOTHING = ("--faults", "unavailable=1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One fresh database and one Kafka for a run, whose logs are kept when it goes wrong."""

    database_url: str
    bootstrap: str
    seed: int
    say: Callable[[str], None]

    @asynccontextmanager
    async def alone(self, *, wrongs: Sized) -> AsyncIterator[Cluster]:
        """Give the cluster at a venue that takes nothing."""
        with venue_process(*_TAKES_NOTHING) as venue:
            settings = {"BALLAST_PAPER_URL": venue.url}
            async with self._cluster(settings, wrongs=wrongs, label=f"seed {self.seed}") as cluster:
                yield cluster

    @asynccontextmanager
    async def with_venue(
        self, *, wrongs: Sized, dedup: Dedup = Dedup.NONE
    ) -> AsyncIterator[tuple[Cluster, VenueProcess]]:
        """Give the cluster and the venue that it trades at."""
        with venue_process(*venue_arguments(dedup=dedup, seed=self.seed)) as venue:
            settings = venue_settings(venue, dedup=dedup)
            label = f"seed {self.seed}, {dedup}"
            async with self._cluster(settings, wrongs=wrongs, label=label) as cluster:
                yield cluster, venue

    @asynccontextmanager
    async def _cluster(
        self, settings: Mapping[str, str], *, wrongs: Sized, label: str
    ) -> AsyncIterator[Cluster]:
        with kept_folder(wrongs=wrongs, label=label, say=self.say) as folder:
            async with Nursery(folder=folder) as nursery:
                yield Cluster(
                    nursery=nursery,
                    folder=folder,
                    database_url=self.database_url,
                    bootstrap=self.bootstrap,
                    settings=settings,
                )


async def open_for_commands(cluster: Cluster, *roles: str, name: str = "") -> Life:
    """Make the topics of commands, start the worker that lasts, and let a producer in."""
    await make_topics(
        (COMMANDS, REPLIES, DEAD_LETTERS),
        address=KafkaAddress(bootstrap=cluster.bootstrap),
        partitions=PARTITIONS,
        replicas=1,
    )
    lasting = cluster.worker(*roles, name=name)
    if not await lasting.ready():
        raise WorkerFailed(f"{lasting.name} did not start\n{lasting.tail()}")
    await cluster.let_commands_in()
    return lasting
