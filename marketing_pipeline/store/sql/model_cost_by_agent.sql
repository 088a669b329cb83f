-- What the models cost and how well calls go, by week, agent and model. An unknown price is not free: it is counted apart.
CREATE OR REPLACE VIEW model_cost_by_agent AS
SELECT
    brand,
    week,
    agent,
    provider,
    model,
    count(*) AS calls,
    count(*) FILTER (outcome NOT IN ('ok', 'in_flight')) AS failed_calls,
    count(*) FILTER (attempt > 1) AS repairs,
    sum(cost_micros) / 1e6 AS cost_usd,
    sum(cost_micros)::BIGINT AS cost_micros,
    count(*) FILTER (cost_micros IS NULL) AS calls_without_cost,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(cache_read_tokens)::BIGINT AS cache_read_tokens,
    sum(cache_write_tokens)::BIGINT AS cache_write_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    median(latency_ms) / 1000 AS median_latency_s,
    quantile_cont(latency_ms, 0.95) / 1000 AS p95_latency_s
FROM model_calls
GROUP BY brand, week, agent, provider, model;

COMMENT ON VIEW model_cost_by_agent IS 'Calls, failures, tokens and cost of language models by week, agent and model';
COMMENT ON COLUMN model_cost_by_agent.brand IS 'Brand id';
COMMENT ON COLUMN model_cost_by_agent.week IS 'Monday of the week that the calls were made for';
COMMENT ON COLUMN model_cost_by_agent.agent IS 'strategist, composer, copywriter, evaluator, analyst';
COMMENT ON COLUMN model_cost_by_agent.provider IS 'sandbox or anthropic; sandbox rows cost nothing real';
COMMENT ON COLUMN model_cost_by_agent.model IS 'Model id';
COMMENT ON COLUMN model_cost_by_agent.calls IS 'Calls, failed ones included';
COMMENT ON COLUMN model_cost_by_agent.failed_calls IS 'Calls that ended without an answer that could be used';
COMMENT ON COLUMN model_cost_by_agent.repairs IS 'Calls that repaired an answer';
COMMENT ON COLUMN model_cost_by_agent.cost_usd IS 'Known cost in US dollars; empty when none is known';
COMMENT ON COLUMN model_cost_by_agent.cost_micros IS 'The same in USD micros';
COMMENT ON COLUMN model_cost_by_agent.calls_without_cost IS 'Calls whose cost is not known, or not yet';
COMMENT ON COLUMN model_cost_by_agent.input_tokens IS 'Prompt tokens, without cached ones';
COMMENT ON COLUMN model_cost_by_agent.cache_read_tokens IS 'Tokens read from the cache';
COMMENT ON COLUMN model_cost_by_agent.cache_write_tokens IS 'Tokens written to the cache';
COMMENT ON COLUMN model_cost_by_agent.output_tokens IS 'Answer tokens, thinking included';
COMMENT ON COLUMN model_cost_by_agent.median_latency_s IS 'Median seconds until the answer';
COMMENT ON COLUMN model_cost_by_agent.p95_latency_s IS 'Seconds within which 95 % of the answers came';
