"""What the figures of all benchmarks should come to."""
