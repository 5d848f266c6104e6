"""Say what margin accounts take, warn of calls, and give positions back."""
