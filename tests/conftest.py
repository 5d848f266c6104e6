"""Set how many examples properties are tried with: few by default, many where time allows."""

import os

from hypothesis import settings

# The same examples every time: a suite that fails must fail again when it is run again.
settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
# `make fuzz` and a curious developer ask for the other one.
settings.load_profile(os.environ.get("BALLAST_EXAMPLES_PROFILE", "quick"))
