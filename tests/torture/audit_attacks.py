"""Tamper with an audit trail in every way that is open to whoever has the database.

The attacker can change every row, knows how everything is made, and lacks the keys. The
anchor's file can be written too, alone or with it; of that, nothing can be signed.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from domain.audit.chain import Link, linked
from domain.audit.entry import AuditEntry
from domain.audit.macs import START, AuditKeys, audit_keys
from tests.torture.audit_stored import Row, Stored, Trail, entry_of, heads_of, proven, written_of

Attack = Callable[[Trail, Stored, Random], None]

_FIELDS = tuple(field.name for field in fields(AuditEntry))
_PAIRS = ("detail", "before", "after")
_IDS = ("id", "tenant_id", "account_id", "session_id")
_TIMES = ("at", "market_at")


def edited(entry: AuditEntry, random: Random) -> AuditEntry:
    """Return the entry with one field changed, any of them."""
    name = random.choice(_FIELDS)
    value = getattr(entry, name)
    if name in _IDS:
        new: Any = UUID(int=random.getrandbits(128))
    elif name in _TIMES:
        new = (value or entry.at) + timedelta(microseconds=random.choice([1, -1, 10**6]))
    elif name in _PAIRS:
        pairs = list(value)
        new = tuple(random.choice([pairs[1:], [*pairs, ("x", "1")], [(pairs[0][0], "other")]]))
    else:
        new = random.choice([value[1:], f"{value} ", f"1:{value}"])
    changed: AuditEntry = replace(entry, **{name: new})
    return changed


def edit(_: Trail, stored: Stored, random: Random) -> None:
    """Change a field and nothing else."""
    row = random.choice(stored.rows)
    row.entry = edited(row.entry, random)


def edit_with_own_key(_: Trail, stored: Stored, random: Random) -> None:
    """Change a field and sign it with a key of one's own, under either name."""
    own = audit_keys(random.randbytes(32))
    row = random.choice(stored.rows)
    forged = proven(edited(row.entry, random), seq=row.seq, keys=own)
    row.entry, row.mac = forged.entry, forged.mac
    if random.random() < 0.5:
        row.key_id = forged.key_id
    if random.random() < 0.5:
        _change_links(stored, row, mac=forged.mac)


def edit_and_relink(_: Trail, stored: Stored, random: Random) -> None:
    """Change a field and make every later link anew."""
    own = audit_keys(random.randbytes(32))
    row = random.choice(stored.rows)
    forged = proven(edited(row.entry, random), seq=row.seq, keys=own)
    forged.entry = replace(forged.entry, tenant_id=row.entry.tenant_id)
    row.entry, row.mac = forged.entry, forged.mac
    _relink(stored, row.entry.tenant_id, keys=own, random=random)


def swap_proof(_: Trail, stored: Stored, random: Random) -> None:
    """Put another entry's content and proof in an entry's place."""
    first, second = random.sample(stored.rows, 2)
    first.entry, second.entry = second.entry, first.entry
    first.mac, second.mac = second.mac, first.mac
    first.key_id, second.key_id = second.key_id, first.key_id


def delete_entry(_: Trail, stored: Stored, random: Random) -> None:
    """Take an entry away."""
    stored.rows.remove(random.choice(stored.rows))


def delete_with_link(_: Trail, stored: Stored, random: Random) -> None:
    """Take an entry and its link away; the later ones may move up."""
    link = random.choice(stored.links)
    stored.rows = [row for row in stored.rows if row.seq != link.seq]
    stored.links.remove(link)
    if random.random() < 0.7:
        stored.links = [
            replace(one, position=one.position - 1)
            if one.tenant_id == link.tenant_id and one.position > link.position
            else one
            for one in stored.links
        ]


def delete_and_relink(_: Trail, stored: Stored, random: Random) -> None:
    """Take an entry away and make the chain anew."""
    row = random.choice(stored.rows)
    stored.rows.remove(row)
    own = audit_keys(random.randbytes(32))
    _relink(stored, row.entry.tenant_id, keys=own, random=random)


