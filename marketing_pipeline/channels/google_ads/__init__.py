"""Google Ads through the genuine client: one account at a time, read in pages, changed one field at a time."""
