"""Link audit entries into a chain per tenant, and find out where a chain was tampered with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from uuid import UUID

from domain.audit.macs import MAC_BYTES, START, AuditKey, AuditKeys, UnknownKey, link_bytes

# The proof of an entry that has none: no message has it.
NO_PROOF = bytes(MAC_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenEntry:
    """An entry as it is stored: its number of writing, what its proof is taken over, the proof.

    mac is empty for an entry from before there were proofs.
    """

    seq: int
    id: UUID
    tenant_id: UUID
    content: bytes
    key_id: str
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One place of a tenant's chain, and the entry that stands in it.

    adopted: the entry had no proof of its own, being older than the chain; mac is the one
    that it was given here.
    """

    tenant_id: UUID
    position: int
    seq: int
    entry_id: UUID
    mac: bytes
    key_id: str
    adopted: bool
    link: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last place of a chain, or one that was the last; seq is 0 where it is not known."""

    tenant_id: UUID
    position: int
    link: bytes
    seq: int = 0


def linked(
    entries: Iterable[WrittenEntry],
    *,
    heads: Mapping[UUID, Head],
    key: AuditKey,
    adopt_up_to: int,
) -> Sequence[Link]:
    """Return the links of further entries, in their order, behind the heads of their chains.

    Entries up to adopt_up_to may lack a proof. One that was linked before is passed over.
    """
    ends = dict(heads)
    made: list[Link] = []
    for entry in entries:
        head = ends.get(entry.tenant_id) or Head(tenant_id=entry.tenant_id, position=0, link=START)
        if entry.seq <= head.seq:
            continue
        adopted = not entry.mac and entry.seq <= adopt_up_to
        mac = key.entry(entry.content) if adopted else entry.mac or NO_PROOF
        position = head.position + 1
        link = key.link(
            link_bytes(
                tenant_id=entry.tenant_id,
                position=position,
                previous=head.link,
                entry_id=entry.id,
                mac=mac,
                adopted=adopted,
            )
        )
        made.append(
            Link(
                tenant_id=entry.tenant_id,
                position=position,
                seq=entry.seq,
                entry_id=entry.id,
                mac=mac,
                key_id=key.id,
                adopted=adopted,
                link=link,
            )
        )
        ends[entry.tenant_id] = Head(
            tenant_id=entry.tenant_id, position=position, link=link, seq=entry.seq
        )
    return made


class FaultKind(StrEnum):
    """What is wrong with a place of a chain."""

    EDITED = "edited"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    UNKNOWN_KEY = "unknown key"
    ANCHOR = "anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong, and at which place of whose chain; place 0 is none of it."""

    tenant_id: UUID
    position: int
    kind: FaultKind
    problem: str

    def __str__(self) -> str:
        """Say it in one line."""
        place = f"position {self.position}" if self.position else "outside the chain"
        return f"tenant {self.tenant_id}, {place}: {self.kind.value}: {self.problem}"


