"""Reconciling after a restore: every account is compared with the database, then effects may run again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from marketing_pipeline.channels.instagram import InstagramClient
from marketing_pipeline.domain.ad_platform import AdPlatform
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.errors import MarketingError
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.execution.restored import AccountCompared
from marketing_pipeline.execution.restored_ad_changes import RestoredAdChanges
from marketing_pipeline.execution.restored_posts import RestoredPosts, account_of
from marketing_pipeline.execution.rules import ExecutionRules
from marketing_pipeline.settings import ServiceOff
from marketing_pipeline.store.control_plane import ControlPlane
from marketing_pipeline.store.reconciliations import OpenReconciliation


class Reconciled(BaseModel):
    """What one pass did. `opened` None: nothing was open. `left`: brands that were not compared to the end."""

    model_config = ConfigDict(frozen=True)

    opened: OpenReconciliation | None
    accounts: tuple[AccountCompared, ...] = ()
    left: tuple[BrandId, ...] = ()
    closed: bool = False

    @property
    def unknown(self) -> int:
        """Posts that the channels hold and this database does not know."""
        return sum(len(account.unknown) for account in self.accounts)


class AfterRestore:
    """Compares brands with their accounts. `instagram` and `ads` give a brand's clients; they may refuse."""

    def __init__(
        self,
        plane: ControlPlane,
        brands: Mapping[BrandId, Brand],
        *,
        instagram: Callable[[Brand], InstagramClient],
        ads: Callable[[Brand], AdPlatform],
        rules: ExecutionRules | None = None,
    ) -> None:
        self._plane = plane
        self._brands = brands
        self._instagram = instagram
        self._ads = ads
        self._rules = rules or ExecutionRules()

    def run(self, *, actor: str, brand: BrandId | None = None, accept: bool = False) -> Reconciled:
        """One pass over every brand, or one. Effects run again once every account of every brand was compared.

        Posts that the channels hold and the database does not know keep it open until a person accepts them.
        """
        with self._plane.database.write() as connection:
            opened = self._plane.reconciliations.look(connection)
        if opened is None:
            return Reconciled(opened=None)
        wanted = [each for name, each in self._brands.items() if brand in (None, name)]
        accounts = [compared for each in wanted for compared in self._compare(each, opened, actor)]
        return self._write(opened, accounts, actor, accept=accept)

    def _compare(self, brand: Brand, opened: OpenReconciliation, actor: str) -> Sequence[AccountCompared]:
        posts = RestoredPosts(self._plane.ledger, self._plane.posts, self._rules, opened)
        try:
            found = posts.compare(brand, self._instagram(brand), actor=actor)
        except ServiceOff as off:
            found = posts.without_channel(brand, str(off))
        except MarketingError as refusal:
            found = account_of(brand).model_copy(update={"problem": str(refusal)})
        ads = RestoredAdChanges(self._plane.ad_ledger, self._rules, opened).compare(brand, self._ads, actor=actor)
        return (found,) if ads is None else (found, ads)

    def _write(
        self, opened: OpenReconciliation, accounts: Sequence[AccountCompared], actor: str, *, accept: bool
    ) -> Reconciled:
        found: dict[str, Any] = {
            **opened.found,
            **{f"{each.channel}:{each.account}": each.as_found() for each in accounts},
        }
        left = tuple(name for name in self._brands if not _is_done(found, name))
        unknown = any(each["unknown"] for each in found.values())
        closes = not left and (accept or not unknown)
        with self._plane.database.write() as connection:
            self._plane.reconciliations.store_found(connection, opened, found)
            if closes:
                self._plane.reconciliations.finish(connection, actor=actor, accepted=accept)
        if closes:
            self._plane.reconciliations.anchor(self._plane.database)
        return Reconciled(opened=opened, accounts=tuple(accounts), left=left, closed=closes)


def _is_done(found: Mapping[str, Any], brand: BrandId) -> bool:
    """Whether every account of a brand that was looked at was compared to the end."""
    mine = [each for each in found.values() if each["brand"] == brand]
    return bool(mine) and all(each["done"] for each in mine)
