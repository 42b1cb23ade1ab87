-- title: one run by its name
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- param: account VARCHAR, account id of the job
-- param: job VARCHAR, job name, exact
-- param: run VARCHAR, job run id
--
-- The columns are those of the panel runs.
-- part: part_run
WHERE ts >= $from - INTERVAL '8' DAY AND ts < $to
  AND account_id = $account AND job_name = $job AND job_run_id = $run
