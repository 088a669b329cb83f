"""The assets a marketer sees, one noun a file, each with its checks."""
