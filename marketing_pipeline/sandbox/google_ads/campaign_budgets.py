"""Campaign budgets: what an amount may be, and who may share one."""

from marketing_pipeline.domain.money import MICROS
from marketing_pipeline.sandbox.google_ads.account_plan import price_level
from marketing_pipeline.sandbox.google_ads.api import Proto, enum_name, set_enum
from marketing_pipeline.sandbox.google_ads.draft import Draft, Kind
from marketing_pipeline.sandbox.google_ads.refusal import Refusal
from marketing_pipeline.sandbox.google_ads.status import is_removed

_LARGEST_UNITS = 1_000_000


def users(draft: Draft, budget: str) -> list[Proto]:
    """The campaigns, removed ones left out, that spend from a budget."""
    return [
        campaign
        for campaign in draft.of_type("Campaign")
        if campaign.campaign_budget == budget and not is_removed(campaign)
    ]


def _complete(draft: Draft, budget: Proto) -> None:
    # Documented: shared unless one says otherwise.
    if not budget.HasField("explicitly_shared"):
        budget.explicitly_shared = True
    if budget.period == 0:
        set_enum(budget, "period", "DAILY")
    if budget.delivery_method == 0:
        set_enum(budget, "delivery_method", "STANDARD")
    set_enum(budget, "status", "ENABLED")
    set_enum(budget, "type_", "STANDARD")
    if budget.explicitly_shared and not budget.name:
        raise Refusal("field_error.REQUIRED", "A shared budget needs a name.", "name")
    if not budget.HasField("amount_micros"):
        raise Refusal("field_error.REQUIRED", "A daily budget needs an amount.", "amount_micros")


def _check(draft: Draft, before: Proto | None, after: Proto) -> None:
    if enum_name(after, "period") != "DAILY" or after.HasField("total_amount_micros"):
        raise Refusal(
            "campaign_budget_error.CAMPAIGN_BUDGET_PERIOD_NOT_AVAILABLE",
            "This sandbox has daily budgets only.",
            "period",
        )
    if enum_name(after, "delivery_method") != "STANDARD":
        raise Refusal(
            "campaign_budget_error.CANNOT_USE_ACCELERATED_DELIVERY_MODE", "Standard delivery only.", "delivery_method"
        )
    if before is not None and before.explicitly_shared != after.explicitly_shared:
        way = "EXPLICITLY" if after.explicitly_shared else "IMPLICITLY"
        raise Refusal(
            f"campaign_budget_error.CANNOT_UPDATE_CAMPAIGN_BUDGET_TO_{way}_SHARED",
            "A budget stays shared, or its campaign's own.",
            "explicitly_shared",
        )
    _check_amount(draft, after.amount_micros)
    for other in draft.of_type("CampaignBudget"):
        same = after.name and other.name == after.name and other.resource_name != after.resource_name
        if same and not is_removed(other):
            raise Refusal("campaign_budget_error.DUPLICATE_NAME", f"'{after.name}' is taken.", "name")


def _check_amount(draft: Draft, micros: int) -> None:
    """Documented codes; the largest amount is assumed, and so is the smallest, one unit of the currency."""
    path, account = "amount_micros", draft.account
    if micros < 0:
        raise Refusal("campaign_budget_error.NEGATIVE_MONEY_AMOUNT", "The amount is negative.", path)
    if micros == 0:
        raise Refusal("campaign_budget_error.BUDGET_BELOW_PER_DAY_MINIMUM", "The amount is too small.", path)
    if micros > _LARGEST_UNITS * price_level(account.currency) * MICROS:
        raise Refusal("campaign_budget_error.MONEY_AMOUNT_TOO_LARGE", "The amount is too large.", path)
    if micros % account.unit:
        raise Refusal(
            "campaign_budget_error.NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT",
            f"The amount must be a multiple of {account.unit} micros in {account.currency}.",
            path,
        )


def _let_go(draft: Draft, budget: Proto) -> None:
    if users(draft, budget.resource_name):
        raise Refusal("campaign_budget_error.CAMPAIGN_BUDGET_IN_USE", "A campaign spends from this budget.")


KIND = Kind(
    message="CampaignBudget",
    collection="campaignBudgets",
    series=1,
    service="CampaignBudgetService",
    method="MutateCampaignBudgets",
    id_path="id",
    parent="",
    mutable=frozenset({"name", "amount_micros", "delivery_method", "explicitly_shared"}),
    creatable=frozenset({"name", "amount_micros", "delivery_method", "explicitly_shared", "period"}),
    removed="campaign_budget_error.CAMPAIGN_BUDGET_REMOVED",
    complete=_complete,
    check=_check,
    let_go=_let_go,
)
