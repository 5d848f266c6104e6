"""Build what fetches models from a hub, for commands."""

from urllib.parse import urlsplit

from adapters.compute.hub import HUB, ModelHub
from adapters.system.loopback import is_loopback
from bootstrap.inference.engines import budget_bytes
from bootstrap.settings.sections import Settings
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused


def build_hub(settings: Settings) -> ModelHub:
    """Return the hub; raises InvalidValue for its address, ModelRefused where it is not asked."""
    endpoint = settings.inference.hub_url or HUB
    if settings.offline and not is_loopback(urlsplit(endpoint).hostname or ""):
        raise ModelRefused(
            f"{endpoint} is not on this machine, and an offline process does not ask it: fetch the"
            " files on another machine, and add the folder"
        )
    try:
        return ModelHub(endpoint=endpoint, bytes_max=budget_bytes(settings.inference))
    except InvalidValue as problem:
        raise InvalidValue(field="inference.hub_url", problem=problem.problem) from None
