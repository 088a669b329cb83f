-- Every try to read an ad account.
CREATE TABLE IF NOT EXISTS ad_collections (
    brand VARCHAR, customer_id VARCHAR, read_at TIMESTAMPTZ, outcome VARCHAR, first_day DATE, last_day DATE,
    row_count BIGINT, operations BIGINT, currency VARCHAR, time_zone VARCHAR, problem VARCHAR, not_before TIMESTAMPTZ
);
COMMENT ON TABLE ad_collections IS 'Each reading of an ad account, and what it came to';
COMMENT ON COLUMN ad_collections.brand IS 'Brand id';
COMMENT ON COLUMN ad_collections.customer_id IS 'Google Ads account';
COMMENT ON COLUMN ad_collections.read_at IS 'When it ended';
COMMENT ON COLUMN ad_collections.outcome IS 'collected, failed or quota_spent';
COMMENT ON COLUMN ad_collections.first_day IS 'First day that was replaced, in the time zone of the account; empty unless collected';
COMMENT ON COLUMN ad_collections.last_day IS 'Last day that was replaced';
COMMENT ON COLUMN ad_collections.row_count IS 'Rows of facts that were written';
COMMENT ON COLUMN ad_collections.operations IS 'Operations used of the daily quota of the developer token';
COMMENT ON COLUMN ad_collections.currency IS 'Currency of the account; empty where it could not be read';
COMMENT ON COLUMN ad_collections.time_zone IS 'Time zone in which the days of the account begin';
COMMENT ON COLUMN ad_collections.problem IS 'What went wrong and how to mend it; empty when collected';
COMMENT ON COLUMN ad_collections.not_before IS 'No account is asked before this moment: the daily quota is spent';
