-- title: what the runs of one job were in all
-- param: from TIMESTAMP, the earliest begin of the runs, inclusive
-- param: to TIMESTAMP, the latest begin of the runs, exclusive
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: runs BIGINT
-- column: succeeded BIGINT
-- column: measured BIGINT
-- column: last_begin TIMESTAMP WITH TIME ZONE
--
-- measured are the runs that reported a datapoint.
SELECT
  account_id, region, job_name,
  count(*) AS runs,
  count(*) FILTER (WHERE coalesce(nullif(state, 'UNKNOWN'), outcome) = 'SUCCEEDED') AS succeeded,
  count(first_datapoint_at) AS measured,
  max(ts) AS last_begin
FROM job_runs
WHERE ts >= $from AND ts < $to
GROUP BY account_id, region, job_name
