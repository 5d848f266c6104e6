"""Name the place that a secret belongs to, and bind what is sealed to it."""

from dataclasses import dataclass
from uuid import UUID

from domain.shared.values import InvalidValue

# The version of the written form; it is part of what every seal is bound to.
FORMAT = 1
VERSION_MAX = 2**31 - 1
_NAME_MAX = 200
_CONTEXT = b"ballast secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAddress:
    """One column of one row of one tenant: a secret opens here and nowhere else."""

    tenant_id: UUID
    table: str
    column: str
    row: str

    def __post_init__(self) -> None:
        for name in ("table", "column", "row"):
            value: str = getattr(self, name)
            if not 1 <= len(value) <= _NAME_MAX or not value.isprintable():
                raise InvalidValue(field=name, problem=f"must be 1 to {_NAME_MAX} characters")

    def context(self) -> bytes:
        """Return the place as bytes that no other place has."""
        return _joined(
            _CONTEXT,
            self.tenant_id.bytes,
            self.table.encode(),
            self.column.encode(),
            self.row.encode(),
        )


def bound_to(row: RowAddress, *, purpose: str, key_version: int) -> bytes:
    """Return the associated data of a seal: format, tenant, table, column, row, key version.

    purpose tells the data from the key that it is sealed with.
    """
    return _joined(
        FORMAT.to_bytes(1, "big"),
        purpose.encode(),
        row.context(),
        key_version.to_bytes(4, "big"),
    )


def _joined(*parts: bytes) -> bytes:
    """Put each part behind its length: two lists of parts never give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
