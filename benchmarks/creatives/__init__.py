"""Good creatives and broken ones, made by code: what the checks of the studio are measured on."""
