"""What analysts ask: each question of a view, and by hand the best query on the tables that gives the same rows."""

from typing import NamedTuple


class Question(NamedTuple):
    """`asked` reads views; `by_hand` reads tables of the control plane and ad facts, as an expert would write it."""

    asked: str
    by_hand: str


_AGE_PLACE = "list_position(['1h', '24h', '72h', '7d'], age)"
_NEWEST_OF_B7 = f"""newest AS (
    SELECT post, max_by({{reach: reach, age: age, age_hours: age_hours,
        engagement: (likes + 2 * comments + 3 * saved + 4 * shares)::DOUBLE}},
        {_AGE_PLACE} + CASE WHEN reach IS NULL THEN 0 ELSE 10 END) AS m
    FROM insight_snapshots WHERE brand = 'b7' GROUP BY post)"""
_MEASURED_OF_B7 = f"""WITH {_NEWEST_OF_B7}, measured AS (
    SELECT p.*, m.reach AS reach, m.engagement AS engagement, m.age AS age, m.age_hours AS age_hours
    FROM posts AS p LEFT JOIN newest ON newest.post = p.id WHERE p.brand = 'b7' AND p.state = 'published')"""
_FACTS = """count(*), count(engagement), avg(reach), avg(engagement), median(engagement),
    sum(engagement) FILTER (reach > 0) / nullif(sum(reach) FILTER (engagement IS NOT NULL), 0)"""

