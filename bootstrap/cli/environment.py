"""Give commands the settings in force, or end with every fault of theirs."""

import os
from collections.abc import Mapping

from adapters.cli.failures import CommandFailed
from adapters.settings.faults import InvalidSettings
from adapters.settings.load import LoadedSettings
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings


def loaded_settings(
    overrides: Mapping[str, str | None] | None = None, *, listens: bool = False
) -> LoadedSettings[Settings]:
    """Load the settings; options that were not given are None.

    listens: whether the command is going to listen on http.host.
    """
    given = {name: text for name, text in (overrides or {}).items() if text is not None}
    try:
        return load_settings(environment=os.environ, overrides=given, listens=listens)
    except InvalidSettings as problem:
        raise CommandFailed(str(problem)) from problem
