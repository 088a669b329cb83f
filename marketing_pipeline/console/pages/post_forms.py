"""What people do to a post by a form: on its page, or on the calendar."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import Desk, desk_of
from marketing_pipeline.console.forms import Form, form_of
from marketing_pipeline.console.links import calendar_url, post_url
from marketing_pipeline.console.page import back, status_of
from marketing_pipeline.console.pages.calendar import calendar_page
from marketing_pipeline.console.pages.post import post_page
from marketing_pipeline.console.words import moment
from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.person import NotAllowed
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.store.post_row import Post
from marketing_pipeline.store.posts import StalePost
from marketing_pipeline.workplace.parked import Finding
from marketing_pipeline.workplace.post_words import hashtags_in

_TIME = len("2026-11-25T18:30")
_LARGEST = 9


class FormIncomplete(MarketingError):
    """A form does not say what is to be done. Nothing was done."""


_Act = Callable[[Desk, str, Form], str]
"""Does what a form asks of a post, and says what was done."""


def hold(desk: Desk, post: str, form: Form) -> str:
    """Keep it back."""
    held = desk.place.post_desk.hold(desk.person, post, form.get("note", ""), revision=_revision(form))
    return f"“{held.topic}” is held: it does not go out until somebody releases it."


def release(desk: Desk, post: str, form: Form) -> str:
    """Let it go out again."""
    after = desk.place.post_desk.release(desk.person, post, form.get("note", ""), revision=_revision(form))
    return f"“{after.topic}” is no longer held."


def reschedule(desk: Desk, post: str, form: Form) -> str:
    """Move it; the time is meant in the brand's zone."""
    before = desk.place.post_desk.file(desk.person, post).post
    brand = desk.brands.get(before.brand)
    due_at = given_moment(form.get("at", ""), brand.zone if brand else UTC)
    after = desk.place.post_desk.reschedule(
        desk.person, post, due_at, note=form.get("note", ""), revision=_revision(form)
    )
    return f"“{after.topic}” goes out {moment(after.scheduled_at, brand)}.{_asked(after)}"


def retry(desk: Desk, post: str, form: Form) -> str:
    """Send it again, now."""
    after = desk.place.post_desk.retry(desk.person, post, revision=_revision(form))
    return f"“{after.topic}” is {after.state.replace('_', ' ')} for now.{_asked(after)}"


def cancel(desk: Desk, post: str, form: Form) -> str:
    """Drop it for good."""
    after = desk.place.post_desk.cancel(desk.person, post, form.get("note", ""), revision=_revision(form))
    return f"“{after.topic}” is cancelled."


def edit(desk: Desk, post: str, form: Form) -> str:
    """Put a person's own words in place."""
    before = desk.place.post_desk.file(desk.person, post).post
    after = desk.place.post_desk.edit(
        desk.person,
        post,
        note=form.get("note", ""),
        caption=_text(form, "caption"),
        hashtags=hashtags_in(form["hashtags"]) if "hashtags" in form else None,
        alt_text=_text(form, "alt_text"),
        revision=_revision(form),
    )
    if after.chosen_variation == before.chosen_variation:
        return "It says that already: nothing was changed."
    return f"“{after.topic}” has your words.{_asked(after)}"


def choose(desk: Desk, post: str, form: Form) -> str:
    """Let another wording go out."""
    after = desk.place.post_desk.choose_variation(
        desk.person, post, form.get("variation", ""), note=form.get("note", ""), revision=_revision(form)
    )
    return f"The other wording goes out.{_asked(after)}"


def redesign(desk: Desk, post: str, form: Form) -> str:
    """Have its picture made anew."""
    after = desk.place.post_desk.ask_for_new_creative(desk.person, post, form.get("note", ""), revision=_revision(form))
    return f"“{after.topic}” gets a new picture at the next run of its week; the composer is told your note."


def settle(desk: Desk, post: str, form: Form) -> str:
    """Say what a person found out about a parked post."""
    given = form.get("finding", "")
    if given not in tuple(Finding):
        raise FormIncomplete("The form does not say what you found out.", "Choose one of the answers.")
    media_id = form.get("media_id", "").strip() or None
    effect = desk.place.parked.settle(desk.person, post, Finding(given), form.get("note", ""), media_id=media_id)
    return f"Settled: {effect.state_reason}."


def given_moment(text: str, zone: tzinfo) -> datetime:
    """A day and time as browsers send them, meant in that zone, as UTC; of an hour that comes twice the first.

    Raises FormIncomplete.
    """
    try:
        given = datetime.fromisoformat(text)
        at = (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_time(text) from error
    if len(text) < _TIME:
        raise _no_time(text)
    return at


def _no_time(text: str) -> FormIncomplete:
    return FormIncomplete(f"{text[:40]!r} is no day and time.", "Write it such as 2026-11-25T18:30; nothing was moved.")


def _revision(form: Form) -> int:
    given = form.get("revision", "")
    if not (given.isascii() and given.isdecimal()) or len(given) > _LARGEST:
        raise FormIncomplete("The form does not say which state of the post you saw.", "Load the page again.")
    return int(given)


def _text(form: Form, name: str) -> str | None:
    """What was typed, with line feeds between its lines as the store has them."""
    return form[name].replace("\r\n", "\n") if name in form else None


def _asked(after: Post) -> str:
    return " A person is asked first." if after.state is PostState.NEEDS_HUMAN else ""


def _form_for(act: _Act) -> Callable[[Request], Response]:
    """The handler of an act: whoever is refused gets their page back, with the words they typed and what is wrong."""

    def handler(request: Request) -> Response:
        desk, form, post = desk_of(request), form_of(request), request.path_params["post"]
        on_calendar = form.get("to") == "calendar"
        try:
            said = act(desk, post, form)
        except (NotFound, NotAllowed):
            raise
        except MarketingError as refusal:
            error = _said_here(refusal)
            if on_calendar:
                return calendar_page(request, form.get("week", ""), error=error, status=status_of(refusal))
            return post_page(request, post, error=error, typed=form, status=status_of(refusal))
        here = calendar_url(desk.asked_brand, form.get("week")) if on_calendar else post_url(post)
        return back(request, here, said=said)

    return handler


def _said_here(error: MarketingError) -> MarketingError:
    """A stale page is told of as such: what stands now is on the page that shows these words."""
    if not isinstance(error, StalePost):
        return error
    return StalePost(
        "Somebody has changed this post since your page was loaded. Nothing of yours was done.",
        "What stands now is shown here; look at it, then send your change again.",
    )


_ACTS: dict[str, _Act] = {
    "hold": hold,
    "release": release,
    "reschedule": reschedule,
    "retry": retry,
    "cancel": cancel,
    "edit": edit,
    "choose": choose,
    "redesign": redesign,
    "settle": settle,
}
ROUTES = tuple(Route(f"/posts/{{post}}/{name}", _form_for(act), methods=["POST"]) for name, act in _ACTS.items())
