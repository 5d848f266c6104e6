"""Know what belongs to an area: the files that are changed, and the tests that should notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Area:
    """Some files of the product, the tests near them, and how many mutants these must kill."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]
    goal: float


def _security(*names: str) -> tuple[str, ...]:
    return tuple(f"adapters/security/{name}.py" for name in names)


AREAS = (
    Area(
        name="identity",
        sources=(
            "domain/identity/*.py",
            "application/identity/*.py",
            *_security(
                "breached", "command_keys", "common_passwords", "key_ring", "keys", "passwords"
            ),
            *_security("tokens"),
        ),
        tests=(
            "tests/unit/domain/identity",
            "tests/unit/application/identity",
            "tests/unit/adapters/security",
            "tests/unit/adapters/http/test_identity.py",
            "tests/unit/adapters/http/test_members.py",
            "tests/contracts/identity/test_scope.py",
            "tests/contracts/identity/test_tokens.py",
            "tests/contracts/identity/test_users.py",
            "tests/contracts/identity/test_hashers.py",
            # No server, but real files and RSA keys.
            "tests/integration/adapters/security",
        ),
        goal=0.85,
    ),
    Area(
        name="secrets",
        sources=(
            "domain/secrets/*.py",
            "application/secrets/*.py",
            *_security("envelope", "given_keys", "key_files", "local_keys"),
            "adapters/hashicorp_vault/*.py",
        ),
        tests=(
            "tests/unit/domain/secrets",
            "tests/unit/application/secrets",
            "tests/unit/adapters/security",
            "tests/unit/adapters/hashicorp_vault",
            "tests/unit/adapters/http/test_api_keys.py",
            "tests/contracts/secrets/test_keys.py",
            "tests/contracts/secrets/test_memory.py",
        ),
        goal=0.85,
    ),
    Area(
        name="audit",
        sources=(
            "domain/audit/*.py",
            "application/audit/*.py",
            *_security("anchor_file", "audit_keys"),
        ),
        tests=(
            "tests/unit/domain/audit",
            "tests/unit/application/audit",
            "tests/unit/adapters/security",
            "tests/unit/adapters/http/test_audit.py",
            "tests/contracts/audit/test_memory.py",
        ),
        goal=0.85,
    ),
    Area(
        name="risk",
        sources=("domain/risk/*.py", "application/risk/*.py"),
        tests=(
            "tests/unit/domain/risk",
            "tests/unit/application/risk",
            # The gatekeeper's: what commissions set aside, and the day that is to come.
            "tests/unit/application/orders/test_commissions.py",
            "tests/unit/application/orders/test_submit_at_open.py",
        ),
        goal=0.95,
    ),
    Area(
        name="orders",
        sources=("domain/orders/*.py", "application/orders/*.py"),
        tests=(
            "tests/unit/domain/orders",
            "tests/unit/application/orders",
            "tests/unit/application/kill_switch",
            "tests/unit/adapters/http/test_orders.py",
            "tests/unit/adapters/http/test_order_changes.py",
            "tests/contracts/orders/test_memory.py",
        ),
        goal=0.85,
    ),
    Area(
        name="ledger",
        sources=("domain/accounts/*.py", "application/accounts/*.py"),
        tests=(
            "tests/unit/domain/accounts",
            "tests/unit/application/accounts",
            "tests/contracts/accounts/test_memory.py",
        ),
        goal=0.85,
    ),
)
BY_NAME = {area.name: area for area in AREAS}


def files_of(area: Area) -> Sequence[str]:
    """Return the area's files as paths from the root, in order."""
    return sorted(
        str(path.relative_to(ROOT)) for pattern in area.sources for path in ROOT.glob(pattern)
    )


def suites_of(area: Area) -> Sequence[str]:
    """Return those of the area's tests that are there: an area may still lack a folder."""
    return [path for path in area.tests if (ROOT / path).exists()]
