-- title: one run that overlaps the window
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
--
-- A run is one row whatever its number of datapoints: they are rolled up when they come. It overlaps the window when it
-- begins before its end, and ends after its start or has not ended yet; no run lasts longer than 8 days. ts is when it
-- begins, as far as is known. Executors at work, CPU and heap are those of the whole run so far: mean, mean, greatest.
-- NULL means not reported.
-- part: part_run
WHERE ts >= $from - INTERVAL '8' DAY AND ts < $to
  AND (coalesce(ended_at, last_datapoint_at, ts) >= $from
    OR ended_at IS NULL AND state NOT IN ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'UNKNOWN'))
