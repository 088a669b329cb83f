"""What the doctor looks at outside the home: brands, credentials, and the services' endpoints."""

from collections.abc import Iterator, Sequence

import httpx

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.cli.checks_of_tokens import token_in_use
from marketing_pipeline.cli.finding import Finding, ill, looked_at, well
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.clock import Clock
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.health import counted
from marketing_pipeline.settings import Service, ServiceMode, Settings
from marketing_pipeline.store.brand_folder import brand_ids, load_brand

ANSWER_SECONDS = 5.0
_ANTHROPIC_VERSION = "2023-06-01"


class Unreachable(MarketingError):
    """A service does not answer, or refuses the credential."""


def read_brands(settings: Settings) -> tuple[list[Brand], list[Finding]]:
    """Every brand that can be followed, and a finding for each brand."""
    brands: list[Brand] = []
    findings: list[Finding] = []
    for name in brand_ids(settings.brands):
        try:
            brand = load_brand(settings.brands / name)
        except MarketingError as error:
            findings.append(ill(f"brand {name}", error.message, error.mend))
        else:
            brands.append(brand)
            slots = f"{counted(brand.posting.posts_per_week, 'post')} a week, {brand.time_zone}"
            findings.append(well(f"brand {name}", slots))
    if not findings:
        mend = "Point MARKETING_BRANDS to a folder with <brand>/brand.yaml."
        findings.append(ill("brands", f"There is no brand in {settings.brands}.", mend))
    return brands, findings


def credentials(settings: Settings, brands: Sequence[Brand]) -> Iterator[Finding]:
    """One finding for each service: its mode, and whether it has what it needs."""
    for service, mode in settings.modes.items():
        name = f"credentials {service}"
        if mode is not ServiceMode.LIVE:
            yield well(name, "off: it is not called" if mode is ServiceMode.OFF else "sandbox: none needed")
        elif service is Service.INSTAGRAM:
            if not settings.signs_pictures:
                yield looked_at("media address", settings.media_base_url)
            for brand in brands:
                yield looked_at(f"{name} {brand.id}", lambda brand=brand: _present(settings.instagram_token(brand)))
        elif service is Service.MODEL:
            yield looked_at(name, lambda: _present(settings.anthropic_key()))
        elif service is Service.IMAGE:
            painted = any(brand.look.picture_source == "image_service" for brand in brands)
            yield looked_at(name, lambda: _present(settings.image_key())) if painted else well(name, "no brand uses it")
        else:
            yield well(name, "live, and nothing here acts on it yet")


def endpoints(settings: Settings, brands: Sequence[Brand], clock: Clock) -> Iterator[Finding]:
    """Whether the sandbox answers where any service is looked for there, and each live service with its credential."""
    modes = settings.modes
    if ServiceMode.SANDBOX in modes.values():
        yield looked_at("sandbox", lambda: answers(f"{settings.sandbox_base_url()}/sandbox/health", {}))
    if modes[Service.MODEL] is ServiceMode.LIVE:
        yield looked_at("model service", lambda: _models(settings))
    if modes[Service.IMAGE] is ServiceMode.LIVE and settings.image_api_key.get_secret_value():
        yield looked_at("image service", lambda: _images(settings))
    if modes[Service.INSTAGRAM] is ServiceMode.LIVE:
        for brand in brands:
            yield looked_at(f"instagram {brand.id}", lambda brand=brand: _quota(settings, brand, clock))


def answers(url: str, headers: dict[str, str]) -> str:
    """Ask once, and tell that it answered. Raises Unreachable where it does not, or does not accept the credential."""
    try:
        # A machine's proxy must not carry loopback calls away.
        with httpx.Client(timeout=ANSWER_SECONDS, trust_env="127.0.0.1" not in url) as client:
            status = client.get(url, headers=headers).status_code
    except httpx.HTTPError as error:
        problem = f"{url} does not answer: {type(error).__name__}."
        raise Unreachable(problem, "Start it with `marketing up`, or check the network.") from error
    if status in (401, 403):
        raise Unreachable(f"{url} refuses the credential ({status}).", "Make a new key and set it.")
    if status >= 500:
        raise Unreachable(f"{url} is in trouble ({status}).", "Wait, and look at the service's status page.")
    return f"{url} answers"


def _present(_: object) -> str:
    return "present"


def _models(settings: Settings) -> str:
    key = settings.anthropic_key().get_secret_value()
    headers = {"x-api-key": key, "anthropic-version": _ANTHROPIC_VERSION}
    return answers(f"{settings.anthropic_base_url()}/v1/models", headers)


def _images(settings: Settings) -> str:
    headers = {"authorization": f"Bearer {settings.image_key().get_secret_value()}"}
    return answers(f"{settings.image_base_url()}/models", headers)


def _quota(settings: Settings, brand: Brand, clock: Clock) -> str:
    """A read that only a valid token is given: it tells of an expired one."""
    client = InstagramClient(settings.instagram_base_url(), token_in_use(settings, brand), clock, ANSWER_SECONDS)
    try:
        quota = client.quota(brand.channels.instagram.account_id)
    finally:
        client.close()
    return f"the token is accepted; {quota.left} of {quota.total} posts left today"
