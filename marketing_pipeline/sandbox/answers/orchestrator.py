"""How the sandbox's model converses: it chooses tools by the person's question alone, and words what they answer."""

import re
from collections.abc import Callable
from typing import Any

from marketing_pipeline.sandbox.answers.orchestrator_talk import Result, Talk, talk_of
from marketing_pipeline.sandbox.answers.orchestrator_words import WORDS
from marketing_pipeline.sandbox.answers.reply import Reply, ToolUse
from marketing_pipeline.sandbox.messages_rules import MessagesRequest

_CANNOT = (
    "I cannot do that: I have no tool that approves, rejects, publishes, holds, resumes or edits anything. You can, "
    "on the page of the thing itself; what waits for a decision is under [Approvals](/approvals)."
)
_UNKNOWN = (
    "I do not know how to answer that. The sandbox's model only knows questions such as: what waits for me, what goes "
    "out next, how did last week go, why does a post score so, what do the models cost, how do the ads pace, is all "
    "healthy, move a post to Friday 18:00, or a SELECT of your own. A real model is set with MARKETING_MODEL_MODE=live."
)
_ORDERED = "\n\nSome text in what I read contains an instruction to me, which I did not follow."
_ACTS = (
    r"^(?:please |now |then |can you |could you |just )*(?:approve|reject|publish|post|release|hold|unhold|resume|apply"
    r"|cancel|delete|revoke|send)\b|publish (?:it|this|that)?\s*now|approve (?:this|it|that|them|all)"
)
_KIND = (
    (re.compile(r"budget"), "set_budget"),
    (re.compile(r"keyword"), "pause_keyword"),
    (re.compile(r"\bads?\b|campaign"), "pause_ad"),
)
Step = Callable[[Talk], Reply]


def converse(asked: MessagesRequest) -> Reply:
    """The next turn: a tool to look something up, or the answer in words."""
    talk = talk_of(asked)
    reply = next((step(talk) for pattern, step in _STEPS if pattern.search(talk.words)), Reply(text=_UNKNOWN))
    if reply.uses and not talk.tools.issuperset(use.name for use in reply.uses):
        return Reply(text="I have looked up as much as I may for one answer. Ask me something narrower.")
    if not reply.uses and any(result.orders for result in talk.results):
        return Reply(text=reply.text + _ORDERED)
    return reply


def _look(tool: str, **arguments: Any) -> Step:
    """A step that looks one thing up and words it."""
    return lambda talk: _told(talk, tool, arguments)


def _told(talk: Talk, tool: str, arguments: dict[str, Any]) -> Reply:
    result = talk.result(tool)
    if result is None:
        return Reply(uses=(ToolUse(name=tool, input=arguments),))
    return Reply(text=_worded(result))


def _worded(result: Result) -> str:
    if result.refused:
        return f"That did not work: {result.refused}"
    return WORDS[result.tool](result) + _links(result)


def _links(result: Result) -> str:
    shown = [f"[{label}]({path})" for label, path in result.links[:4]]
    return f"\n\nSee {', '.join(shown)}." if shown else ""


def _cannot(talk: Talk) -> Reply:
    return Reply(text=_CANNOT)


def _sql(talk: Talk) -> Reply:
    found = re.search(r"\b(?:select|with|describe|show|summarize)\b.*", talk.question, re.I | re.S)
    query = (
        found[0] if found else "SELECT state, count(*) AS posts FROM posts GROUP BY state ORDER BY posts DESC"
    ).strip()
    return _told(talk, "run_sql", {"sql": query.strip("`; \n")})


def _move(talk: Talk) -> Reply:
    to = talk.moment()
    if to is None:
        return Reply(text="To which day and time? Say it like: move it to Friday 18:00.")
    if (proposed := talk.result("propose_reschedule")) is not None:
        return Reply(text=_worded(proposed))
    post = _post_in(talk)
    if isinstance(post, Reply):
        return post
    asked = {"post": post, "to": to, "reason": f"Asked for in the chat: {talk.question[:200]}"}
    return Reply(text=f"I will propose that for {post}.", uses=(ToolUse(name="propose_reschedule", input=asked),))


def _why(talk: Talk) -> Reply:
    change = re.search(r"\b[a-z0-9_]+-(?:set|pause|enable|add)_[a-z_]+-[0-9a-f]{6,}\b", talk.question)
    if change:
        return _told(talk, "show_ad_change", {"change": change[0]})
    if (shown := talk.result("show_post")) is not None:
        return Reply(text=_worded(shown))
    post = _post_in(talk)
    return post if isinstance(post, Reply) else Reply(uses=(ToolUse(name="show_post", input={"post": post}),))


