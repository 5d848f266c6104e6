"""How much is run together."""

# Rows of a batch, unless a setting says otherwise.
ROWS_MAX = 32