OF_ONE_BRAND = (
    Question(
        "SELECT * FROM weekly_summary WHERE brand = 'b7' ORDER BY week",
        f"""{_MEASURED_OF_B7}, results AS (
            SELECT week, sum(reach)::BIGINT AS reach, avg(engagement) AS mean,
                sum(engagement) FILTER (reach > 0) / nullif(sum(reach) FILTER (engagement IS NOT NULL), 0) AS rate,
                count(engagement) AS measured, count(*) FILTER (age = '7d') AS final FROM measured GROUP BY week),
        money AS (SELECT week, sum(cost_micros) / 1e6 AS cost FROM model_calls WHERE brand = 'b7' GROUP BY week),
        plan AS (SELECT week, max_by(theme, version) AS theme FROM plans WHERE brand = 'b7' GROUP BY week),
        work AS (SELECT brand, week, count(*) AS posts, count(*) FILTER (state = 'published') AS published,
            count(*) FILTER (state IN ('needs_human', 'parked', 'missed', 'failed')) AS waiting,
            count(*) FILTER (state = 'cancelled') AS cancelled FROM posts WHERE brand = 'b7' GROUP BY ALL)
        SELECT brand, week, theme, posts, published, waiting, cancelled, coalesce(measured, 0), coalesce(final, 0),
            reach, mean, rate, cost
        FROM work LEFT JOIN results USING (week) LEFT JOIN money USING (week) LEFT JOIN plan USING (week)
        ORDER BY week""",
    ),
    Question(
        "SELECT place, post, week, engagement, against_usual, reach FROM best_posts WHERE brand = 'b7' AND place <= 10"
        " ORDER BY place",
        f"""{_MEASURED_OF_B7} SELECT row_number() OVER (ORDER BY engagement DESC, id), id, week, engagement,
            engagement / (SELECT median(engagement) FROM measured WHERE age_hours >= 24), reach
        FROM measured WHERE engagement IS NOT NULL AND age_hours >= 24 ORDER BY engagement DESC, id LIMIT 10""",
    ),
    Question(
        "SELECT * FROM factor_performance WHERE brand = 'b7' ORDER BY factor, level",
        f"""{_MEASURED_OF_B7}
        SELECT brand, factor, level, {_FACTS} FROM (
            UNPIVOT (SELECT brand, pillar, format, hook, slot, reach, engagement FROM measured)
            ON pillar, format, hook, slot INTO NAME factor VALUE level) GROUP BY ALL ORDER BY factor, level""",
    ),
    Question(
        "SELECT pillar, posts, mean_reach, median_engagement, engagement_rate FROM pillar_performance"
        " WHERE brand = 'b7' ORDER BY pillar",
        f"""{_MEASURED_OF_B7} SELECT pillar, count(*), avg(reach), median(engagement),
            sum(engagement) FILTER (reach > 0) / nullif(sum(reach) FILTER (engagement IS NOT NULL), 0)
        FROM measured GROUP BY pillar ORDER BY pillar""",
    ),
    Question(
        "SELECT post, week, hook_line, picture, reach, engagement FROM post_results WHERE brand = 'b7' ORDER BY post",
        f"""{_MEASURED_OF_B7} SELECT measured.id, week, hook_line, c.media ->> '$[0].sha256', reach, engagement
        FROM measured LEFT JOIN post_variations AS v ON v.id = chosen_variation
        LEFT JOIN creatives AS c ON c.id = chosen_creative ORDER BY measured.id""",
    ),
    Question(
        "SELECT week, age, avg(engagement_rate) FROM post_metrics WHERE brand = 'b7' GROUP BY ALL ORDER BY ALL",
        """SELECT week, age, avg((likes + 2 * comments + 3 * saved + 4 * shares)::DOUBLE / nullif(reach, 0))
        FROM insight_snapshots AS m JOIN posts AS p ON p.id = m.post WHERE m.brand = 'b7' GROUP BY ALL ORDER BY ALL""",
    ),
    Question(
        "SELECT * FROM model_cost_by_agent WHERE brand = 'b7' ORDER BY week, agent, model",
        """SELECT brand, week, agent, provider, model, count(*), count(*) FILTER (outcome NOT IN ('ok', 'in_flight')),
            count(*) FILTER (attempt > 1), sum(cost_micros) / 1e6, sum(cost_micros)::BIGINT,
            count(*) FILTER (cost_micros IS NULL), sum(input_tokens)::BIGINT, sum(cache_read_tokens)::BIGINT,
            sum(cache_write_tokens)::BIGINT, sum(output_tokens)::BIGINT, median(latency_ms) / 1000,
            quantile_cont(latency_ms, 0.95) / 1000
        FROM model_calls WHERE brand = 'b7' GROUP BY ALL ORDER BY week, agent, model""",
    ),
    Question(
        "SELECT week, factor, level, planned_posts, recommended_share FROM planned_mix"
        " WHERE brand = 'b7' AND factor = 'pillar' ORDER BY week, level",
        """WITH plan AS (SELECT week, max_by(mix, version) AS mix FROM plans WHERE brand = 'b7' GROUP BY week),
        recommended AS (SELECT week, level.key AS level, level.value::DOUBLE AS share
            FROM plan, json_each(mix -> 'pillar') AS level),
        planned AS (SELECT week, pillar AS level, count(*) AS posts FROM posts WHERE brand = 'b7' GROUP BY ALL)
        SELECT week, 'pillar', level, coalesce(posts, 0), share
        FROM planned FULL JOIN recommended USING (week, level) ORDER BY week, level""",
    ),
    Question(
        "SELECT post, cost_micros FROM cost_by_post WHERE brand = 'b7' ORDER BY cost_micros DESC, post LIMIT 10",
        """SELECT post, sum(cost_micros)::BIGINT AS cost FROM model_calls
        WHERE brand = 'b7' AND post IS NOT NULL GROUP BY post ORDER BY cost DESC, post LIMIT 10""",
    ),
    Question(
        "SELECT post, attempt, gain, failed_checks, defects FROM creative_attempts WHERE brand = 'b7'"
        " ORDER BY post, attempt",
        """WITH mine AS (SELECT c.* FROM creatives AS c SEMI JOIN posts AS p ON p.id = c.post AND p.brand = 'b7')
        SELECT post, attempt, score - lag(score) OVER (PARTITION BY post, round ORDER BY attempt),
            [x.name FOR x IN from_json(checks, '[{"name": "VARCHAR", "passed": "BOOLEAN"}]') IF NOT x.passed],
            coalesce(defects, [])
        FROM mine LEFT JOIN (SELECT creative, list(DISTINCT defect ORDER BY defect) AS defects
            FROM evaluations SEMI JOIN mine ON mine.id = creative WHERE defect <> '' GROUP BY creative) AS e
            ON e.creative = mine.id ORDER BY post, attempt""",
    ),
    Question(
        "SELECT week, designs, first_pass_rate, share_good FROM evaluation_weekly WHERE brand = 'b7' ORDER BY week",
        """WITH mine AS (SELECT id, week FROM posts WHERE brand = 'b7'),
        design AS (SELECT week, bool_or(meets_bar AND attempt = 1) AS at_once
            FROM creatives AS c JOIN mine ON mine.id = c.post GROUP BY week, c.post, c.round),
        designs AS (SELECT week, count(*) AS designs, avg(at_once::INT) AS first FROM design GROUP BY week),
        verdicts AS (SELECT week, avg((level = 'good')::INT) AS good
            FROM evaluations AS e JOIN mine ON mine.id = e.post GROUP BY week)
        SELECT week, designs, first, good FROM designs LEFT JOIN verdicts USING (week) ORDER BY week""",
    ),
    Question(
        "SELECT week, decisions, agreement FROM human_agreement WHERE brand = 'b7' ORDER BY week",
        """WITH judged AS (SELECT p.week, d.decision = 'approve' AS yes,
                arg_max(c.meets_bar, (c.round, c.chosen, c.attempt)) AS bar
            FROM approvals AS d JOIN posts AS p ON p.id = d.subject
            JOIN creatives AS c ON c.post = p.id AND c.created_at <= d.decided_at
            WHERE d.brand = 'b7' AND p.brand = 'b7' AND d.kind = 'publish_post'
                AND d.decision IN ('approve', 'reject') AND d.source NOT IN ('policy', 'system')
            GROUP BY d.id, d.sequence, p.week, d.decision)
        SELECT week, count(*), avg((bar = yes)::INT) FROM judged GROUP BY week ORDER BY week""",
    ),
    Question(
        "SELECT goal, actual, progress, posts FROM goal_progress WHERE brand = 'b7'",
        f"""{_MEASURED_OF_B7}, week AS (SELECT week FROM measured GROUP BY week
            HAVING count(*) = count(*) FILTER (age = '7d') ORDER BY week DESC LIMIT 4)
        SELECT 'reach', avg(reach), (avg(reach) - 4000) / (6000 - 4000), count(*)
        FROM measured SEMI JOIN week USING (week)""",
    ),
    Question(
        "SELECT id, decision, hours_to_decide FROM approvals_story WHERE brand = 'b7' ORDER BY id",
        """SELECT id, min_by(decision, sequence) FILTER (decision IN ('approve', 'reject')),
            epoch(min_by(decided_at, sequence) FILTER (decision IN ('approve', 'reject'))
                - min_by(decided_at, sequence) FILTER (decision = 'requested')) / 3600
        FROM approvals WHERE brand = 'b7' GROUP BY id ORDER BY id""",
    ),
    Question(
        "SELECT day, cost_micros, month_cost_micros, even_share_micros FROM ad_pacing_daily WHERE brand = 'b7'"
        " ORDER BY day",
        """WITH spent AS (SELECT day, sum(cost_micros)::BIGINT AS cost FROM ad_metrics
            WHERE brand = 'b7' AND level = 'campaign' GROUP BY day),
        limits AS (SELECT sum(amount)::BIGINT AS daily FROM (SELECT max(budget_micros) AS amount FROM ad_resources
            WHERE brand = 'b7' AND kind = 'campaign' AND status = 'ENABLED' GROUP BY budget))
        SELECT day, cost, sum(cost) OVER (PARTITION BY date_trunc('month', day) ORDER BY day)::BIGINT,
            round(daily * 30.4 * day(day) / day(last_day(day)))::BIGINT FROM spent, limits ORDER BY day""",
    ),
    Question(
        "SELECT kind, id, way_out FROM waiting_for_a_person WHERE brand = 'b7' AND kind <> 'approval'",
        """SELECT 'post', id, 'marketing posts ' || CASE state WHEN 'missed' THEN 'reschedule '
            WHEN 'failed' THEN 'retry ' ELSE 'show ' END || id
        FROM posts WHERE brand = 'b7' AND state IN ('needs_human', 'missed', 'failed')
        UNION ALL SELECT 'held post', id, 'marketing posts release ' || id
        FROM posts WHERE brand = 'b7' AND held AND state NOT IN ('published', 'cancelled')
        UNION ALL SELECT 'effect', id, 'marketing effects resolve ' || id
        FROM effects WHERE brand = 'b7' AND state = 'parked'
        UNION ALL SELECT 'pause', id::VARCHAR, 'marketing resume --brand b7' || coalesce(' --channel ' || channel, '')
        FROM holds WHERE brand = 'b7' AND released_at IS NULL""",
    ),
)

