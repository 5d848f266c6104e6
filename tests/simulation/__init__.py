"""Run the complete application under a virtual clock, with faults, from one seed."""
