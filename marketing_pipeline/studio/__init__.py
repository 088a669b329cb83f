"""Renders creatives from a brief and a brand, and measures what came out."""
