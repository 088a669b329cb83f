-- Facts of the ad account, as ad_metrics.
CREATE TABLE IF NOT EXISTS search_terms (
    brand VARCHAR, customer_id VARCHAR, day DATE,
    campaign_id BIGINT, campaign VARCHAR, ad_group_id BIGINT, ad_group VARCHAR,
    search_term VARCHAR, status VARCHAR, keyword VARCHAR, match_type VARCHAR,
    impressions BIGINT, clicks BIGINT, cost_micros BIGINT, conversions DOUBLE, conversions_value DOUBLE,
    currency VARCHAR, fetched_at TIMESTAMPTZ
);
COMMENT ON TABLE search_terms IS 'What people searched for when they met an ad, by day; Google leaves rare terms out, so it adds up to less than ad_metrics';
COMMENT ON COLUMN search_terms.brand IS 'Brand id';
COMMENT ON COLUMN search_terms.customer_id IS 'Google Ads account';
COMMENT ON COLUMN search_terms.day IS 'Day in the time zone of the account, not of the brand';
COMMENT ON COLUMN search_terms.campaign_id IS 'Campaign';
COMMENT ON COLUMN search_terms.campaign IS 'Its name';
COMMENT ON COLUMN search_terms.ad_group_id IS 'Ad group';
COMMENT ON COLUMN search_terms.ad_group IS 'Its name';
COMMENT ON COLUMN search_terms.search_term IS 'The words that were searched for';
COMMENT ON COLUMN search_terms.status IS 'Whether the term is a keyword by now: NONE, ADDED, EXCLUDED or ADDED_EXCLUDED';
COMMENT ON COLUMN search_terms.keyword IS 'The keyword that it met';
COMMENT ON COLUMN search_terms.match_type IS 'EXACT, PHRASE or BROAD, of that keyword';
COMMENT ON COLUMN search_terms.impressions IS 'Times shown';
COMMENT ON COLUMN search_terms.clicks IS 'Clicks';
COMMENT ON COLUMN search_terms.cost_micros IS 'Cost in micros of the currency of the account';
COMMENT ON COLUMN search_terms.conversions IS 'Conversions counted so far, by the day of the click';
COMMENT ON COLUMN search_terms.conversions_value IS 'What they were worth, in units of the currency of the account';
COMMENT ON COLUMN search_terms.currency IS 'Currency of the account; never add up two';
COMMENT ON COLUMN search_terms.fetched_at IS 'When it was read';
