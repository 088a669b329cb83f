"""The pages that operators look at, one noun a file."""
