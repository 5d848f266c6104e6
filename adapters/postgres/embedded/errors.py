"""Say why the embedded server cannot run; each message names the place and the way out."""


class EmbeddedPostgresFault(Exception):
    """The embedded server cannot run; nothing was repaired or deleted."""


class BinariesNotFound(EmbeddedPostgresFault):
    """No usable Postgres server binaries were found where we look for them."""


class DataFolderUnusable(EmbeddedPostgresFault):
    """The data folder cannot be made, entered or owned."""


class DataFolderBusy(EmbeddedPostgresFault):
    """Another process holds the data folder."""


class ClusterIncomplete(EmbeddedPostgresFault):
    """The cluster's folder exists but holds no database cluster."""


class WrongMajorVersion(EmbeddedPostgresFault):
    """The cluster was made by another major version of Postgres."""


class ClusterCorrupt(EmbeddedPostgresFault):
    """Postgres cannot read its own files."""


class PasswordUnreadable(EmbeddedPostgresFault):
    """The cluster's password is missing, unreadable, readable by others or refused."""


class ServerDidNotStart(EmbeddedPostgresFault):
    """A Postgres program could not be run or ended before it was ready."""


class ServerDidNotStop(EmbeddedPostgresFault):
    """A server left over in this folder did not end when told to."""
