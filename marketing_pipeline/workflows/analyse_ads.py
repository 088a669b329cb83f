"""Analyse an ad account from the warehouse's rows. The figures are code's; no model is asked here."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from marketing_pipeline.domain.account_day import account_day
from marketing_pipeline.domain.ad_account import AdAccountHistory
from marketing_pipeline.domain.ad_analysis import AdAnalysis, analyse
from marketing_pipeline.store.ad_changes import AdChanges
from marketing_pipeline.store.ad_facts import AdFacts
from marketing_pipeline.store.ad_history import account_history
from marketing_pipeline.workflows.brand_week import BrandWeek
from marketing_pipeline.workflows.learn_from_ads import experience_of


def read_account(work: BrandWeek, facts: AdFacts) -> AdAccountHistory | None:
    """The brand's account as last read; None where it has none, or where it was never read.

    The day that counts as today is the account's at the last reading: later days are not known, not empty.
    """
    channel = work.brand.channels.google_ads
    if channel is None:
        return None
    newest = facts.newest(work.brand.brand_id, channel.customer_id)
    if newest is None or newest.currency is None or newest.time_zone is None:
        return None
    zone = ZoneInfo(newest.time_zone)
    account = account_history(
        facts,
        work.brand.brand_id,
        channel.customer_id,
        newest.currency,
        account_day(newest.read_at, zone),
        monthly_budget=channel.monthly_budget,
        changed=AdChanges(work.database, work.audit).last_changed(work.brand.brand_id, zone),
    )
    return None if account is None else replace(account, experience=experience_of(work, zone))


def analyse_ads(work: BrandWeek, facts: AdFacts) -> AdAnalysis | None:
    """All findings about the brand's account; None where there is nothing to read. Raises what Warehouse does."""
    account = read_account(work, facts)
    return None if account is None else analyse(account, work.brand.policies.ads)
