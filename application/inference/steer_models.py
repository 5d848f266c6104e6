"""Load and unload models for somebody, and put down who it was."""

from collections.abc import Mapping
from dataclasses import dataclass

from application.audit.record import Recorder
from application.inference.serve_models import ServeModels
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.inference.model import ModelKey, ServedModel, checked_name, newest
from domain.shared.notices import Notice

CHANNEL = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerModels:
    """Change what is served; models are no rows: what cannot be recorded is not done."""

    models: ServeModels
    record: Recorder
    changes: Changes

    async def load(
        self, name: str, *, version: str | None, pinned: bool | None, by: Asker
    ) -> ServedModel:
        """Serve a version, the newest without one named.

        Raises InvalidValue, NoModel, CannotServe, storage errors.
        """
        key = ModelKey(name, version) if version is not None else None
        await self._put_down("inference.model.load", name, version or "newest", by)
        if key is None:
            found = await self.models.get(name)
            key = ModelKey(name, newest(found.versions) or "")
        served = await self.models.load(key, pinned=pinned)
        facts = served.facts
        body = {
            "name": name,
            "version": served.key.version,
            "sha256": facts.sha256,
            "engine": served.engine,
        }
        await self._tell("inference.loaded", body, by)
        return served

    async def unload(self, name: str, *, by: Asker) -> None:
        """Serve it no longer; raises InvalidValue, NoModel, CannotServe, storage errors."""
        await self._put_down("inference.model.unload", name, "", by)
        await self.models.unload(name)
        await self._tell("inference.unloaded", {"name": name}, by)

    async def _put_down(self, action: str, name: str, version: str, by: Asker) -> None:
        await self.record(
            tenant_id=by.tenant_id,
            actor=by.actor,
            action=action,
            subject=checked_name(name),
            trace_id=by.trace_id,
            detail=(("version", version),) if version else (),
        )

    async def _tell(self, kind: str, body: Mapping[str, str], by: Asker) -> None:
        """Tell the tenant what was done; who asked may ask again where this cannot be stored."""
        notice = Notice(
            id=self.changes.ids.new(),
            tenant_id=by.tenant_id,
            account_id=None,
            channel=CHANNEL,
            sequence=0,
            type=kind,
            subject=body["name"],
            at=self.changes.clock.now(),
            market_at=self.changes.market_now(),
            body=body,
        )
        await self.changes.run(lambda work: work.tell(notice), tenant_id=by.tenant_id)
