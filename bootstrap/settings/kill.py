"""List the settings of the kill switch: its channel between processes, and the watchdog."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.settings.addresses import host_and_port
from adapters.settings.field import setting

# A dead process of dispatch is followed by another within 8.5 seconds.
SILENT_S_MIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSettings:
    """Stopping without the database: the channel between processes, and the watchdog."""

    silent_s: float = setting(
        15.0,
        "Seconds without a word of who sends to a broker, after which the watchdog stops it; more"
        " than another process takes to follow a dead one.",
        low=SILENT_S_MIN,
        high=600,
    )
    cancel_protective: bool = setting(
        False,
        "Whether the watchdog and a dead-man timer cancel orders that only reduce, stops among"
        " them; otherwise they cancel those that open and keep these.",
    )
    dead_man_s: float | None = setting(
        None,
        "Seconds after which a venue that has such a timer cancels an account's orders unless it"
        " was renewed, as it is at each third; off without it. A venue that cannot keep orders"
        " that only reduce cancels stops too: it is asked only with kill.cancel_protective.",
        low=3,
        high=3_600,
    )
    folder: Path | None = setting(
        None,
        "The folder, on a volume that outlives the process, for stops that the database does not"
        " have yet and for the sockets that processes hear them by: `kill` in the data folder"
        " without it.",
    )
    listen: str | None = setting(
        None, "Where to hear stops of other machines, such as 10.0.0.5:7443; by TLS only."
    )
    peers: tuple[str, ...] = setting(
        (),
        "Every process on other machines that takes stops in, sends or watches, by its"
        " kill.listen; one that does not answer after an outage keeps trading stopped.",
    )
    tls_certificate: Path | None = setting(
        None, "The certificate (PEM) that this process shows to those machines."
    )
    tls_key: Path | None = setting(None, "Its key (PEM).")
    tls_ca: Path | None = setting(
        None, "The authority (PEM) whose certificates are let in there, and no others."
    )


def kill_faults(kill: KillSettings) -> Iterator[tuple[str, str]]:
    """Yield what cannot hold together, by its key."""
    for key, texts in (("listen", (kill.listen,)), ("peers", kill.peers)):
        for text in texts:
            if text is not None and host_and_port(text) is None:
                yield f"kill.{key}", f"must be a host and port such as 10.0.0.5:7443, not {text!r}"
    parts = {
        "tls_certificate": kill.tls_certificate,
        "tls_key": kill.tls_key,
        "tls_ca": kill.tls_ca,
    }
    missing = [name for name, path in parts.items() if path is None]
    if missing and (kill.listen is not None or kill.peers or len(missing) < len(parts)):
        for name in missing:
            yield f"kill.{name}", "must be set: other machines are spoken to by TLS only"
