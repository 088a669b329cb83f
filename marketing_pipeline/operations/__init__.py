"""Keeping the installation itself in order: health, signs of life, alerts."""
