"""Name what can keep a process from starting and says by itself what is wrong."""

from adapters.brokers.paper.journal import VenueJournalCorrupt
from adapters.brokers.paper.starting import VenueLost
from adapters.geo_lookup.networks_file import UnusableGeoFile
from adapters.http.server.server import PortTaken, UvicornMismatch
from adapters.http.server.tls import TlsUnusable
from adapters.postgres.embedded.errors import EmbeddedPostgresFault
from adapters.postgres.link.address import AddressInvalid
from adapters.postgres.migrations.run import (
    DatabaseHalfRestored,
    DatabaseTooNew,
    RevisionTooOld,
)
from adapters.security.audit_keys import UnusableAuditKeys
from adapters.security.backup_keys import UnusableBackupKey
from adapters.security.breached import UnusableList
from adapters.security.keys import UnusableKey
from adapters.system.child import ChildFailed
from adapters.system.data_folder import DataFolderCorrupt
from adapters.system.file_modes import FilesOpen
from bootstrap.processes.fleet import FleetUnfit
from bootstrap.processes.jobs import JobTaken
from bootstrap.processes.roles import RolesUnfit
from domain.shared.values import InvalidValue
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.market import MarketDataCorrupt, UnknownCalendar
from ports.storage import StorageCorrupt, StorageUnavailable


def startup_faults() -> tuple[type[Exception], ...]:
    """Return the exceptions whose text is enough for an operator."""
    return (
        AddressInvalid,
        BrokerUnavailable,
        BrokerUnsure,
        ChildFailed,
        DataFolderCorrupt,
        DatabaseHalfRestored,
        DatabaseTooNew,
        EmbeddedPostgresFault,
        FilesOpen,
        FleetUnfit,
        InvalidValue,
        JobTaken,
        MarketDataCorrupt,
        OSError,
        PortTaken,
        RevisionTooOld,
        RolesUnfit,
        StorageCorrupt,
        StorageUnavailable,
        TlsUnusable,
        UnknownCalendar,
        UnusableAuditKeys,
        UnusableBackupKey,
        UnusableKey,
        UnusableList,
        UnusableGeoFile,
        UvicornMismatch,
        VenueJournalCorrupt,
        VenueLost,
    )