def swap_links(_: Trail, stored: Stored, random: Random) -> None:
    """Let two links of a chain change places."""
    chain = stored.chain(random.choice(stored.links).tenant_id)
    first, second = random.sample(range(len(chain)), 2)
    a, b = chain[first], chain[second]
    stored.links.remove(a)
    stored.links.remove(b)
    stored.links += [replace(a, position=b.position), replace(b, position=a.position)]


def edit_link(_: Trail, stored: Stored, random: Random) -> None:
    """Change a field of a link."""
    at = random.randrange(len(stored.links))
    link = stored.links[at]
    changes: list[dict[str, Any]] = [
        {"mac": random.randbytes(32)},
        {"link": random.randbytes(32)},
        {"entry_id": UUID(int=random.getrandbits(128))},
        {"adopted": not link.adopted},
        {"key_id": "0" * 16},
        {"seq": link.seq + random.choice([-1, 1, 1000])},
        {"position": link.position + random.choice([-1, 1, 1000])},
    ]
    stored.links[at] = replace(link, **random.choice(changes))


def truncate(_: Trail, stored: Stored, random: Random) -> None:
    """Cut a chain's end off, with its entries."""
    chain = stored.chain(random.choice(stored.links).tenant_id)
    _cut(stored, chain, keep=random.randrange(len(chain)))


def truncate_and_go_on(made: Trail, stored: Stored, random: Random) -> None:
    """Cut a chain's end off, and let the sealer go on behind it."""
    chain = stored.chain(random.choice(stored.links).tenant_id)
    _cut(stored, chain, keep=random.randrange(len(chain)))
    for _ in range(random.randrange(1, 12)):
        seq = max([stored.sealed, *(row.seq for row in stored.rows)]) + 1
        tenant_id = chain[0].tenant_id
        stored.rows.append(proven(entry_of(random, tenant_id), seq=seq, keys=made.keys))
    made.seal(stored)
    made.anchor(stored)