class ChainCheck:
    """Looks at one tenant's chain, place by place; holds nothing but the last one.

    anchors are heads that were kept outside the database, ascending. after is where the look
    begins: the place before the first that is shown. Up to vouched, which is one of the
    anchors, keys may be missing: what they signed is counted as unproven.
    """

    def __init__(
        self,
        *,
        tenant_id: UUID,
        keys: AuditKeys,
        anchors: Iterable[Head] = (),
        after: Head | None = None,
        vouched: Head | None = None,
    ) -> None:
        self._tenant_id = tenant_id
        self._keys = keys
        self._anchors = iter(anchors)
        self._anchor = next(self._anchors, None)
        self._head = after or Head(tenant_id=tenant_id, position=0, link=START)
        self._signed_seen = False
        self._vouched_up_to = vouched.position if vouched is not None else 0
        self.unproven = 0
        self.looked_at = 0
        self.adopted = 0
        while self._anchor is not None and self._anchor.position < self._head.position:
            self._anchor = next(self._anchors, None)
        self._first = self._at_anchor(self._head)

    @property
    def head(self) -> Head:
        """The last place that was looked at."""
        return self._head

    def look(self, link: Link, written: WrittenEntry | None) -> Iterator[Fault]:
        """Give what is wrong with the next place and the entry found there."""
        self.looked_at += 1
        yield from self._take_first()
        found = [*self._look_at_link(link), *self._look_at_entry(link, written)]
        if link.position <= self._vouched_up_to:
            known = [fault for fault in found if fault.kind is not FaultKind.UNKNOWN_KEY]
            self.unproven += len(known) < len(found)
            found = known
        yield from found
        self._head = Head(
            tenant_id=self._tenant_id, position=link.position, link=link.link, seq=link.seq
        )
        yield from self._at_anchor(self._head)

    def end(self) -> Iterator[Fault]:
        """Give what is wrong with the chain's end, after the last place."""
        yield from self._take_first()
        last = None
        while self._anchor is not None:
            last, self._anchor = self._anchor, next(self._anchors, None)
        if last is not None:
            yield self._fault(
                FaultKind.TRUNCATED,
                f"the chain ends at {self._head.position}, but was anchored at {last.position}",
                position=self._head.position + 1,
            )

    def _take_first(self) -> Iterator[Fault]:
        first, self._first = self._first, []
        yield from first

    def _at_anchor(self, head: Head) -> list[Fault]:
        found: list[Fault] = []
        while self._anchor is not None and self._anchor.position <= head.position:
            anchor, self._anchor = self._anchor, next(self._anchors, None)
            if anchor.position == head.position and anchor.link != head.link:
                problem = "the link is another than the one that was anchored"
                found.append(self._fault(FaultKind.ANCHOR, problem, position=head.position))
        return found

    def _look_at_link(self, link: Link) -> Iterator[Fault]:
        expected = self._head.position + 1
        at = link.position
        if at > expected:
            gone = f"{expected} to {at - 1}" if at - expected > 1 else str(expected)
            yield self._fault(FaultKind.MISSING, f"no link at {gone}", position=expected)
            # What it follows is gone with them, so that it cannot be checked itself.
            return
        if at < expected:
            yield self._fault(FaultKind.INSERTED, "a second link at this place", position=at)
        if link.seq <= self._head.seq:
            problem = "its entry was written before that of the place before"
            yield self._fault(FaultKind.REORDERED, problem, position=at)
        try:
            key = self._keys.named(link.key_id)
        except UnknownKey as problem_of_key:
            problem = f"the link's {problem_of_key}"
            yield self._fault(FaultKind.UNKNOWN_KEY, problem, position=at)
            return
        said = link_bytes(
            tenant_id=self._tenant_id,
            position=at,
            previous=self._head.link,
            entry_id=link.entry_id,
            mac=link.mac,
            adopted=link.adopted,
        )
        if not compare_digest(key.link(said), link.link):
            problem = "the link does not follow from the place before: it was edited or moved"
            yield self._fault(FaultKind.REORDERED, problem, position=at)

    def _look_at_entry(self, link: Link, written: WrittenEntry | None) -> Iterator[Fault]:
        at = link.position
        if written is None:
            yield self._fault(FaultKind.MISSING, f"entry {link.entry_id} is gone", position=at)
            return
        if written.id != link.entry_id or written.tenant_id != self._tenant_id:
            problem = f"entry {written.id} stands in the place of {link.entry_id}"
            yield self._fault(FaultKind.REORDERED, problem, position=at)
        if link.adopted:
            self.adopted += 1
            if self._signed_seen:
                problem = f"entry {link.entry_id} was adopted behind signed ones"
                yield self._fault(FaultKind.INSERTED, problem, position=at)
            yield from self._look_at_proof(written, mac=link.mac, key_id=link.key_id, at=at)
            if written.mac:
                problem = f"entry {written.id} was given a proof after it was adopted"
                yield self._fault(FaultKind.EDITED, problem, position=at)
            return
        self._signed_seen = True
        yield from self._look_at_proof(written, mac=written.mac, key_id=written.key_id, at=at)
        if not compare_digest(written.mac, link.mac) and (written.mac or link.mac != NO_PROOF):
            problem = f"entry {written.id} is not the one that was linked"
            yield self._fault(FaultKind.EDITED, problem, position=at)

    def _look_at_proof(
        self, written: WrittenEntry, *, mac: bytes, key_id: str, at: int
    ) -> Iterator[Fault]:
        problem = fault_of_entry(written, mac=mac, key_id=key_id, keys=self._keys)
        if problem is not None:
            yield self._fault(problem[0], problem[1], position=at)

    def _fault(self, kind: FaultKind, problem: str, *, position: int) -> Fault:
        return Fault(tenant_id=self._tenant_id, position=position, kind=kind, problem=problem)


def fault_of_entry(
    written: WrittenEntry, *, mac: bytes, key_id: str, keys: AuditKeys
) -> tuple[FaultKind, str] | None:
    """Return what is wrong with an entry by itself, None when its proof is right."""
    if not mac:
        return FaultKind.INSERTED, f"entry {written.id} has no proof: we did not write it"
    try:
        key = keys.named(key_id)
    except UnknownKey as problem:
        return FaultKind.UNKNOWN_KEY, f"entry {written.id}: {problem}"
    if not compare_digest(key.entry(written.content), mac):
        return FaultKind.EDITED, f"entry {written.id} is not as it was written"
    return None
