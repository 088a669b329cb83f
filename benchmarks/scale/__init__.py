"""What docs/scale.md is computed from: measured unit costs, the sums, and the model of the run queue."""
