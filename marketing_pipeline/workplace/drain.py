"""One drain of the effect ledger, with the clients, rules and signs of life of an installation."""

from typing import TYPE_CHECKING

from marketing_pipeline.channels.media_host import MediaHost
from marketing_pipeline.domain.heartbeat import ServerKind
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.domain.week import Week
from marketing_pipeline.execution.ad_read_back import AdDrain
from marketing_pipeline.execution.drain import Executor
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.store.ad_sweep import AdSweep
from marketing_pipeline.workplace.picture_addresses import picture_addresses
from marketing_pipeline.workplace.unfinished import finish_proposals

if TYPE_CHECKING:
    from marketing_pipeline.execution.drain_report import DrainReport
    from marketing_pipeline.workplace.workplace import Workplace

AT_ONCE = 4
"""Posts of different accounts at a time: Instagram works on each picture for seconds, in which others go on."""


def drain(place: "Workplace", owner: str, brand: BrandId | None, week: Week | None) -> "DrainReport":
    """See `Workplace.drain`."""
    addresses = picture_addresses(place.settings, place.home)
    media_host = MediaHost(addresses, transport=place.providers.channel_transport())
    place.closing.callback(media_host.close)
    bench = place.ads.bench(owner)
    pulse = place.health.pulse(f"drain:{owner}", ServerKind.DRAIN, patience=ExecutionRules().lease)
    executor = Executor(
        on_step=pulse.moved_on,
        ads=AdDrain(bench, AdSweep(place.plane.ad_ledger, place.brands)),
        ledger=place.plane.ledger,
        holds=place.holds,
        brands=place.brands,
        client_for=place.providers.instagram,
        media_host=media_host,
        clock=place.clock,
        owner=owner,
        # Simulated time passes with each sleep: two posts at once would make each other late.
        workers=1 if place.clock.is_stepped else AT_ONCE,
    )
    place.plane.proposals.expire()
    finish_proposals(place)
    with pulse:
        report = executor.drain(brand=brand, week=week.key if week else None)
    place.anchor_audit()
    return report
