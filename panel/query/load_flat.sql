-- title: one job in one bucket of time: executor minutes, records read, runs seen
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- param: step BIGINT, bucket width in seconds
-- column: bucket BIGINT
-- column: account_id VARCHAR
-- column: job_name VARCHAR
-- column: last_ts TIMESTAMP WITH TIME ZONE
-- column: executor_minutes DOUBLE
-- column: records_read DOUBLE
-- column: runs BIGINT
--
-- bucket is the start of the bucket in seconds since the epoch. The sum of the per-minute averages of running
-- executors is executor minutes: divided by the minutes of the bucket it is the mean number of executors at work.
-- The twins JobRunId=ALL are left out.
SELECT
  cast(floor(to_unixtime(ts) / $step) AS bigint) * $step AS bucket,
  account_id, job_name,
  max(ts) AS last_ts,
  sum("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executor_minutes,
  sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.recordsRead') AS records_read,
  count(DISTINCT job_run_id) AS runs
FROM raw_glue_metrics_flat
WHERE ts >= $from AND ts < $to
  AND job_name IS NOT NULL
  AND job_run_id <> 'ALL'
  AND metric_name IN (
    'glue.driver.aggregate.recordsRead',
    'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors')
GROUP BY 1, 2, 3
