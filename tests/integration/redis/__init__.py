"""What Redis does to those who share through it when it is away, slow or empty."""
