"""One installation, opened: its stores, clock, brands and clients. Runs and commands share it."""

from marketing_pipeline.workplace.workplace import Workplace

__all__ = ["Workplace"]
