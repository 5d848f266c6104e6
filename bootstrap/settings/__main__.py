"""Print docs/settings.md: `python -m bootstrap.settings > docs/settings.md`."""

import sys

from adapters.settings.show import document
from bootstrap.settings.load import DECLARED

sys.stdout.write(document(DECLARED))
