"""The command's entry: commands are registered here; expected failures end with one line and exit code 1."""

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from dotenv import load_dotenv

from marketing_pipeline.cli.completion import COMPLETE_VARIABLE, answer_shells
from marketing_pipeline.cli.lazy_command import lazy_group
from marketing_pipeline.domain.errors import MarketingError

_HERE = "marketing_pipeline.cli"
COMMANDS = (
    ("demo", f"{_HERE}.demo:demo", "Live through some weeks in the sandbox, then look ahead."),
    ("up", f"{_HERE}.up:up", "Serve the sandbox, the Dagster UI, the daemon and the console; Ctrl-C stops all."),
    ("console", f"{_HERE}.console:console", "Serve health and figures on this machine, and watch over the rest."),
    ("run", f"{_HERE}.run:run_app", "Run work through Dagster, in this process."),
    ("status", f"{_HERE}.status:status_app", "What is due, stuck, waiting for a person and spent, in one screen."),
    (
        "doctor",
        f"{_HERE}.doctor:doctor_app",
        "Check everything this installation rests on; each row says how to mend it.",
    ),
    ("posts", f"{_HERE}.posts:posts_app", "The queue: look at posts, edit, hold, move, retry and cancel them."),
    ("rules", f"{_HERE}.rules:rules_app", "What a brand has learnt from people's edits, and rules stated by them."),
    ("learnings", f"{_HERE}.learnings:learnings_app", "What works, as far as it is known, and the posts it rests on."),
    (
        "experiments",
        f"{_HERE}.experiments:experiments_app",
        "Planned comparisons of two levels: what they need, and what they say.",
    ),
    ("ads", f"{_HERE}.ads:ads_app", "Ad changes: what is proposed, approved and applied; take one back."),
    ("approvals", f"{_HERE}.approvals:approvals_app", "The gate: what waits for a person's decision."),
    ("effects", f"{_HERE}.effects:effects_app", "The ledger: every act on the outside world, and what came of it."),
    ("alerts", f"{_HERE}.alerts:alerts_app", "What people must hear about, and who has taken it on."),
    ("tokens", f"{_HERE}.tokens:tokens_app", "Access tokens of channels: when they end, and refreshing them."),
    ("users", f"{_HERE}.users:users_app", "Who works here, with their roles."),
    ("login-link", f"{_HERE}.login_link:login_link_app", "A link into the console that works once."),
    ("api-tokens", f"{_HERE}.api_tokens:api_tokens_app", "Tokens for programs that call the JSON API."),
    ("pause", f"{_HERE}.kill_switch:pause_app", "Stop all effects at once, or those of a brand or channel."),
    ("resume", f"{_HERE}.kill_switch:resume_app", "Lift a pause."),
    ("audit", f"{_HERE}.audit:audit_app", "The log of every decision, effect and change."),
    ("backup", f"{_HERE}.backup:backup_app", "Back this installation up while it works; check a backup."),
    ("restore", f"{_HERE}.restore:restore_app", "Put a backup in the place of the home."),
    ("reconcile", f"{_HERE}.reconcile:reconcile_app", "After a restore: compare the channels, then let effects run."),
    (
        "move",
        f"{_HERE}.move:move_app",
        "From one machine to many: control plane to PostgreSQL, ad facts to the lake.",
    ),
    ("prune", f"{_HERE}.prune:prune_app", "Remove what is no longer of use."),
    ("chat", f"{_HERE}.chat:chat_app", "Ask the orchestrator: it reads everything, proposes, and never acts."),
    ("mcp", f"{_HERE}.mcp:mcp_app", "The orchestrator's tools for an MCP client, over stdio."),
    ("eval", f"{_HERE}.evals:eval_app", "How good the agents are, and whether the scorers can be trusted."),
    ("sql", f"{_HERE}.sql:sql_app", "Ask the newest warehouse snapshot, read-only."),
    ("export", f"{_HERE}.export:export_app", "Write the newest warehouse snapshot to a folder, as Parquet or CSV."),
    ("completion", f"{_HERE}.completion:completion_app", "Let your shell complete commands, brands and ids."),
    ("sandbox", f"{_HERE}.sandbox:sandbox_app", "The local world that stands in for every outside service."),
)

app = typer.Typer(
    name="marketing",
    cls=lazy_group(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Example: marketing status --brand upscale_print",
    context_settings={"help_option_names": ["-h", "--help"]},
)


SERVERS = ("console", "sandbox")


@app.callback()
def marketing(context: typer.Context) -> None:
    """An operating system for marketing work: models reason, deterministic code acts, people decide."""
    from marketing_pipeline.settings.logs import set_up_logs

    # A person at the terminal sees the command's own words; a server's log tells what it does.
    set_up_logs(logging.INFO if context.invoked_subcommand in SERVERS else logging.WARNING)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, by default this process's. Exit code 0: done; 1: refused or unhealthy; 2: wrong usage."""
    load_dotenv(Path.cwd() / ".env")
    if COMPLETE_VARIABLE in os.environ:
        answer_shells()
    try:
        app(args=arguments, prog_name="marketing")
    except MarketingError as refusal:
        from rich.console import Console
        from rich.text import Text

        from marketing_pipeline.cli.screen import plain

        # Words may come from anywhere: nothing in them is markup, and nothing is cut to the width of a terminal.
        screen = Console(stderr=True, soft_wrap=True, highlight=False)
        screen.print(Text("error: ", "red"), plain(refusal.message), sep="")
        screen.print(plain(f"       {refusal.mend.strip()}"))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