def _post_in(talk: Talk) -> str | Reply:
    """The id of the post that is meant, or the turn that finds it out."""
    if talk.post is not None:
        return talk.post
    listed = talk.result("list_posts")
    if listed is None:
        return Reply(uses=(ToolUse(name="list_posts", input={}),))
    if listed.refused:
        return Reply(text=_worded(listed))
    words = {word for word in re.findall(r"[a-z]{4,}", talk.words) if word not in _COMMON}
    topics: dict[str, str] = listed.outside.get("topics", {})
    near = [post for post, topic in topics.items() if words & set(re.findall(r"[a-z]{4,}", topic.lower()))]
    if len(near) == 1:
        return near[0]
    choices = "\n".join(f"- {post}" for post in (near or list(topics))[:8])
    return Reply(text=f"Which post do you mean? Name its id, such as:\n{choices or '- (there are none)'}")


def _ad_change(talk: Talk) -> Reply:
    kind = next((kind for pattern, kind in _KIND if pattern.search(talk.words)), "set_budget")
    quoted = re.search(r"[\"'“‘]([^\"'”’]+)[\"'”’]", talk.question)
    named = re.search(
        r"\b(?:of|for|campaign|keyword|ad)\s+([A-Za-z][\w &-]*?)\s*(?:\bby\b|\bto\b|[.?!,]|$)", talk.question
    )
    target = quoted[1] if quoted else named[1].strip() if named else ""
    if not target:
        return Reply(text="Which campaign, keyword or ad? Put its name in quotes.")
    asked: dict[str, Any] = {"kind": kind, "target": target, "reason": f"Asked for in the chat: {talk.question[:200]}"}
    share, to = (
        re.search(r"(\d+(?:\.\d+)?)\s*(?:%|percent|per cent)", talk.words),
        re.search(r"\bto\s+\D?(\d+(?:\.\d+)?)", talk.words),
    )
    lowers = re.search(r"lower|cut|decrease|reduce", talk.words)
    if kind == "set_budget" and share:
        asked["percent"] = float(share[1]) * (-1 if lowers else 1)
    elif kind == "set_budget" and to:
        asked["amount"] = float(to[1])
    return _told(talk, "propose_ad_change", asked)


def _rule(talk: Talk) -> Reply:
    statement = re.sub(r"^.*?\brule\b\s*(?:that|:|,)?\s*", "", talk.question, count=1, flags=re.I | re.S).strip()
    asked = {"statement": statement[:200], "reason": f"Asked for in the chat: {talk.question[:200]}"}
    return _told(talk, "propose_rule", asked)


_COMMON = frozenset(
    {"move", "post", "posts", "that", "this", "with", "from", "what", "does", "have", "will", "please", "tomorrow"}
    | {"score", "chosen", "explain", "about", "reschedule", "shift", "monday", "tuesday", "wednesday", "thursday"}
    | {"friday", "saturday", "sunday"}
)
_BUDGET = r"\b(?:raise|lower|cut|increase|decrease|reduce|set)\b.*\bbudget\b"
_PAUSE = r"\bpause\b.*\b(?:keyword|ads?|campaign)\b"
_BY_WORDS: tuple[tuple[str, Step], ...] = (
    (r"\bselect\b.+\bfrom\b|\bhow many posts\b", _sql),
    (r"\b(?:which|what) (?:tables|views|columns|data)\b", _look("describe_data")),
    (r"\b(?:move|reschedule|shift)\b", _move),
    (f"{_BUDGET}|{_PAUSE}", _ad_change),
    (r"\b(?:add|make|propose|set) (?:a |the |this )?(?:new )?rule\b", _rule),
    (_ACTS, _cannot),
    (r"\bwaits?\b|\bwaiting\b|to do\b|\bnext\b|\bneeds? me\b|\bmorning\b|\btoday\b", _look("what_waits")),
    (r"\bwhy\b|\bscored?\b|\bexplain\b|\bhappened to\b", _why),
    (r"\bhealth|\ball well\b|\bbroken\b|\bwrong\b", _look("health")),
    (r"\bads?\b|\bpacing\b|\bpace\b|\bcampaigns?\b", _look("ads_overview")),
    (r"\bcosts?\b|\bspent\b|\bspend\b|\bexpensive\b", _look("costs")),
    (r"\brules?\b", _look("list_rules")),
    (r"\blearn|\bworks?\b", _look("list_learnings")),
    (r"\bperform|\bhow did\b|\bbest\b|\breach\b|\bengagement\b|\bweek go\b", _look("performance")),
    (r"\bapprovals?\b|\brequests?\b|\bpending\b", _look("list_approvals")),
    (r"\bposts?\b|\bcalendar\b|\bschedule\b|\bplanned\b", _look("list_posts")),
)
_STEPS = tuple((re.compile(pattern, re.S), step) for pattern, step in _BY_WORDS)
