"""Run the command line as `python -m bootstrap.cli`."""

from bootstrap.cli import main

main()
