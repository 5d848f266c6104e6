"""Keep a venue and its journal in step: what is told is on disk, what is lost never was."""

import structlog

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.journal import VenueJournal, VenueJournalCorrupt, VenueJournalFailed
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.time import Clock

# A disk that is full is not asked with every order that comes.
_RETRY_S = 0.5

log = structlog.get_logger()


class JournaledVenue:
    """One venue, with a journal or only in memory."""

    def __init__(self, *, venue: PaperVenue, journal: VenueJournal | None, clock: Clock) -> None:
        self._venue = venue
        self._journal = journal
        self._clock = clock
        self._tried_at: float | None = None

    @property
    def is_journaled(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    def problem(self) -> str:
        """Say why the venue can take nothing in, empty while it can."""
        return "" if self._journal is None else self._journal.problem

    def open(self) -> None:
        """Read the journal; raises VenueJournalCorrupt or VenueJournalBusy."""
        if self._journal is not None:
            self._journal.open(restore=self._venue.restore, snapshot=self._venue.snapshot)

    async def close(self) -> None:
        """Finish writing and close the journal."""
        if self._journal is not None:
            try:
                await self.settle()
            finally:
                self._journal.close()

    def recover(self) -> None:
        """Go on after a failed write, from what the disk has; BrokerUnavailable while it fails.

        What nobody was told of never happened: it is forgotten, so that whoever reads an
        order back meets what a restart would show.
        """
        journal = self._journal
        if journal is None or not journal.problem:
            return
        now = self._clock.monotonic()
        if self._tried_at is not None and now < self._tried_at + _RETRY_S:
            raise BrokerUnavailable(f"the paper venue {journal.problem}")
        self._tried_at = now
        try:
            journal.recover(roll_back=self._venue.roll_back, snapshot=self._venue.snapshot)
        except (OSError, VenueJournalCorrupt) as error:
            raise BrokerUnavailable(f"the paper venue {journal.problem}") from error

    async def settle(self) -> int:
        """Put what changed on disk; return the sequence up to which reports may be seen."""
        sequence = self._venue.sequence
        if self._journal is not None:
            try:
                change = self._venue.take_change()
                if change is not None:
                    self._journal.append(change)
                await self._journal.synced()
            except VenueJournalFailed as error:
                raise BrokerUnsure(f"the paper venue cannot write its journal: {error}") from error
            if self._journal.wants_compaction:
                self._compact(self._journal)
        return sequence

    def _compact(self, journal: VenueJournal) -> None:
        try:
            journal.compact(self._venue.snapshot())
        except OSError as error:
            # What was to be kept is in the old file, which goes on.
            log.warning("paper_venue.journal_not_compacted", error=str(error))
            return
        # Whatever changed while the last sync ran is part of the snapshot.
        self._venue.take_change()
        log.info("paper_venue.journal_compacted")
