"""Put users into storage, of the founded tenant and of others, as nothing but a test does yet."""

from adapters.memory.access import MemoryMembers
from adapters.postgres.identity.access import PostgresMembers, add_member
from domain.identity.access import Role
from domain.identity.member import NAME_LENGTH_MAX, Member, MemberKind
from domain.identity.tenant import Tenant, User
from ports.access import Members


async def add_tenant(members: Members, tenant: Tenant) -> None:
    """Store another tenant."""
    if isinstance(members, MemoryMembers):
        (await members.link.enter()).tenants[tenant.id] = tenant
        return
    assert isinstance(members, PostgresMembers)
    async with members._database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )


async def add_user(members: Members, user: User, *, role: Role) -> Member:
    """Store a user of a tenant and the member that it is."""
    member = Member(
        id=user.id,
        tenant_id=user.tenant_id,
        kind=MemberKind.PERSON,
        role=role,
        name=user.email[:NAME_LENGTH_MAX],
        created_at=user.created_at,
        email=user.email,
    )
    if isinstance(members, MemoryMembers):
        database = await members.link.enter()
        database.users[user.id] = user
        database.members[member.id] = member
        return member
    assert isinstance(members, PostgresMembers)
    async with members._database.system.transaction() as connection:
        await connection.execute(
            "INSERT INTO users (id, tenant_id, email, password_hash, created_at, address)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            user.id,
            user.tenant_id,
            user.email,
            user.password_hash,
            user.created_at,
            user.address,
        )
        await add_member(connection, member)
    return member
