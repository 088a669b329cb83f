"""What each tool's answer comes to in words, with the figures as the tool gave them."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from marketing_pipeline.sandbox.answers.orchestrator_talk import Result

SHOWN = 6


def _lines(rows: list[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def _items(value: object) -> list[dict[str, Any]]:
    """The rows of a list, without the line that says what was left out."""
    rows = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in rows if isinstance(item, dict)]


def _waits(result: Result) -> str:
    told: list[str] = []
    for brand in _items(result.data["brands"]):
        requests, stuck, coming = (
            _items(brand[name]) for name in ("approvals", "posts_that_need_a_person", "goes_out_next")
        )
        told.append(f"{brand['brand']}: {len(requests)} requests and {len(stuck)} posts wait for a person.")
        rows = [f"[{item['request']}](/approvals/{item['request']}), until {item['expires']}" for item in requests]
        rows += [f"[{item['post']}](/posts/{item['post']}) is {item['state']}" for item in stuck]
        rows += [f"alert ({item['severity']}): {item['kind']} {item['subject']}" for item in _items(brand["alerts"])]
        told.append(_lines(rows[:SHOWN]))
        if coming:
            first = coming[0]
            told.append(f"Next goes out [{first['post']}](/posts/{first['post']}), {first['at']}.")
        else:
            told.append("Nothing is scheduled to go out.")
    return "\n".join(filter(None, told)) or "You may see no brand."


def _posts(result: Result) -> str:
    rows = [
        f"[{item['post']}](/posts/{item['post']}): {item['state']}, {item['at']}"
        for item in _items(result.data["posts"])
    ]
    return f"{result.data['found']} posts.\n{_lines(rows[:12])}"


def _post(result: Result) -> str:
    data = result.data
    told = [
        f"[{data['post']}](/posts/{data['post']}) is {data['state']}, scheduled for {data['scheduled']}.",
        f"The plan chose it because: {data['chosen_by_the_plan_because']}",
    ]
    for made in _items(data["creatives"])[-3:]:
        poor = [f"{name} {level}" for name, level in made["verdicts"].items() if level != "good"]
        failed = [check["check"] for check in _items(made["checks_failed"])]
        told.append(
            f"Creative attempt {made['attempt']} has a score of {made['score']:.2f} and "
            f"{'meets' if made['meets_the_bar'] else 'is below'} the bar; not good: {', '.join(poor) or 'nothing'}; "
            f"failed checks: {', '.join(failed) or 'none'}. A score ranks attempts, it is no mark of quality."
        )
    return "\n".join(told)


def _approvals(result: Result) -> str:
    rows = [
        f"[{item['request']}](/approvals/{item['request']}): {item['kind']}, until {item['expires']}"
        for item in _items(result.data["requests"])
    ]
    return f"{result.data['found']} requests are {result.data['state']}.\n{_lines(rows[:12])}"


def _change(result: Result) -> str:
    data = result.data
    words: dict[str, Any] = result.outside.get("words_of_change", {})
    reason = words.get("reason", "")
    return (
        f"[{data['change']}](/ads/changes/{data['change']}) is {data['state']}; expected "
        f"{data['forecast']['interval_90_percent']} (90 % interval). Its reason as proposed: “{reason}”"
    )


def _performance(result: Result) -> str:
    told: list[str] = []
    for brand in _items(result.data["brands"]):
        weeks = [week for week in _items(brand["weeks"]) if week["week"] < brand["this_week"]]
        if not weeks:
            told.append(f"{brand['brand']}: no week is over yet.")
            continue
        last = weeks[0]
        told.append(
            f"{brand['brand']}, week of {last['week']}: {last['published']} of {last['posts']} posts out, reach "
            f"{last['reach']}, mean engagement {last['mean_engagement']}. {last['final']} have their last figures."
        )
        known = brand["known_effects"]
        told.append(f"Known to matter: {'; '.join(map(str, known[:3]))}." if known else "What works is not known yet.")
    return "\n".join(told)


def _ads(result: Result) -> str:
    data, month = result.data, result.data["month"]
    told = [f"Ads of {data['brand']}, figures until {data['until']}:"]
    if month is None:
        told.append("Too few days are known to say how the month paces.")
    else:
        low, high = month["interval_90_percent"]
        told.append(
            f"{month['spent']} of {month['budget']} {data['currency']} spent in {month['month']}; expected at its end "
            f"{month['expected_at_its_end']} ({low} to {high}): {month['pace']}."
        )
    told.append(f"The figures suggest {len(_items(data['suggested_by_the_figures']))} changes.")
    return "\n".join(told)


def _costs(result: Result) -> str:
    if "post" in result.data:
        calls = _items(result.data["calls"])
        cost, number = sum(row["cost_usd"] for row in calls), sum(row["calls"] for row in calls)
        return f"{result.data['post']}: {cost:.4f} USD in {number} calls."
    told: list[str] = []
    for brand in _items(result.data["brands"]):
        spent, cap = brand["spent_in_the_week_usd"], brand["cap_a_week_usd"]
        told.append(f"{brand['brand']}: {spent:.2f} of {cap:.2f} USD on models this week.")
        rows = [
            f"{row['agent']}: {row['cost_usd']:.4f} USD in {row['calls']} calls"
            for row in _items(brand["calls_for_the_week"])
        ]
        if any(row["provider"] == "sandbox" for row in _items(brand["calls_for_the_week"])):
            rows.append("provider sandbox: nothing of that was really paid")
        told.append(_lines(rows))
    return "\n".join(filter(None, told))


def _health(result: Result) -> str:
    areas: dict[str, str] = result.data["areas"]
    odd = [f"{area}: {level}" for area, level in areas.items() if level != "ok"]
    if not odd:
        return f"Everything is well: {len(areas)} areas were looked at."
    findings = [f"{item['area']}: {item['what']} {item['mend']}" for item in _items(result.outside.get("findings"))]
    return f"Not everything is well.\n{_lines(findings or odd)}"


def _learnings(result: Result) -> str:
    effects = _items(result.data.get("effects"))
    known = [item for item in effects if item["known"]]
    rows = [
        f"{item['factor']} {item['level']}: {item['times_the_average']} x the average "
        f"({item['interval_90_percent'][0]} to {item['interval_90_percent'][1]}, {item['posts']} posts)"
        for item in known[:SHOWN]
    ]
    unknown = len(effects) - len(known)
    return (
        f"{len(known)} effects are known.\n{_lines(rows)}\n{unknown} are not known yet."
        if effects
        else "Nothing is learnt yet."
    )


def _rules(result: Result) -> str:
    statements: dict[str, str] = result.outside.get("statements", {})
    rows = [f"{item['state']}: “{statements.get(item['rule'], '')}”" for item in _items(result.data["rules"])]
    return f"{len(rows)} rules.\n{_lines(rows)}"


def _rows(result: Result) -> str:
    columns: list[str] = result.data["columns"]
    found = cast("list[Any]", result.outside.get("rows", []))
    rows = [cast("list[Any]", row) for row in found if isinstance(row, list)]
    told = [", ".join(f"{name} {value}" for name, value in zip(columns, row, strict=False)) for row in rows[:12]]
    more = " There are more." if result.data["more_than_shown"] else ""
    return f"{result.data['found']} rows.{more}\n{_lines(told)}"


def _tables(result: Result) -> str:
    tables: dict[str, str] = result.data.get("tables") or result.data.get("columns", {})
    return _lines([f"{name}: {words}" for name, words in list(tables.items())[:40]])


def _explained(result: Result) -> str:
    subject = result.data.get("post") or result.data.get("change") or result.data.get("view")
    return f"{subject}: see the page for all of it."


def _proposed(result: Result) -> str:
    what = result.outside.get("what", "")
    request = result.data["request"]
    return (
        f"I have proposed it: {what}. Nothing has been done yet: a person decides at [{request}](/approvals/{request})."
    )


WORDS: Mapping[str, Callable[[Result], str]] = {
    "what_waits": _waits,
    "list_posts": _posts,
    "show_post": _post,
    "list_approvals": _approvals,
    "show_ad_change": _change,
    "performance": _performance,
    "ads_overview": _ads,
    "costs": _costs,
    "health": _health,
    "list_learnings": _learnings,
    "list_rules": _rules,
    "run_sql": _rows,
    "describe_data": _tables,
    "explain": _explained,
    "propose_reschedule": _proposed,
    "propose_edit": _proposed,
    "propose_plan_edit": _proposed,
    "propose_rule": _proposed,
    "propose_ad_change": _proposed,
}
