"""Set how many examples properties are tried with: few by default, many where time allows."""

import os
import signal

from hypothesis import settings

# The same examples every time: a suite that fails must fail again when it is run again.
settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
# `make fuzz` and a curious developer ask for the other one.
settings.load_profile(os.environ.get("BALLAST_EXAMPLES_PROFILE", "quick"))

# Started in a script's background, a suite is born deaf to interrupts, and so would be every
# process that it starts: some tests interrupt those.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
