"""Read by Alembic: run the migrations on the caller's connection and in its transaction."""

from alembic import context

from marketing_pipeline.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
