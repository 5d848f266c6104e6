"""Print docs/settings.md: `python -m bootstrap.settings > docs/settings.md`."""

import sys

from bootstrap.settings.show import document

sys.stdout.write(document())
