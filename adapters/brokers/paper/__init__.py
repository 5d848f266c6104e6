"""Trade on paper: a deterministic venue, in process or as a process of its own."""
