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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRecord:
    """A head that was kept outside, and when."""

    kind: AnchorKind
    head: Head
    at: datetime


def anchor_line(record: AnchorRecord, *, keys: AuditKeys) -> str:
    """Return the record as one line of text, signed, without the line's end."""
    head, key = record.head, keys.current
    said = {
        "v": "1",
        "kind": record.kind.value,
        "tenant": str(head.tenant_id),
        "position": str(head.position),
        "link": head.link.hex(),
        "at": time_text(record.at),
        "key": key.id,
    }
    return json.dumps(said | {"mac": key.anchor(_signed(said)).hex()}, separators=(",", ":"))


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
        )
        key_id, signed = str(said["key"]), _signed(said)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as problem:
        raise ValueError("it is no record of ours") from problem
    if not compare_digest(keys.named(key_id).anchor(signed), given):
        raise ValueError("its signature is wrong")
    if len(record.head.link) != MAC_BYTES or record.head.position < 0:
        raise ValueError("it names no place of a chain")
    return record


def _signed(said: dict[str, str]) -> bytes:
    names = ("v", "kind", "tenant", "position", "link", "at", "key")
    # None of the values has a space in it.
    return ("ballast.audit.anchor.1 " + " ".join(str(said[name]) for name in names)).encode()


@dataclass(slots=True)
class Anchors:
    """Everything that was anchored: the heads of each tenant, ascending, and what is wrong."""

    heads: dict[UUID, list[Head]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    records: int = 0
    restored: list[AnchorRecord] = field(default_factory=list)
    # Up to where a restore vouched for what it found, whoever had signed it.
    vouched: dict[UUID, Head] = field(default_factory=dict)

    def take(self, line: str, *, keys: AuditKeys) -> None:
        """Take in one line, in the order in which lines were written."""
        self.records += 1
        try:
            record = anchor_record(line, keys=keys)
        except UnknownKey as problem:
            self._blame(FaultKind.UNKNOWN_KEY, f"anchor {self.records}: {problem}")
            return
        except ValueError as problem:
            self._blame(FaultKind.ANCHOR, f"anchor {self.records}: {problem}")
            return
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
