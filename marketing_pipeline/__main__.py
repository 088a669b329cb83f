"""`python -m marketing_pipeline` is the `marketing` command."""

from marketing_pipeline.cli import main

main()
