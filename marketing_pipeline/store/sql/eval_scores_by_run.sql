-- How each criterion did in each run of an evaluation suite, by half. Over the corpus: how well the scorer finds defects.
CREATE OR REPLACE VIEW eval_scores_by_run AS
SELECT
    r.id AS run,
    r.suite,
    s.criterion,
    r.brand,
    r.provider,
    CASE WHEN starts_with(s."case", 'held/') THEN 'held_out' ELSE 'development' END AS split,
    r.provider NOT IN ('corpus', 'sandbox') AND s.counted AND starts_with(s."case", 'held/') AS is_quality,
    r.model,
    r.prompt_sha256,
    r.rubric_sha256,
    s.counted,
    count(*) AS cases,
    avg(s.passed::INT) AS pass_share,
    avg(s.value) AS mean_value,
    count(*) FILTER (NOT s.expected) AS planted,
    count(*) FILTER (NOT s.passed) AS found,
    count(*) FILTER (NOT s.passed AND NOT s.expected) AS rightly_found,
    count(*) FILTER (NOT s.passed AND NOT s.expected)
        / nullif(count(*) FILTER (NOT s.passed AND r.provider = 'corpus'), 0) AS "precision",
    count(*) FILTER (NOT s.passed AND NOT s.expected)
        / nullif(count(*) FILTER (NOT s.expected AND r.provider = 'corpus'), 0) AS recall,
    r.started_at
FROM eval_runs AS r
JOIN eval_scores AS s ON s.run = r.id
GROUP BY ALL;

COMMENT ON VIEW eval_scores_by_run IS 'Each criterion of each run of an evaluation suite; over the corpus, how well its scorer finds planted defects';
COMMENT ON COLUMN eval_scores_by_run.run IS 'Run id';
COMMENT ON COLUMN eval_scores_by_run.suite IS 'Suite, named after its agent';
COMMENT ON COLUMN eval_scores_by_run.criterion IS 'What was looked at';
COMMENT ON COLUMN eval_scores_by_run.brand IS 'Brand whose spend cap the calls counted in; empty for the corpus';
COMMENT ON COLUMN eval_scores_by_run.provider IS 'corpus: no model was asked; sandbox: plumbing only; anthropic';
COMMENT ON COLUMN eval_scores_by_run.split IS 'held_out, or development: cases that scorers and prompts were made with';
COMMENT ON COLUMN eval_scores_by_run.is_quality IS 'Whether the row says anything about how good the agent is';
COMMENT ON COLUMN eval_scores_by_run.model IS 'Model id; empty for the corpus';
COMMENT ON COLUMN eval_scores_by_run.prompt_sha256 IS 'Hash of the prompt file';
COMMENT ON COLUMN eval_scores_by_run.rubric_sha256 IS 'Hash of what judges are asked';
COMMENT ON COLUMN eval_scores_by_run.counted IS 'False for a hint, of a judge or of a scorer that is not to be trusted yet; it decides nothing';
COMMENT ON COLUMN eval_scores_by_run.cases IS 'Cases scored';
COMMENT ON COLUMN eval_scores_by_run.pass_share IS 'Share of them that hold the criterion; over the corpus half of them are not meant to';
COMMENT ON COLUMN eval_scores_by_run.mean_value IS 'Mean of the values, 0 to 1';
COMMENT ON COLUMN eval_scores_by_run.planted IS 'Cases in which its defect was planted';
COMMENT ON COLUMN eval_scores_by_run.found IS 'Cases in which the scorer found it';
COMMENT ON COLUMN eval_scores_by_run.rightly_found IS 'Both';
COMMENT ON COLUMN eval_scores_by_run."precision" IS 'Of those found, the share that was planted; only over the corpus';
COMMENT ON COLUMN eval_scores_by_run.recall IS 'Of those planted, the share that was found; only over the corpus';
COMMENT ON COLUMN eval_scores_by_run.started_at IS 'When the run began';
