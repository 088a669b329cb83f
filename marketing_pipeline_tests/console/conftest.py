"""The tea room's office, for a console to look at."""

from marketing_pipeline_tests.cli.conftest import brands, office

__all__ = ["brands", "office"]
