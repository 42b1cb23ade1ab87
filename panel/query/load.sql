-- title: one run that overlaps the window, with what it worked and read in all
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- column: account_id VARCHAR
-- column: job_name VARCHAR
-- column: begins TIMESTAMP WITH TIME ZONE
-- column: ends TIMESTAMP WITH TIME ZONE
-- column: executors DOUBLE
-- column: records_read BIGINT
--
-- begins to ends is the time in which the run reported; ends is NULL for a run that is under way and reported nothing.
-- Executors are the mean over that time.
SELECT
  account_id, job_name,
  coalesce(first_datapoint_at, started_at, ts) AS begins,
  coalesce(last_datapoint_at + INTERVAL '1' MINUTE, ended_at) AS ends,
  executors_active AS executors,
  records_in AS records_read
FROM job_runs
WHERE ts >= $from - INTERVAL '8' DAY AND ts < $to
  AND (coalesce(ended_at, last_datapoint_at, ts) >= $from
    OR ended_at IS NULL AND state NOT IN ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'UNKNOWN'))
