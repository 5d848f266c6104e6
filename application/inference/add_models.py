"""Put models into the operator's folder: all that are given, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.inference.model import ModelFacts, ModelKey, newest
from ports.inference import Examiner, ModelFiles, ModelRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedModel:
    """A model that is in the folder now; known: those very bytes lay there before."""

    key: ModelKey
    facts: ModelFacts
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AddModels:
    """Looks at each file as the server would, and adds them together."""

    files: ModelFiles
    examiner: Examiner

    async def following(self, name: str) -> str:
        """Return the version after the newest of a model, 1 for a new one.

        Raises ModelRefused where that is no number.
        """
        there = newest(one.version for one in await self.files.list() if one.name == name)
        if there is None:
            return "1"
        if not there.isdigit():
            raise ModelRefused(f"its newest version {there} is no number: name the new one")
        return str(int(there) + 1)

    async def add(self, contents: Mapping[ModelKey, bytes]) -> Sequence[AddedModel]:
        """Add them, or none; raises ModelRefused with each file that is to blame, EngineMissing."""
        added: list[AddedModel] = []
        problems: list[str] = []
        for key, content in contents.items():
            try:
                before = await self.files.read(key)
                if before is not None and before != content:
                    raise ModelRefused("that version is there already, with other bytes")
                facts = (await self.examiner.examine(content)).facts
            except ModelRefused as problem:
                problems.append(f"{key}: {problem}")
                continue
            added.append(AddedModel(key=key, facts=facts, known=before is not None))
        if problems:
            raise ModelRefused("; ".join(problems))
        await self.files.add({one.key: contents[one.key] for one in added if not one.known})
        return added
