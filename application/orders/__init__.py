"""Take an order from intake to the broker and back."""
