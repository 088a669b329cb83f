"""Performs side effects from rows of the effect ledger, and from nothing else."""
