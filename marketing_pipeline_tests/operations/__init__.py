"""Health, signs of life and alerts."""
