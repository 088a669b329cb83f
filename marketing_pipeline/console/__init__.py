"""The console: the process that people and monitoring look at."""
