"""What the kill switch decides."""
