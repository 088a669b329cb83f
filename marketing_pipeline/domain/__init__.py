"""Pure rules and frozen models of marketing work. Imports nothing else of this package and does no input or output."""
