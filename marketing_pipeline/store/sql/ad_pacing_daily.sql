-- Is the month's ad money spent evenly: each day's cost, the sum of the month so far, and an even share of its limit.
CREATE OR REPLACE VIEW ad_pacing_daily AS
WITH spent AS (
    SELECT brand, customer_id, currency, day, sum(cost_micros)::BIGINT AS cost_micros,
        sum(conversions) AS conversions
    FROM ad_metrics
    WHERE level = 'campaign'
    GROUP BY brand, customer_id, currency, day
),
-- A budget that campaigns share is counted once.
budgets AS (
    SELECT brand, customer_id, sum(amount)::BIGINT AS daily_micros
    FROM (
        SELECT brand, customer_id, budget, max(budget_micros) AS amount
        FROM ad_resources
        WHERE kind = 'campaign' AND status = 'ENABLED'
        GROUP BY brand, customer_id, budget
    )
    GROUP BY brand, customer_id
)
SELECT
    spent.brand,
    spent.customer_id,
    spent.day,
    spent.currency,
    spent.cost_micros,
    spent.conversions,
    sum(spent.cost_micros) OVER month_so_far::BIGINT AS month_cost_micros,
    round(budgets.daily_micros * 30.4)::BIGINT AS month_limit_micros,
    round(budgets.daily_micros * 30.4 * day(spent.day) / day(last_day(spent.day)))::BIGINT AS even_share_micros
FROM spent
LEFT JOIN budgets ON budgets.brand = spent.brand AND budgets.customer_id = spent.customer_id
WINDOW month_so_far AS (
    PARTITION BY spent.brand, spent.customer_id, spent.currency, date_trunc('month', spent.day) ORDER BY spent.day
);

COMMENT ON VIEW ad_pacing_daily IS 'Ad cost of each day and of its month so far, beside an even share of what the daily budgets allow; a day without cost has no row';
COMMENT ON COLUMN ad_pacing_daily.brand IS 'Brand id';
COMMENT ON COLUMN ad_pacing_daily.customer_id IS 'Google Ads account';
COMMENT ON COLUMN ad_pacing_daily.day IS 'Day in the time zone of the account';
COMMENT ON COLUMN ad_pacing_daily.currency IS 'Currency of the account; never add up two';
COMMENT ON COLUMN ad_pacing_daily.cost_micros IS 'Cost of the day in micros of that currency';
COMMENT ON COLUMN ad_pacing_daily.conversions IS 'Conversions counted so far, by the day of the click';
COMMENT ON COLUMN ad_pacing_daily.month_cost_micros IS 'Cost of the calendar month until that day, in micros';
COMMENT ON COLUMN ad_pacing_daily.month_limit_micros IS '30.4 times the daily budgets of enabled campaigns as they stand now, which is Google''s own limit; empty where none is known';
COMMENT ON COLUMN ad_pacing_daily.even_share_micros IS 'Part of that limit that the days of the month so far would take evenly';
