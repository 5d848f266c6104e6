"""Say which files an installation lives by, so that it is looked whether others can read them."""

from adapters.system import file_modes
from bootstrap.audit.keys import anchor_folder
from bootstrap.choices import VENUE_FOLDER
from bootstrap.settings.sections import Settings

KEYS_FOLDER = "keys"


def check_private(settings: Settings) -> None:
    """Raise FilesOpen for the first of our files and folders that is not ours alone."""
    folder = settings.data_dir.absolute()
    closed = [folder / KEYS_FOLDER, folder / VENUE_FOLDER, anchor_folder(settings).absolute()]
    file_modes.check_private(folder, closed=closed)
