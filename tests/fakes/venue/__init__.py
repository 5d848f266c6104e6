"""A venue whose faults are told: one matching core, in front of it the wire of each adapter."""
