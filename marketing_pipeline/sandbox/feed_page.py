"""What a visitor sees behind a permalink: the post as a page, with the pictures that the sandbox received."""

import html
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from marketing_pipeline.sandbox.medium import Medium, load_by_shortcode
from marketing_pipeline.sandbox.world import World

_NAME = re.compile(r"[0-9a-f]{64}\.jpg")
_STYLE = "body{font:16px/1.5 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}img{max-width:100%}"


def pictures_folder(world: World) -> Path:
    """Where the sandbox keeps its own copy of every picture, as Instagram does."""
    return world.folder / "pictures"


class FeedPage:
    """`/p/<shortcode>/` and the pictures on it, open to anybody on this machine."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        """To be mounted under /instagram, before the API."""
        return [Route("/p/{shortcode}/", self._post), Route("/pictures/{name}", self._picture)]

    def _post(self, request: Request) -> Response:
        with self._world.transaction() as connection:
            medium = load_by_shortcode(connection, request.path_params["shortcode"])
        if medium is None:
            return PlainTextResponse("Sorry, this page is not available.", 404)
        return HTMLResponse(_page(medium, f"{request.base_url}instagram"))

    def _picture(self, request: Request) -> Response:
        name: str = request.path_params["name"]
        path = pictures_folder(self._world) / name
        if not _NAME.fullmatch(name) or not path.is_file():
            return PlainTextResponse("not found", 404)
        return Response(path.read_bytes(), media_type="image/jpeg")


def _page(medium: Medium, base_url: str) -> str:
    pictures = "".join(
        f'<img src="{base_url}/pictures/{sent.picture.sha256}.jpg" alt="{html.escape(sent.alt_text)}">'
        for sent in medium.pictures
    )
    caption = html.escape(medium.caption).replace("\n", "<br>")
    when = f"{medium.published_at:%d %B %Y, %H:%M} UTC"
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sandbox post {medium.shortcode}</title>'
        f"<style>{_STYLE}</style></head><body>{pictures}<p>{caption}</p><p><small>{when}</small></p></body></html>"
    )
