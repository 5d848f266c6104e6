"""Load and unload models for somebody, and put down who it was."""

from dataclasses import dataclass

from application.audit.record import Recorder
from application.inference.serve_models import ServeModels
from application.shared.asker import Asker
from domain.inference.model import ModelKey, ServedModel, checked_name, newest


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerModels:
    """Change what is served; models are no rows: what cannot be recorded is not done."""

    models: ServeModels
    record: Recorder

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
        return await self.models.load(key, pinned=pinned)

    async def unload(self, name: str, *, by: Asker) -> None:
        """Serve it no longer; raises InvalidValue, NoModel, CannotServe, storage errors."""
        await self._put_down("inference.model.unload", name, "", by)
        await self.models.unload(name)

    async def _put_down(self, action: str, name: str, version: str, by: Asker) -> None:
        await self.record(
            tenant_id=by.tenant_id,
            actor=by.actor,
            action=action,
            subject=checked_name(name),
            trace_id=by.trace_id,
            detail=(("version", version),) if version else (),
        )
