"""Write heads of chains so that they can be kept outside the database, and read them back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from uuid import UUID

from domain.audit.chain import Fault, FaultKind, Head
from domain.audit.macs import MAC_BYTES, AuditKeys, UnknownKey
from domain.shared.texts import time_text

# Of one tenant; more are thinned out evenly. Every link rests on all before it, so a chain
# that passes some of its heads can have been changed before none of them.
HEADS_KEPT_MAX = 4_096


class AnchorKind(StrEnum):
    """What a record says of a chain."""

    HEAD = "head"
    # The database was restored from a back-up: the chain goes on from this head, whatever was
    # anchored behind it, and whether or not the keys that signed it are here.
    RESTORED = "restored"


class GapKind(StrEnum):
    """Why records are not there that were once written."""

    THINNED = "thinned"
    # A person said that they are lost.
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRecord:
    """A head that was kept outside, and when; number 0 is of before records had one."""

    kind: AnchorKind
    head: Head
    at: datetime
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The numbers of records that were written and are not there any more, and why."""

    kind: GapKind
    first: int
    last: int
    at: datetime


def anchor_line(record: AnchorRecord, *, keys: AuditKeys) -> str:
    """Return the record as one line of text, signed, without the line's end."""
    head, key = record.head, keys.current
    said = {
        "v": "2" if record.number else "1",
        "kind": record.kind.value,
        "tenant": str(head.tenant_id),
        "position": str(head.position),
        "link": head.link.hex(),
        "at": time_text(record.at),
        "key": key.id,
    }
    if record.number:
        said["number"] = str(record.number)
    return json.dumps(said | {"mac": key.anchor(_signed(said)).hex()}, separators=(",", ":"))


def gap_line(gap: Gap, *, keys: AuditKeys) -> str:
    """Return the gap as one line of text, signed, without the line's end."""
    key = keys.current
    said = {
        "v": "2",
        "kind": gap.kind.value,
        "first": str(gap.first),
        "number": str(gap.last),
        "at": time_text(gap.at),
        "key": key.id,
    }
    return json.dumps(said | {"mac": key.anchor(_signed_gap(said)).hex()}, separators=(",", ":"))


def anchored(line: str, *, keys: AuditKeys) -> AnchorRecord | Gap:
    """Read a line of either kind; raises UnknownKey, and ValueError for what we did not write."""
    try:
        said = json.loads(line)
        is_gap = said["kind"] in {kind.value for kind in GapKind}
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise ValueError("it is no record of ours") from problem
    return _gap(said, keys=keys) if is_gap else anchor_record(line, keys=keys)


def _gap(said: dict[str, str], *, keys: AuditKeys) -> Gap:
    try:
        given = bytes.fromhex(said["mac"])
        gap = Gap(
            kind=GapKind(said["kind"]),
            first=int(said["first"]),
            last=int(said["number"]),
            at=datetime.fromisoformat(said["at"]),
        )
        key_id, signed = str(said["key"]), _signed_gap(said)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise ValueError("it is no record of ours") from problem
    if not compare_digest(keys.named(key_id).anchor(signed), given):
        raise ValueError("its signature is wrong")
    if not 0 < gap.first <= gap.last:
        raise ValueError("it names no records")
    return gap


def anchor_record(line: str, *, keys: AuditKeys) -> AnchorRecord:
    """Read a line; raises UnknownKey, and ValueError for what we did not write."""
    try:
        said = json.loads(line)
        given = bytes.fromhex(said["mac"])
        record = AnchorRecord(
            kind=AnchorKind(said["kind"]),
            head=Head(
                tenant_id=UUID(said["tenant"]),
                position=int(said["position"]),
                link=bytes.fromhex(said["link"]),
            ),
            at=datetime.fromisoformat(said["at"]),
            number=int(said.get("number", 0)),
        )
        key_id, signed = str(said["key"]), _signed(said)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise ValueError("it is no record of ours") from problem
    if not compare_digest(keys.named(key_id).anchor(signed), given):
        raise ValueError("its signature is wrong")
    if len(record.head.link) != MAC_BYTES or record.head.position < 0:
        raise ValueError("it names no place of a chain")
    return record


def count_bytes(number: int) -> bytes:
    """Return what the proof of how many records were kept is taken over."""
    return f"ballast.audit.anchored.1 {number}".encode()


def _signed(said: dict[str, str]) -> bytes:
    names = ["v", "kind", "tenant", "position", "link", "at", "key"]
    if "number" in said:
        names.append("number")
    # None of the values has a space in it.
    text = " ".join(str(said[name]) for name in names)
    return f"ballast.audit.anchor.{'2' if 'number' in said else '1'} {text}".encode()


