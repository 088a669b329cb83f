"""What ad changes teach lies beside what posts do, and no post is planned from it."""

from sqlalchemy import select

from marketing_pipeline.domain.ad_learning import AdChangeEffect
from marketing_pipeline.domain.allocation import allocate
from marketing_pipeline.domain.brand import Brand
from marketing_pipeline.domain.identifiers import BrandId
from marketing_pipeline.store.ad_learnings import latest_ad_learnings, record_ad_learnings
from marketing_pipeline.store.database import Database
from marketing_pipeline.store.home import Home
from marketing_pipeline.store.learnings import latest_learnings, learnings_of, record_learnings
from marketing_pipeline.store.projections import project
from marketing_pipeline.store.tables import learnings
from marketing_pipeline.store.warehouse import Warehouse
from marketing_pipeline_tests.store.planned_week import WEEK
from marketing_pipeline_tests.store.test_learnings import learnt

RAISES = AdChangeEffect(level="raise_budget", log_effect=-0.5, log_sd=0.1, evidence=("a", "b"))
CUTS = AdChangeEffect(level="lower_budget", log_effect=0.1, log_sd=0.3, evidence=("c",))


def test_what_is_learnt_is_stored_with_evidence_and_a_sentence(database: Database, brand: Brand) -> None:
    record_ad_learnings(database, brand.brand_id, WEEK.key, [RAISES, CUTS])
    assert latest_ad_learnings(database, brand.brand_id, WEEK.key) == (CUTS, RAISES)
    with database.read() as connection:
        rows = {row.level: row for row in connection.execute(select(learnings))}
    row = rows["raise_budget"]
    assert (row.factor, row.known, row.evidence, row.posts) == ("ad_change", True, ["a", "b"], 2)
    assert row.low < row.multiple < row.high < 1
    assert row.statement == "raise budget: 61% of what was forecast came about (0.51 to 0.71 x, 2 changes)"
    assert "not known yet" in rows["lower_budget"].statement and not rows["lower_budget"].known


def test_learnt_again_it_is_replaced_and_the_newest_week_counts(database: Database, brand: Brand) -> None:
    record_ad_learnings(database, brand.brand_id, WEEK.key, [RAISES, CUTS])
    record_ad_learnings(database, brand.brand_id, WEEK.key, [CUTS])
    assert latest_ad_learnings(database, brand.brand_id, WEEK.key) == (CUTS,)
    record_ad_learnings(database, brand.brand_id, WEEK.plus(1).key, [RAISES])
    assert latest_ad_learnings(database, brand.brand_id, WEEK.plus(3).key) == (RAISES,)
    assert latest_ad_learnings(database, brand.brand_id, WEEK.key) == (CUTS,)
    assert latest_ad_learnings(database, brand.brand_id, WEEK.plus(-1).key) == ()
    assert latest_ad_learnings(database, BrandId("bakery"), WEEK.key) == ()


def test_posts_are_planned_as_if_no_ad_had_been_judged(database: Database, brand: Brand) -> None:
    record_learnings(database, learnt(brand))
    before, newest = learnings_of(database, brand.brand_id, WEEK.key), latest_learnings(database, brand.brand_id)
    assert before is not None and newest is not None
    record_ad_learnings(database, brand.brand_id, WEEK.key, [RAISES, CUTS])
    record_ad_learnings(database, brand.brand_id, WEEK.plus(1).key, [RAISES])
    after = learnings_of(database, brand.brand_id, WEEK.key)
    assert after is not None and after == before
    assert latest_learnings(database, brand.brand_id) == newest
    assert allocate(brand, WEEK, after.learnings, seed=7) == allocate(brand, WEEK, before.learnings, seed=7)


def test_a_week_with_verdicts_alone_has_no_learnings_for_posts(database: Database, brand: Brand) -> None:
    record_ad_learnings(database, brand.brand_id, WEEK.key, [RAISES])
    assert learnings_of(database, brand.brand_id, WEEK.key) is None
    assert latest_learnings(database, brand.brand_id) is None


def test_neither_side_throws_the_others_rows_away(database: Database, brand: Brand) -> None:
    record_ad_learnings(database, brand.brand_id, WEEK.key, [RAISES])
    record_learnings(database, learnt(brand))
    assert latest_ad_learnings(database, brand.brand_id, WEEK.key) == (RAISES,)
    record_ad_learnings(database, brand.brand_id, WEEK.key, [])
    assert latest_ad_learnings(database, brand.brand_id, WEEK.key) == ()
    stored = learnings_of(database, brand.brand_id, WEEK.key)
    assert stored is not None and stored.learnings.posts == 6


def test_analysts_find_them_and_the_views_of_posts_do_not(database: Database, brand: Brand, home: Home) -> None:
    record_learnings(database, learnt(brand))
    warehouse = Warehouse(home.warehouse)
    project(database, warehouse)
    views = ("pillar_performance", "factor_performance", "planned_mix")
    with warehouse.read() as connection:
        before = [connection.execute(f"SELECT * FROM {view} ORDER BY ALL").fetchall() for view in views]
    record_ad_learnings(database, brand.brand_id, WEEK.plus(1).key, [RAISES])
    project(database, warehouse)
    with warehouse.read() as connection:
        assert [connection.execute(f"SELECT * FROM {view} ORDER BY ALL").fetchall() for view in views] == before
        found = connection.execute("SELECT level, statement FROM learnings WHERE factor = 'ad_change'").fetchall()
    assert found == [("raise_budget", RAISES.sentence())]
