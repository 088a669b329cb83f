"""Use cases: they put reasoning, stores and studio in order. One file each."""