def _signed_gap(said: dict[str, str]) -> bytes:
    names = ("v", "kind", "first", "number", "at", "key")
    return ("ballast.audit.anchor.gap.1 " + " ".join(str(said[name]) for name in names)).encode()


@dataclass(slots=True)
class Anchors:
    """Everything that was anchored: the heads of each tenant, ascending, and what is wrong."""

    heads: dict[UUID, list[Head]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    records: int = 0
    restored: list[AnchorRecord] = field(default_factory=list)
    # Up to where a restore vouched for what it found, whoever had signed it.
    vouched: dict[UUID, Head] = field(default_factory=dict)
    given_up: list[Gap] = field(default_factory=list)
    # The number of the last record, whether it is there or was left out.
    last: int = 0
    is_numbered: bool = False

    def take(self, line: str, *, keys: AuditKeys) -> None:
        """Take in one line, in the order in which lines were written."""
        self.records += 1
        record = self._read(line, keys=keys)
        if record is not None:
            self.take_record(record)

    def take_record(self, record: AnchorRecord | Gap) -> None:
        """Take in what was read of a line."""
        if not self._count(record):
            return
        if isinstance(record, Gap):
            if record.kind is GapKind.GIVEN_UP:
                self.given_up.append(record)
            return
        self._place(record)

    def _read(self, line: str, *, keys: AuditKeys) -> AnchorRecord | Gap | None:
        try:
            return anchored(line, keys=keys)
        except UnknownKey as problem:
            self._blame(FaultKind.UNKNOWN_KEY, f"anchor {self.records}: {problem}")
            # It was a record, whatever it says.
            self.last += 1
        except ValueError as problem:
            self._blame(FaultKind.ANCHOR, f"anchor {self.records}: {problem}")
        return None

    def _place(self, record: AnchorRecord) -> None:
        head = record.head
        kept = self.heads.setdefault(head.tenant_id, [])
        if record.kind is AnchorKind.RESTORED:
            self.restored.append(record)
            self.vouched[head.tenant_id] = head
            while kept and kept[-1].position > head.position:
                kept.pop()
        elif kept and head.position < kept[-1].position:
            problem_said = f"anchor {self.records} is older than the one before: it was replayed"
            self._blame(FaultKind.ANCHOR, problem_said, head=head)
            return
        if not kept or kept[-1].position < head.position:
            if head.position:
                kept.append(head)
        elif kept[-1].link != head.link:
            said = f"anchor {self.records}: two heads were anchored for this place"
            self._blame(FaultKind.ANCHOR, said, head=head)
        if len(kept) > HEADS_KEPT_MAX:
            del kept[1:-1:2]

    def hold_against(self, counted: int | None) -> None:
        """Tell what is wrong with how many there are, by the count that the database keeps.

        It is to be read before the records are, as the sealer goes on; None where it keeps none.
        """
        if counted is None and self.is_numbered:
            problem = "the database does not say any more how many heads were anchored"
            self._blame(FaultKind.ANCHOR, problem)
        elif counted is not None and counted > self.last:
            self._blame(
                FaultKind.ANCHOR,
                f"{counted} heads were anchored, and there are {self.last}: the file, or its end,"
                " was taken away",
            )

    def _count(self, record: AnchorRecord | Gap) -> bool:
        """Count it; False for one that stands where it does not belong."""
        first = record.first if isinstance(record, Gap) else record.number or self.last + 1
        last = record.last if isinstance(record, Gap) else first
        if first <= self.last:
            self._blame(
                FaultKind.ANCHOR, f"anchor {self.records} has a number that was before: a copy"
            )
            return False
        if first > self.last + 1:
            said = f"anchor {self.records}: those from {self.last + 1} to {first - 1} are missing"
            self._blame(FaultKind.ANCHOR, said)
        self.last = last
        self.is_numbered |= isinstance(record, Gap) or record.number > 0
        return True

    def take_all(self, lines: Iterable[str], *, keys: AuditKeys) -> "Anchors":
        """Take in several lines and return itself."""
        for line in lines:
            self.take(line, keys=keys)
        return self

    def _blame(self, kind: FaultKind, problem: str, *, head: Head | None = None) -> None:
        tenant_id = head.tenant_id if head is not None else UUID(int=0)
        position = head.position if head is not None else 0
        self.faults.append(
            Fault(tenant_id=tenant_id, position=position, kind=kind, problem=problem)
        )
