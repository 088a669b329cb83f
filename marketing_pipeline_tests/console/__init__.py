"""The console, served for real on loopback."""
