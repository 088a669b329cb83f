"""Tests, laid out like the package; `faults/` and `end_to_end/` stand beside it."""
