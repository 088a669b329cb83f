"""The tea room's office with the sandbox's model behind a real socket."""

from marketing_pipeline_tests.cli.conftest import brands, office, run
from marketing_pipeline_tests.conversation.conftest import model, model_service

__all__ = ["brands", "model", "model_service", "office", "run"]
