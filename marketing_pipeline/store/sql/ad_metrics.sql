-- Facts of the ad account. Filled by collection, not copied from the control plane: a rebuild leaves them alone.
CREATE TABLE IF NOT EXISTS ad_metrics (
    brand VARCHAR, customer_id VARCHAR, day DATE, level VARCHAR,
    campaign_id BIGINT, campaign VARCHAR, ad_group_id BIGINT, ad_group VARCHAR,
    item_id BIGINT, item VARCHAR, match_type VARCHAR,
    impressions BIGINT, clicks BIGINT, cost_micros BIGINT, conversions DOUBLE, conversions_value DOUBLE,
    currency VARCHAR, fetched_at TIMESTAMPTZ
);
COMMENT ON TABLE ad_metrics IS 'What each campaign, ad group, keyword and ad did on each day; a day without a row had nothing to show. Choose one level: each adds up to the same money';
COMMENT ON COLUMN ad_metrics.brand IS 'Brand id';
COMMENT ON COLUMN ad_metrics.customer_id IS 'Google Ads account';
COMMENT ON COLUMN ad_metrics.day IS 'Day in the time zone of the account, not of the brand';
COMMENT ON COLUMN ad_metrics.level IS 'campaign, ad_group, keyword or ad: what the row is about';
COMMENT ON COLUMN ad_metrics.campaign_id IS 'Campaign';
COMMENT ON COLUMN ad_metrics.campaign IS 'Its name';
COMMENT ON COLUMN ad_metrics.ad_group_id IS 'Ad group; empty at level campaign';
COMMENT ON COLUMN ad_metrics.ad_group IS 'Its name';
COMMENT ON COLUMN ad_metrics.item_id IS 'Keyword (criterion) or ad; empty at the levels above';
COMMENT ON COLUMN ad_metrics.item IS 'The words of the keyword';
COMMENT ON COLUMN ad_metrics.match_type IS 'EXACT, PHRASE or BROAD, of keywords';
COMMENT ON COLUMN ad_metrics.impressions IS 'Times shown';
COMMENT ON COLUMN ad_metrics.clicks IS 'Clicks';
COMMENT ON COLUMN ad_metrics.cost_micros IS 'Cost in micros of the currency of the account';
COMMENT ON COLUMN ad_metrics.conversions IS 'Conversions counted so far, by the day of the click: those of recent days still rise';
COMMENT ON COLUMN ad_metrics.conversions_value IS 'What they were worth, in units of the currency of the account';
COMMENT ON COLUMN ad_metrics.currency IS 'Currency of the account; never add up two';
COMMENT ON COLUMN ad_metrics.fetched_at IS 'When it was read';
