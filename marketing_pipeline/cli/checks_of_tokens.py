"""What the doctor says of access tokens: when each ends, and which need no refreshing."""

from collections.abc import Iterator, Sequence

from pydantic import SecretStr

from marketing_pipeline.cli.finding import Finding, ill, well
from marketing_pipeline.cli.opened_home import has_home
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.channel_token import ChannelToken, TokenState
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.settings import Service, ServiceMode, Settings
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.token_files import TokenFiles
from marketing_pipeline.workplace import Workplace

_GOOGLE_ADS = (
    "a service account's key and the refresh token of a published OAuth client do not end by themselves: nothing to"
    " refresh; Google ends the refresh token of a client in testing after 7 days"
)


def token_ends(settings: Settings, brands: Sequence[Brand]) -> Iterator[Finding]:
    """One finding for each token that was in use; nothing where there is no home yet."""
    if settings.modes[Service.GOOGLE_ADS] is ServiceMode.LIVE:
        yield well("token google_ads", _GOOGLE_ADS)
    if settings.is_off(Service.INSTAGRAM) or not has_home(settings):
        return
    try:
        with Workplace.open(settings) as workplace:
            workplace.tokens.notice()
            known = workplace.tokens.known()
    except MarketingError as error:
        yield ill("tokens", error.message, error.mend)
        return
    here = {brand.brand_id for brand in brands}
    yield from (_line(token, settings) for token in known if token.brand in here)


def token_in_use(settings: Settings, brand: Brand) -> SecretStr:
    """The token to try an account with: that of the environment where there is no home yet."""
    if not has_home(settings):
        return settings.instagram_token(brand)
    with Workplace.open(settings) as workplace:
        return workplace.tokens.in_use(brand)


def _line(token: ChannelToken, settings: Settings) -> Finding:
    name = f"token {token.channel} {token.brand}"
    if token.state is not TokenState.VALID:
        file = TokenFiles(Home(settings.home).secrets).path(token.channel, token.brand)
        back = f" Removing {file} goes back to the one that is there now." if file.exists() else ""
        return ill(name, f"{token.state}: {token.problem}", f"Set a new one in the environment.{back}")
    planned = f"refreshed after {token.next_refresh_at:%Y-%m-%d}" if token.next_refresh_at else "not refreshed"
    ends = f"ends {token.expires_at:%Y-%m-%d}" if token.expires_at else "its end is told at the first refresh"
    return well(name, ", ".join(part for part in (ends, planned, token.problem) if part))
