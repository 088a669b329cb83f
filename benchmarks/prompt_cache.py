"""How much of a weekly run's prompts is read from the provider's cache, and what that is worth.

One weekly run of 7 posts through Dagster against the sandbox, whose cache obeys the vendor's rules: a prefix is found
byte by byte up to a mark, from its model's least length on, for five minutes, once a first answer to it has begun.
Model 2 s, vision 3 s. The same calls are priced as they were charged; with only the prompt file marked and nothing
sent ahead; and without a cache. Run it with `make bench NAME=prompt_cache`.
"""

import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from marketing_pipeline.agents.language_model import AHEAD_OF_TIME
from marketing_pipeline.agents.prices import cost_of
from marketing_pipeline.agents.prompt import load_prompt
from marketing_pipeline.cli.dagster_home import dagster_instance, run_job
from marketing_pipeline.cli.sandbox_process import sandbox_process
from marketing_pipeline.domain.clock import SystemClock
from marketing_pipeline.domain.model_call import ModelCall, TokenUse
from marketing_pipeline.domain.week import Week
from marketing_pipeline.settings import Settings
from marketing_pipeline.store.model_calls import ModelCalls
from marketing_pipeline.workplace import Workplace

BRAND = "upscale_print"
MODEL_S, VISION_S = 2.0, 3.0


def made_week() -> tuple[ModelCall, ...]:
    """The calls of one weekly run."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copytree(Path("brands") / BRAND, root / "brands" / BRAND)
        os.environ |= {"MARKETING_BRANDS": str(root / "brands"), "MARKETING_HOME": str(root / "home")}
        settings = Settings.from_environment()
        waits = ("--model-seconds", str(MODEL_S), "--vision-seconds", str(VISION_S))
        with Workplace.open(settings) as workplace, sandbox_process(settings, *waits):
            brand = workplace.brand(BRAND)
            week = Week.containing(SystemClock().now(), brand.zone).plus(1)
            with dagster_instance(settings) as instance:
                run_job(instance, "weekly", brand.brand_id, week)
            return ModelCalls(workplace.database).of_week(brand.brand_id, week.key)


def micros(calls: Iterable[tuple[ModelCall, TokenUse]]) -> int:
    """What calls cost with these tokens, micros of USD."""
    priced = (cost_of(call.model, use, call.started_at.date()) for call, use in calls)
    return sum(found[0] for found in priced if found is not None)


def without_cache(call: ModelCall) -> TokenUse:
    """Every prompt token at the plain rate."""
    return TokenUse(input=call.use.prompt, output=call.use.output)


def file_alone(calls: Sequence[ModelCall]) -> list[tuple[ModelCall, TokenUse]]:
    """The calls as they were with one mark, behind the prompt file: whoever begins before a first answer writes it."""
    ends: dict[str, float] = {}
    found: list[tuple[ModelCall, TokenUse]] = []
    for call in sorted(calls, key=lambda each: each.started_at):
        if call.agent == AHEAD_OF_TIME:
            continue
        length = len(load_prompt(call.prompt).text) // 4
        began = call.started_at.timestamp()
        read = began >= ends.get(call.agent, float("inf"))
        ends[call.agent] = min(ends.get(call.agent, float("inf")), began + (call.latency_ms or 0) / 1000)
        rest = call.use.prompt - length
        cached = {"cache_read": length} if read else {"cache_write": length}
        found.append((call, TokenUse(input=rest, output=call.use.output, **cached)))
    return found


def main() -> None:
    """Run the week and print, by agent, calls, tokens, the share read, and the cost with and without."""
    calls = made_week()
    groups: dict[str, list[ModelCall]] = defaultdict(list)
    for call in calls:
        groups[f"{call.prompt}, ahead" if call.agent == AHEAD_OF_TIME else call.agent].append(call)
    print("cost in USD: as charged, with the prompt file alone marked, without a cache")
    print("agent                  calls  prompt tokens   read   cost USD   file alone   no cache")
    before = file_alone(calls)
    for name, group in [*sorted(groups.items()), ("all", list(calls))]:
        prompt, read = sum(call.use.prompt for call in group), sum(call.use.cache_read for call in group)
        plain = micros((call, without_cache(call)) for call in group if call.agent != AHEAD_OF_TIME)
        earlier = micros((call, use) for call, use in before if call in group)
        charged = micros((call, call.use) for call in group)
        print(
            f"{name:22} {len(group):5} {prompt:14,} {read / prompt:6.0%} {charged / 1e6:10.4f} {earlier / 1e6:12.4f}"
            f" {plain / 1e6:10.4f}"
        )
    prompt = sum(call.use.prompt for call in calls)
    figures = {
        "read_share": round(sum(call.use.cache_read for call in calls) / prompt, 3),
        "usd": round(micros((call, call.use) for call in calls) / 1e6, 4),
        "usd_file_alone": round(micros(before) / 1e6, 4),
        "usd_no_cache": round(micros((c, without_cache(c)) for c in calls if c.agent != AHEAD_OF_TIME) / 1e6, 4),
        "prompt_tokens": prompt,
    }
    print(json.dumps({"benchmark": "prompt_cache", "figures": figures}))


if __name__ == "__main__":
    main()
