-- What stands in the ad account, as it was when last read.
CREATE TABLE IF NOT EXISTS ad_resources (
    brand VARCHAR, customer_id VARCHAR, kind VARCHAR, resource VARCHAR, status VARCHAR,
    campaign_id BIGINT, campaign VARCHAR, ad_group_id BIGINT, ad_group VARCHAR,
    item_id BIGINT, item VARCHAR, match_type VARCHAR, negative BOOLEAN,
    bidding_strategy VARCHAR, bidding_status VARCHAR, target_cpa_micros BIGINT, target_roas DOUBLE, cpc_bid_micros BIGINT,
    budget VARCHAR, budget_micros BIGINT, budget_campaigns BIGINT,
    currency VARCHAR, fetched_at TIMESTAMPTZ
);
ALTER TABLE ad_resources ADD COLUMN IF NOT EXISTS target_roas DOUBLE;
COMMENT ON TABLE ad_resources IS 'What stands in each ad account, removed things included, as of the last collection';
COMMENT ON COLUMN ad_resources.brand IS 'Brand id';
COMMENT ON COLUMN ad_resources.customer_id IS 'Google Ads account';
COMMENT ON COLUMN ad_resources.kind IS 'campaign, ad_group, keyword, ad or negative_keyword (of a campaign)';
COMMENT ON COLUMN ad_resources.resource IS 'Resource name: what a change names';
COMMENT ON COLUMN ad_resources.status IS 'ENABLED, PAUSED or REMOVED';
COMMENT ON COLUMN ad_resources.campaign_id IS 'Campaign';
COMMENT ON COLUMN ad_resources.campaign IS 'Its name';
COMMENT ON COLUMN ad_resources.ad_group_id IS 'Ad group';
COMMENT ON COLUMN ad_resources.ad_group IS 'Its name';
COMMENT ON COLUMN ad_resources.item_id IS 'Keyword (criterion) or ad';
COMMENT ON COLUMN ad_resources.item IS 'The words of the keyword, or the first headlines of the ad';
COMMENT ON COLUMN ad_resources.match_type IS 'EXACT, PHRASE or BROAD, of keywords';
COMMENT ON COLUMN ad_resources.negative IS 'Whether the keyword keeps ads away';
COMMENT ON COLUMN ad_resources.bidding_strategy IS 'How the campaign bids, such as MAXIMIZE_CONVERSIONS';
COMMENT ON COLUMN ad_resources.bidding_status IS 'Whether bidding is still learning: LEARNING_... or ENABLED';
COMMENT ON COLUMN ad_resources.target_cpa_micros IS 'Target cost of a conversion of the campaign, in micros; empty where it has none';
COMMENT ON COLUMN ad_resources.target_roas IS 'Target conversion value over cost of the campaign; empty where it has none';
COMMENT ON COLUMN ad_resources.cpc_bid_micros IS 'Bid of the ad group or keyword, in micros; empty where the one above counts';
COMMENT ON COLUMN ad_resources.budget IS 'Resource name of the budget of the campaign';
COMMENT ON COLUMN ad_resources.budget_micros IS 'Its average daily amount, in micros';
COMMENT ON COLUMN ad_resources.budget_campaigns IS 'Campaigns that spend from it: more than 1 means shared, so never add it up';
COMMENT ON COLUMN ad_resources.currency IS 'Currency of the account';
COMMENT ON COLUMN ad_resources.fetched_at IS 'When it was read';
