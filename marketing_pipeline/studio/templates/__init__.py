"""The layouts: one file a template, each with several arrangements chosen by the artwork seed."""
