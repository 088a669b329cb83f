"""The forms of a post's page, as a browser sends them."""

from typing import Any

from marketing_pipeline_tests.cli.office import FIRST, Office

URL = f"/posts/{FIRST}"
CAPTION = "What does steam smell of? Of hay, of malt, and of the garden that it came from."
HOSTILE = '<script>alert(1)</script> & "quotes" {{ 7 * 7 }} <img src=x onerror=alert(2)> [link](javascript:alert(3))'
WORDS = {
    "caption": CAPTION,
    "hashtags": "#tearoom, #assam",
    "alt_text": "A pot of tea on a dark table",
    "note": "calmer",
}


def seen(office: Office, **fields: str) -> dict[str, Any]:
    """A form as the page that shows the post now has it."""
    return {"revision": str(office.post().revision), **fields}


def acts(page: str) -> set[str]:
    """The acts that a page offers."""
    names = ("hold", "release", "reschedule", "retry", "cancel", "edit", "choose", "redesign", "settle")
    return {name for name in names if f'action="{URL}/{name}"' in page}
