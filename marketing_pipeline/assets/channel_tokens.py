"""The op that keeps channel tokens alive: no asset, since nothing of a token may be shown."""

import dagster as dg

from marketing_pipeline.workplace import Workplace


@dg.op(description="Refreshes each token that is due, one account after another.")
def refresh_due_tokens(context: dg.OpExecutionContext, workplace: dg.ResourceParam[Workplace]) -> None:
    """The others were refreshed all the same; what failed is tried again by itself."""
    done = workplace.tokens.refresh()
    context.add_output_metadata({each.brand: f"{each.outcome}. {each.detail}" for each in done})