_NEWEST = _NEWEST_OF_B7.replace(" WHERE brand = 'b7'", "")
OF_ALL_BRANDS = (
    Question(
        "SELECT week, avg(engagement) FROM post_metrics WHERE age = '7d' GROUP BY week ORDER BY week",
        """SELECT week, avg((likes + 2 * comments + 3 * saved + 4 * shares)::DOUBLE) FROM insight_snapshots AS m
        JOIN posts AS p ON p.id = m.post WHERE age = '7d' GROUP BY week ORDER BY week""",
    ),
    Question(
        "SELECT format, count(*), sum(reach), avg(engagement) FROM post_results GROUP BY format ORDER BY format",
        f"""WITH {_NEWEST} SELECT format, count(*), sum(m.reach), avg(m.engagement)
        FROM posts AS p LEFT JOIN newest ON newest.post = p.id
        WHERE state = 'published' GROUP BY format ORDER BY format""",
    ),
    Question(
        "SELECT week, sum(posts), sum(reach) FROM weekly_summary GROUP BY week ORDER BY week",
        f"""WITH {_NEWEST} SELECT week, count(*), sum(m.reach) FILTER (state = 'published')
        FROM posts AS p LEFT JOIN newest ON newest.post = p.id GROUP BY week ORDER BY week""",
    ),
    Question(
        "SELECT brand, sum(cost_usd) FROM model_cost_by_agent GROUP BY brand ORDER BY brand",
        "SELECT brand, sum(cost_micros) / 1e6 FROM model_calls GROUP BY brand ORDER BY brand",
    ),
    Question(
        "SELECT brand, max(month_cost_micros) FROM ad_pacing_daily GROUP BY brand ORDER BY brand",
        """SELECT brand, max(cost) FROM (SELECT brand, sum(cost_micros)::BIGINT AS cost FROM ad_metrics
            WHERE level = 'campaign' GROUP BY brand, date_trunc('month', day)) GROUP BY brand ORDER BY brand""",
    ),
    Question(
        "SELECT decision, count(*), avg(hours_to_decide) FROM approvals_story GROUP BY decision ORDER BY decision",
        """SELECT decision, count(*), avg(epoch(decided - asked) / 3600) FROM (SELECT
            min_by(decision, sequence) FILTER (decision IN ('approve', 'reject')) AS decision,
            min_by(decided_at, sequence) FILTER (decision IN ('approve', 'reject')) AS decided,
            min_by(decided_at, sequence) FILTER (decision = 'requested') AS asked
            FROM approvals GROUP BY id) GROUP BY decision ORDER BY decision""",
    ),
    Question(
        "SELECT pillar, avg(engagement_rate) FROM pillar_performance GROUP BY pillar ORDER BY pillar",
        f"""WITH {_NEWEST}, rate AS (SELECT pillar, sum(m.engagement) FILTER (m.reach > 0)
                / nullif(sum(m.reach) FILTER (m.engagement IS NOT NULL), 0) AS rate
            FROM posts AS p LEFT JOIN newest ON newest.post = p.id WHERE state = 'published' GROUP BY brand, pillar)
        SELECT pillar, avg(rate) FROM rate GROUP BY pillar ORDER BY pillar""",
    ),
)
QUESTIONS = (*OF_ONE_BRAND, *OF_ALL_BRANDS)
