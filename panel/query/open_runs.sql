-- title: one run that is not known to have ended, or that Glue was not asked about yet
-- param: since TIMESTAMP, the earliest begin of the runs
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: run_id VARCHAR
-- column: state VARCHAR
-- column: outcome VARCHAR
-- column: last_datapoint_at TIMESTAMP WITH TIME ZONE
-- column: modified_at TIMESTAMP WITH TIME ZONE
-- column: observed_at TIMESTAMP WITH TIME ZONE
-- column: seen_in VARCHAR
-- column: metric_state VARCHAR
-- column: begins TIMESTAMP WITH TIME ZONE
-- column: timeout_min BIGINT
SELECT
  account_id, region, job_name, job_run_id AS run_id, state, outcome, last_datapoint_at, modified_at, observed_at, seen_in, metric_state,
  ts AS begins, timeout_min
FROM job_runs
WHERE ts >= $since
  AND (state NOT IN ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED') OR seen_in IS NULL OR seen_in NOT LIKE '%api%')
