"""The calendar: a week of one brand as columns of days, or of all brands as a list by day."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marketing_pipeline.console.desk import desk_of
from marketing_pipeline.console.page import page, page_number
from marketing_pipeline.console.patient_weeks import patient_weeks
from marketing_pipeline.console.week_view import asked_week, week_of_all, week_of_brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.person import Permission


def calendar(request: Request) -> Response:
    """A week, `?week=` any of its days, `?brand=` one brand, `?page=` the next part of a long list."""
    return calendar_page(request, request.query_params.get("week", ""))


def calendar_page(request: Request, asked: str, *, error: MarketingError | None = None, status: int = 200) -> Response:
    """The same; `error` is what became of an act that was asked for on it."""
    desk = desk_of(request)
    brand, week, number = desk.brand, asked_week(desk, asked), page_number(request)
    with desk.place.database.read() as connection:
        view = week_of_brand(desk, connection, brand, week) if brand else week_of_all(desk, connection, week, number)
    return page(
        request,
        "calendar.html",
        title="Calendar",
        status=status,
        view=view,
        patient=patient_weeks(desk, week),
        this_week=asked_week(desk, ""),
        today=(desk.now.astimezone(brand.zone) if brand else desk.now).date(),
        before=week.plus(-1),
        after=week.plus(1),
        may_edit=brand is not None and desk.person.may(Permission.EDIT, brand.brand_id),
        error=error,
    )


ROUTES = (Route("/calendar", calendar),)
