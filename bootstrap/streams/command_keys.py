"""Tell the storage which command keys there are, so that none is disabled by a wrong name."""

from adapters.security.command_keys import read_command_keys
from bootstrap.areas import identity
from bootstrap.parts import Parts


async def note_command_keys(parts: Parts) -> None:
    """Note those that this process was given; others may have been given more."""
    keys = read_command_keys(parts.settings.commands.keys)
    await parts.of(identity.build).facade.users.note_keys(keys.names())
