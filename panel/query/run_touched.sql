-- title: the runs that have datapoints in a span: when the first of them began, and how many they are
-- param: touched_from TIMESTAMP, start of the span, inclusive
-- param: touched_to TIMESTAMP, end of the span, exclusive
-- column: first_ts TIMESTAMP WITH TIME ZONE
-- column: runs BIGINT
--
-- first_ts is the earliest first datapoint, as far as run records and the span tell; NULL without runs. What a run adds up to
-- is found in its datapoints from there on: see run_metrics.
SELECT
  min(least(t.first_ts, coalesce(r.first_datapoint_at, t.first_ts))) AS first_ts,
  count(*) AS runs
FROM (
  SELECT account_id, region, job_name, job_run_id, min(ts) AS first_ts
  FROM glue_metrics
  WHERE ts >= $touched_from AND ts < $touched_to AND job_name IS NOT NULL AND job_run_id <> 'ALL'
  GROUP BY account_id, region, job_name, job_run_id
) AS t
LEFT JOIN (
  SELECT account_id, region, job_name, job_run_id, first_datapoint_at
  FROM job_runs
  WHERE ts >= $touched_from - INTERVAL '8' DAY AND ts < $touched_to
) AS r ON r.account_id = t.account_id AND r.region = t.region AND r.job_name = t.job_name AND r.job_run_id = t.job_run_id