def replay_head(_: Trail, stored: Stored, random: Random) -> None:
    """Cut a chain to where an old anchor stands, and anchor that one again."""
    chain = stored.chain(random.choice(stored.links).tenant_id)
    old = random.choice(stored.lines[: len(stored.lines) // 2])
    _cut(stored, chain, keep=random.randrange(len(chain)))
    stored.lines.append(old)


def forge_anchor(_: Trail, stored: Stored, random: Random) -> None:
    """Change an anchor."""
    at = random.randrange(len(stored.lines))
    line = stored.lines[at]
    digits = [place for place, one in enumerate(line) if one in "0123456789"]
    place = random.choice(digits)
    other = random.choice([one for one in "0123456789" if one != line[place]])
    stored.lines[at] = line[:place] + other + line[place + 1 :]


def delete_anchors(made: Trail, stored: Stored, random: Random) -> None:
    """Take the anchor's file away, and at times let the sealer begin a new one."""
    stored.lines.clear()
    if random.random() < 0.5:
        made.anchor(stored)


def cut_anchors(_: Trail, stored: Stored, random: Random) -> None:
    """Cut the end of the anchor's file off."""
    del stored.lines[random.randrange(len(stored.lines)) :]


def take_an_anchor(made: Trail, stored: Stored, random: Random) -> None:
    """Take lines out of the anchor's file, which may go on behind them."""
    for _ in range(random.randrange(1, 4)):
        stored.lines.pop(random.randrange(len(stored.lines)))
    if random.random() < 0.5:
        made.anchor(stored)


def fill_up_anchors(_: Trail, stored: Stored, random: Random) -> None:
    """Cut the anchor's file, and put copies of older lines in the place of what is gone."""
    keep = random.randrange(1, len(stored.lines))
    gone = len(stored.lines) - keep
    del stored.lines[keep:]
    stored.lines += random.choices(stored.lines, k=gone)


def insert_unsigned(_: Trail, stored: Stored, random: Random) -> None:
    """Add an entry without a proof, or with that of another, to be sealed or as sealed."""
    seq = stored.sealed + 1
    known = random.choice(stored.rows)
    entry = entry_of(random, known.entry.tenant_id)
    mac = random.choice([b"", known.mac, random.randbytes(32)])
    stored.rows.append(Row(seq, entry, known.key_id if mac else "", mac))


def insert_and_seal(made: Trail, stored: Stored, random: Random) -> None:
    """Add an entry without a right proof, and let the sealer take it."""
    insert_unsigned(made, stored, random)
    made.seal(stored)


def copy_and_seal(made: Trail, stored: Stored, random: Random) -> None:
    """Add a right entry a second time, and let the sealer take it."""
    row = replace(random.choice(stored.rows), seq=stored.sealed + 1)
    stored.rows.append(row)
    if random.random() < 0.7:
        made.seal(stored)


def hide_from_sealer(made: Trail, stored: Stored, random: Random) -> None:
    """Tell the sealer that a new entry is in the chain already."""
    seq = stored.sealed + 1
    tenant_id = random.choice(made.tenants)
    stored.rows.append(proven(entry_of(random, tenant_id), seq=seq, keys=made.keys))
    stored.sealed = seq


def forge_link(_: Trail, stored: Stored, random: Random) -> None:
    """Add an entry with a link of one's own behind the chain's end."""
    own = audit_keys(random.randbytes(32))
    tenant_id = random.choice(stored.links).tenant_id
    seq = stored.sealed + 1
    stored.rows.append(proven(entry_of(random, tenant_id), seq=seq, keys=own))
    head = heads_of(stored)[tenant_id]
    stored.links += [
        Link(
            tenant_id=tenant_id,
            position=head.position + 1,
            seq=seq,
            entry_id=stored.rows[-1].entry.id,
            mac=stored.rows[-1].mac,
            key_id=random.choice([own.current.id, stored.links[0].key_id]),
            adopted=random.random() < 0.5,
            link=random.choice([random.randbytes(32), START]),
        )
    ]
    stored.sealed = seq


def lose_key(_: Trail, stored: Stored, random: Random) -> None:
    """Name a key that nobody has."""
    random.choice(stored.rows).key_id = f"{random.getrandbits(64):016x}"


ATTACKS: tuple[Attack, ...] = (
    edit,
    edit_with_own_key,
    edit_and_relink,
    swap_proof,
    delete_entry,
    delete_with_link,
    delete_and_relink,
    swap_links,
    edit_link,
    truncate,
    truncate_and_go_on,
    replay_head,
    forge_anchor,
    delete_anchors,
    cut_anchors,
    take_an_anchor,
    fill_up_anchors,
    insert_unsigned,
    insert_and_seal,
    copy_and_seal,
    hide_from_sealer,
    forge_link,
    lose_key,
)


def _change_links(stored: Stored, row: Row, *, mac: bytes) -> None:
    stored.links = [
        replace(link, mac=mac) if link.seq == row.seq else link for link in stored.links
    ]


def _cut(stored: Stored, chain: list[Link], *, keep: int) -> None:
    gone = {link.seq for link in chain[keep:]}
    stored.links = [link for link in stored.links if link.seq not in gone]
    stored.rows = [row for row in stored.rows if row.seq not in gone]


def _relink(stored: Stored, tenant_id: UUID, *, keys: AuditKeys, random: Random) -> None:
    """Make a tenant's chain anew with a key of the attacker's, under its name or ours."""
    known = stored.links[0].key_id
    rows = [row for row in stored.rows if row.entry.tenant_id == tenant_id]
    written = [written_of(row) for row in sorted(rows, key=lambda row: row.seq)]
    fresh = linked(written, heads={}, key=keys.current, adopt_up_to=0)
    named = keys.current.id if random.random() < 0.3 else known
    stored.links = [link for link in stored.links if link.tenant_id != tenant_id]
    stored.links += [replace(link, key_id=named) for link in fresh]
