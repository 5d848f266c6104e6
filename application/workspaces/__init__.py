"""Save, restore, list and delete people's workspaces."""
