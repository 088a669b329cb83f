"""Models reason here: each agent turns domain objects into one question and returns a checked domain model."""
