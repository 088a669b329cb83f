"""One suite an agent: what is looked at in its answers, and how each criterion is scored."""
