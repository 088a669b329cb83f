"""An operating system for marketing work: models reason, deterministic code acts, people decide."""

__version__ = "0.1.0"
