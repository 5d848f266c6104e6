"""One database, one Kafka, one data folder, and the workers of Ballast over them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from bootstrap.cli.owner_token import owner_token
from bootstrap.settings.load import load_settings
from tests.torture.context import Context
from tests.torture.processes import free_port
from tests.torture.workers.nursery import Life, Nursery, clean_environment

KEY_ID = "torture-1"
SECRET = "a-secret-of-the-torture-that-is-long-enough"
ACTOR = "producer:torture"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Where workers are started; they share everything but their processes."""

    nursery: Nursery
    folder: Path
    database_url: str
    # Of a Kafka; empty for none.
    bootstrap: str
    settings: Mapping[str, str]
    port: int = field(default_factory=free_port)
    keys: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every worker."""
        return {
            **clean_environment(),
            "BALLAST_CONFIG": "",
            "BALLAST_PROFILE": "cluster",
            "BALLAST_DATABASE_URL": self.database_url,
            "BALLAST_DATA_DIR": str(self.folder / "data"),
            "BALLAST_HTTP_PORT": str(self.port),
            "BALLAST_TOKEN_ACCESS_S": "86400",
            "BALLAST_IDENTITY_STEP_UP_S": "86400",
            "BALLAST_LOG_FORMAT": "json",
            "BALLAST_LOG_LEVEL": "warning",
            "BALLAST_REPLAY_PAUSED": "true",
            **(self._of_kafka() if self.bootstrap else {}),
            **({"BALLAST_COMMANDS_KEYS": self.keys} if self.keys else {}),
            **self.settings,
        }

    def _of_kafka(self) -> Mapping[str, str]:
        return {
            "BALLAST_KAFKA_BOOTSTRAP": self.bootstrap,
            "BALLAST_KAFKA_GROUP": f"torture-{self.folder.name}",
        }

    def worker(
        self,
        *roles: str,
        name: str = "",
        holder: str | None = None,
        failpoint: str | None = None,
        raises: bool = False,
        **settings: str,
    ) -> Life:
        """Begin a worker."""
        return self.nursery.fork(
            "worker",
            name=name or "-".join(roles),
            environment=self.environment | settings,
            roles=roles,
            holder=holder,
            failpoint=failpoint,
            raises=raises,
        )

    def context(self) -> Context:
        """Give a client of the API, in the owner's name."""
        settings = load_settings(environment=self.environment).settings
        return Context(url=f"http://127.0.0.1:{self.port}", token=owner_token(settings))

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Ask the database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def holder(self, job: str) -> str:
        """Return who holds a job's lease now."""
        found = await self.fetch(
            "SELECT holder FROM leases WHERE name = $1 AND expires_at > clock_timestamp()", job
        )
        return str(found[0]["holder"]) if found else ""

    async def tenant(self) -> UUID:
        """Return the tenant that was founded."""
        ((tenant,),) = await self.fetch("SELECT id FROM tenants")
        return UUID(str(tenant))

    async def let_commands_in(self) -> None:
        """Make a key for commands; workers that begin after this know it."""
        key = {"id": KEY_ID, "secret": SECRET, "tenant": str(await self.tenant()), "actor": ACTOR}
        self.keys = json.dumps([key])
