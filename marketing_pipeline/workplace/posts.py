"""What people do with posts: hold, release, move, retry, cancel and edit them, and choose what goes out."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from marketing_pipeline.domain.errors import MarketingError, NotFound
from marketing_pipeline.domain.identifiers import PostId
from marketing_pipeline.domain.person import Permission
from marketing_pipeline.domain.post import PostState
from marketing_pipeline.domain.written import is_an_id, note_of
from marketing_pipeline.store.surface import acting_by
from marketing_pipeline.workplace.anchoring import anchored

if TYPE_CHECKING:
    from marketing_pipeline.domain.brand import Brand
    from marketing_pipeline.domain.identifiers import VariationId
    from marketing_pipeline.domain.person import Person
    from marketing_pipeline.store.post_row import Post
    from marketing_pipeline.workplace.post_file import PostFile
    from marketing_pipeline.workplace.workplace import Workplace

FARTHEST = timedelta(days=366)
"""How far ahead a post can be moved: no plan is made for a day beyond, and the last years of a calendar break it."""
TRIED_AGAIN = (PostState.FAILED, PostState.MISSED)
"""States from which a post can be sent at once."""


class InThePast(MarketingError):
    """A post was to go out at a moment that has passed."""


class TooFarAhead(MarketingError):
    """A post was to go out at a moment so far away that it must be a slip of the pen."""


class PostDesk:
    """What people do with posts of a `Workplace`; reached as `workplace.post_desk`.

    Each act asks first whether the person may (NotAllowed), and refuses a post that is not at the `revision` that they
    name (StalePost). What is done is on the audit log under their name, with their way, and anchored.
    """

    def __init__(self, place: "Workplace") -> None:
        self._place = place

    def file(self, person: "Person", post_id: str) -> "PostFile":
        """Everything that is stored about a post. Raises NotFound, NotAllowed."""
        from marketing_pipeline.workplace.post_file import file_of

        return file_of(self._place, self.allowed(person, Permission.READ, post_id).id)

    def hold(self, person: "Person", post_id: str, note: str = "", *, revision: int | None = None) -> "Post":
        """Keep a post from going out until it is released. Raises RefusedTransition once it is claimed."""
        with self._acting(person, post_id) as before:
            return self._place.posts.hold(before.id, actor=person.name, reason=note_of(note), revision=revision)

    def release(self, person: "Person", post_id: str, note: str = "", *, revision: int | None = None) -> "Post":
        """Let a held post go out again."""
        with self._acting(person, post_id) as before:
            reason = note_of(note) or "released"
            return self._place.posts.release(before.id, actor=person.name, reason=reason, revision=revision)

    def reschedule(
        self, person: "Person", post_id: str, due_at: datetime, *, note: str = "", revision: int | None = None
    ) -> "Post":
        """Move a post to another time; see `PublishQueue.reschedule`.

        Raises InThePast, TooFarAhead, OutOfSeason and NotInQueue.
        """
        from marketing_pipeline.workplace.requeue import requeue

        with self._acting(person, post_id) as before:
            brand, reason = self._place.brand(before.brand), note_of(note)
            self.require_to_come(before, brand, due_at)
            return requeue(self._place, brand, before, due_at, person.name, note=reason, revision=revision)

    def retry(self, person: "Person", post_id: str, *, revision: int | None = None) -> "Post":
        """Queue a post that has failed or was missed again, for now. Raises NotInQueue for any other."""
        from marketing_pipeline.workplace.requeue import requeue

        with self._acting(person, post_id) as before:
            require_tried(before)
            brand, now = self._place.brand(before.brand), self._place.clock.now()
            return requeue(self._place, brand, before, now, person.name, revision=revision)

    def cancel(self, person: "Person", post_id: str, note: str = "", *, revision: int | None = None) -> "Post":
        """Drop a post for good, with everything that waits for it. Raises NotInQueue once it is claimed."""
        with self._acting(person, post_id) as before:
            reason = note_of(note) or f"cancelled by {person.name}"
            self._place.queue.cancel(before.id, actor=person.name, note=reason, revision=revision)
            return self._place.posts.get(before.id)

    def edit(
        self,
        person: "Person",
        post_id: str,
        *,
        note: str,
        caption: str | None = None,
        hashtags: tuple[str, ...] | None = None,
        alt_text: str | None = None,
        revision: int | None = None,
    ) -> "Post":
        """Put a person's own words in place of a post's; what waits is replaced, and decided about anew.

        Words that stand there already change nothing. Raises OffTheRules and NothingToEdit.
        """
        from marketing_pipeline.workplace.post_content import edit

        with self._acting(person, post_id) as before:
            words = {"caption": caption, "hashtags": hashtags, "alt_text": alt_text}
            return edit(self._place, person, before, note_of(note), words, revision)

    def choose_variation(
        self,
        person: "Person",
        post_id: str,
        variation_id: "VariationId | str",
        *,
        note: str = "",
        revision: int | None = None,
    ) -> "Post":
        """Let another of a post's wordings go out, with the picture made for it; it is decided about anew.

        Raises NotFound, NothingToEdit, OffTheRules for words that the brand's rules do not allow any more, and
        NoPictureFits.
        """
        from marketing_pipeline.workplace.post_content import choose

        with self._acting(person, post_id) as before:
            return choose(self._place, person, before, known_id(variation_id, "variation"), note_of(note), revision)

    def ask_for_new_creative(self, person: "Person", post_id: str, note: str, *, revision: int | None = None) -> "Post":
        """Send a post back to have its picture made anew, its words kept; the composer is told the note.

        What waits in the queue ends, and a standing approval is revoked. Raises NotInQueue where there is no picture
        to make anew, InThePast for a post whose slot has passed, and NotWritten for an empty note.
        """
        from marketing_pipeline.workplace.post_content import redesign

        with self._acting(person, post_id) as before:
            return redesign(self._place, person, before, note_of(note), revision)

    def allowed(self, person: "Person", permission: Permission, post_id: str) -> "Post":
        """The post, for a person who may do that to it. Raises NotFound, NotAllowed."""
        post = self._place.posts.get(PostId(known_id(post_id, "post")))
        person.require(permission, post.brand)
        return post

    def require_to_come(self, post: "Post", brand: "Brand", due_at: datetime) -> None:
        """Return for a moment that is still to come, and near enough to be meant. Raises InThePast, TooFarAhead."""
        from marketing_pipeline.domain.local_time import both_times

        now = self._place.clock.now()
        if due_at > now + FARTHEST:
            raise TooFarAhead(
                f"That is more than {FARTHEST.days} days ahead; it is {both_times(now, brand)}.",
                "Name a moment within a year.",
            )
        if due_at <= now:
            # The first years of the calendar cannot be told in every time zone.
            told = both_times(due_at, brand) if due_at > now - FARTHEST else "That moment"
            at_once = f", or send it now with `marketing posts retry {post.id}`" if post.state in TRIED_AGAIN else ""
            raise InThePast(
                f"{told} has passed; it is {both_times(now, brand)}.",
                f"Name a moment to come{at_once}.",
            )

    @contextmanager
    def _acting(self, person: "Person", post_id: str) -> "Generator[Post]":
        post = self.allowed(person, Permission.EDIT, post_id)
        with anchored(self._place), acting_by(person.source):
            yield post


def require_tried(post: "Post") -> None:
    """Return for a post that has failed or was missed. Raises NotInQueue."""
    from marketing_pipeline.store.publish_queue import NotInQueue

    if post.state not in TRIED_AGAIN:
        raise NotInQueue(
            f"Post {post.id} is {post.state}: there is nothing to try again.",
            f"`marketing posts show {post.id}` tells what can be done.",
        )


def known_id(text: str, what: str) -> str:
    """The id, if it could name anything at all. Raises NotFound."""
    if not is_an_id(text):
        raise NotFound(f"There is no such {what}.", "`marketing posts list` shows the posts.")
    return text
