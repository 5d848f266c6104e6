"""Say what looks odd in what a user did; the rules are plain, and told in docs/audit.md."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from uuid import UUID

from domain.audit.entry import AuditEntry

LOGIN_OK = "identity.login"
LOGIN_FAILED = "identity.login_failed"

FAILURES = 5
FAILURES_WITHIN = timedelta(minutes=15)
PLACES_KNOWN_FROM = 5
HOURS_KNOWN_FROM = 50
HOURS_KNOWN_OVER = timedelta(days=7)
HOURS_AWAY = 3
MANY_ORDERS = 20
MANY_ORDERS_WITHIN = timedelta(minutes=1)
CHANGES = 5
CHANGES_WITHIN = timedelta(minutes=5)
_CHANGING = (
    "risk_rule.",
    "api_key.",
    "role.",
    "permission.",
    "member.",
    "secret.",
    "kill_switch.set_passcode",
)
_CANCELING = ("order.cancel", "order.cancel_all")


class Suspicion(StrEnum):
    """Why an entry stands out."""

    GUESSED_PASSWORD = "guessed_password"  # noqa: S105 - a name, no secret
    NEW_PLACE = "new_place"
    ODD_HOUR = "odd_hour"
    MASS_DENIALS = "mass_denials"
    MASS_CANCELS = "mass_cancels"
    RAPID_CHANGES = "rapid_changes"


@dataclass(slots=True, kw_only=True)
class _Burst:
    """Counts what happens within a time; speaks once each time that it becomes many."""

    many: int
    within: timedelta
    times: deque[datetime] = field(default_factory=deque)
    told: bool = False

    def count(self, at: datetime) -> bool:
        self.forget(at)
        self.times.append(at)
        if len(self.times) < self.many or self.told:
            return False
        self.told = True
        return True

    def forget(self, at: datetime) -> None:
        while self.times and at - self.times[0] > self.within:
            self.times.popleft()
        if len(self.times) < self.many:
            self.told = False


@dataclass(slots=True)
class _UserHistory:
    """What is known of a user from the entries before."""

    networks: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    placed: int = 0
    hours: Counter[int] = field(default_factory=Counter)
    first_at: datetime | None = None

    def is_new_place(self, entry: AuditEntry) -> bool:
        if not entry.ip:
            return False
        network = network_of(entry.ip)
        new = network not in self.networks and entry.user_agent not in self.agents
        enough = self.placed >= PLACES_KNOWN_FROM
        self.networks.add(network)
        self.agents.add(entry.user_agent)
        self.placed += 1
        return new and enough

    def is_odd_hour(self, at: datetime) -> bool:
        hour = at.hour
        self.first_at = self.first_at or at
        enough = self.hours.total() >= HOURS_KNOWN_FROM and at - self.first_at >= HOURS_KNOWN_OVER
        near = range(hour - HOURS_AWAY, hour + HOURS_AWAY + 1)
        odd = enough and not any(self.hours[one % 24] for one in near)
        self.hours[hour] += 1
        return odd


def suspicions(entries: Iterable[AuditEntry]) -> dict[UUID, Sequence[Suspicion]]:
    """Return what stands out among one user's entries, oldest first, by entry."""
    known = _UserHistory()
    failures = _Burst(many=FAILURES, within=FAILURES_WITHIN)
    bursts: tuple[tuple[Suspicion, Callable[[AuditEntry], bool], _Burst], ...] = (
        (
            Suspicion.MASS_DENIALS,
            _is_denial,
            _Burst(many=MANY_ORDERS, within=MANY_ORDERS_WITHIN),
        ),
        (
            Suspicion.MASS_CANCELS,
            lambda entry: entry.action in _CANCELING,
            _Burst(many=MANY_ORDERS, within=MANY_ORDERS_WITHIN),
        ),
        (
            Suspicion.RAPID_CHANGES,
            lambda entry: entry.action.startswith(_CHANGING),
            _Burst(many=CHANGES, within=CHANGES_WITHIN),
        ),
    )
    found: dict[UUID, Sequence[Suspicion]] = {}
    for entry in entries:
        said: list[Suspicion] = []
        if entry.action == LOGIN_FAILED:
            # Of a stranger, it may be: what is usual is not learned from it.
            failures.count(entry.at)
            continue
        if entry.action == LOGIN_OK:
            failures.forget(entry.at)
            if len(failures.times) >= FAILURES:
                said.append(Suspicion.GUESSED_PASSWORD)
            failures.times.clear()
        if known.is_new_place(entry):
            said.append(Suspicion.NEW_PLACE)
        if known.is_odd_hour(entry.at):
            said.append(Suspicion.ODD_HOUR)
        said += [kind for kind, counts, burst in bursts if counts(entry) and burst.count(entry.at)]
        if said:
            found[entry.id] = tuple(said)
    return found


def network_of(ip: str) -> str:
    """Return the network that an address is known by: a /24, or a /48 of the newer kind."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    prefix = 24 if address.version == 4 else 48
    return str(ip_network(f"{address}/{prefix}", strict=False))


def _is_denial(entry: AuditEntry) -> bool:
    return entry.action == "order.submit" and ("state", "denied") in entry.detail
