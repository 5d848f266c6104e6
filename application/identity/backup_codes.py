"""Draw a user's backup codes, and keep them in place of the earlier ones."""

from collections.abc import Sequence
from datetime import datetime

from domain.identity.factor_codes import BACKUP_BYTES, BACKUP_CODES, backup_text, digest_of_backup
from domain.identity.factors import BackupCode
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.randomness import Randomness


def drawn_codes(randomness: Randomness) -> Sequence[str]:
    """Return new codes, as they are told."""
    return [backup_text(randomness.token(BACKUP_BYTES)) for _ in range(BACKUP_CODES)]


async def put_codes(
    scope: IdentityScope, user: User, *, texts: Sequence[str], at: datetime
) -> None:
    """Keep a user's codes, as their SHA-256; those of before are void."""
    codes = [
        BackupCode(
            digest=digest_of_backup(text), tenant_id=user.tenant_id, user_id=user.id, created_at=at
        )
        for text in texts
    ]
    await scope.factors.put_codes(codes, user_id=user.id, at=at)
