-- title: one run of the window, or the series that a job reports for all of its runs (total)
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: run_id VARCHAR
-- column: total BOOLEAN
-- column: begins TIMESTAMP WITH TIME ZONE
-- column: state VARCHAR
-- column: outcome VARCHAR
-- column: queued_at TIMESTAMP WITH TIME ZONE
-- column: started_at TIMESTAMP WITH TIME ZONE
-- column: ended_at TIMESTAMP WITH TIME ZONE
-- column: first_ts TIMESTAMP WITH TIME ZONE
-- column: last_ts TIMESTAMP WITH TIME ZONE
-- column: observed_at TIMESTAMP WITH TIME ZONE
-- column: execution_s DOUBLE
-- column: waiting_s DOUBLE
-- column: startup_s DOUBLE
-- column: records_read DOUBLE
-- column: records_written DOUBLE
-- column: records_source VARCHAR
-- column: records_reason VARCHAR
-- column: executors_now DOUBLE
-- column: executors_active DOUBLE
-- column: executors_needed DOUBLE
-- column: executors_max DOUBLE
-- column: cpu DOUBLE
-- column: heap DOUBLE
-- column: error_category VARCHAR
-- column: error_class VARCHAR
-- column: attempt BIGINT
-- column: previous_run_id VARCHAR
-- column: trigger_name VARCHAR
-- column: job_type VARCHAR
-- column: glue_version VARCHAR
-- column: worker_type VARCHAR
-- column: workers BIGINT
-- column: max_capacity DOUBLE
-- column: execution_class VARCHAR
-- column: timeout_min BIGINT
-- column: auto_scaling BOOLEAN
-- column: dpu_seconds DOUBLE
-- column: dpu_source VARCHAR
-- column: seen_in VARCHAR
--
-- Where there are no run records, a run is what its datapoints tell. One scan: the inner aggregate keeps sinks apart,
-- because records written is a running total per sink with an ALL twin; the outer one takes the twin, or else the sum over
-- the sinks. Deltas are summed, gauges take their latest value. NULL means not reported. elapsedTime and workerUtilization
-- only show that a run exists: of classic metrics and of observability metrics a job may report one kind alone. The twins
-- JobRunId=ALL stay rows of their own (total) and are never added to runs. State and duration come from the custom metrics
-- glue.run.status and glue.run.duration, which stand in the minute in which the run ended and may be published twice: they
-- are read with max, and are no datapoint of the run.
SELECT
  account_id, region, job_name, run_id, run_id = 'ALL' AS total,
  cast(NULL AS timestamp with time zone) AS begins,
  max(state) AS state,
  CASE WHEN max(failed) > 0 THEN 'FAILED' WHEN max(succeeded) > 0 THEN 'SUCCEEDED' END AS outcome,
  cast(NULL AS timestamp with time zone) AS queued_at, cast(NULL AS timestamp with time zone) AS started_at,
  max(completed_ts) + INTERVAL '1' MINUTE AS ended_at,
  min(first_ts) AS first_ts,
  max(last_ts) AS last_ts,
  cast(NULL AS timestamp with time zone) AS observed_at,
  max(duration) AS execution_s,
  cast(NULL AS double) AS waiting_s, cast(NULL AS double) AS startup_s,
  sum(records_read) AS records_read,
  coalesce(max(records_written) FILTER (WHERE sink = 'ALL'),
           sum(records_written) FILTER (WHERE sink <> 'ALL'),
           max(records_written)) AS records_written,
  cast(NULL AS varchar) AS records_source, cast(NULL AS varchar) AS records_reason,
  max(executors_now) AS executors_now,
  cast(NULL AS double) AS executors_active, cast(NULL AS double) AS executors_needed,
  max(executors_max) AS executors_max,
  coalesce(max(cpu_all), max(cpu_driver)) AS cpu,
  coalesce(max(heap_all), max(heap_driver)) AS heap,
  max(error_category) AS error_category,
  cast(NULL AS varchar) AS error_class, cast(NULL AS bigint) AS attempt, cast(NULL AS varchar) AS previous_run_id,
  cast(NULL AS varchar) AS trigger_name, cast(NULL AS varchar) AS job_type, cast(NULL AS varchar) AS glue_version,
  cast(NULL AS varchar) AS worker_type, cast(NULL AS bigint) AS workers, cast(NULL AS double) AS max_capacity,
  cast(NULL AS varchar) AS execution_class, cast(NULL AS bigint) AS timeout_min,
  cast(NULL AS boolean) AS auto_scaling, cast(NULL AS double) AS dpu_seconds, cast(NULL AS varchar) AS dpu_source,
  cast(NULL AS varchar) AS seen_in
FROM (
  SELECT
    account_id, region, job_name, coalesce(job_run_id, 'ALL') AS run_id, sink,
    min(ts) FILTER (WHERE metric_name NOT LIKE 'glue.run.%') AS first_ts,
    max(ts) FILTER (WHERE metric_name NOT LIKE 'glue.run.%') AS last_ts,
    max(ts) FILTER (WHERE metric_name = 'glue.run.status') AS completed_ts,
    max(json_extract_scalar(dimensions, '$.State')) FILTER (WHERE metric_name = 'glue.run.status' AND "max" > 0) AS state,
    max("max") FILTER (WHERE metric_name = 'glue.run.duration') AS duration,
    sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.recordsRead') AS records_read,
    max("max") FILTER (WHERE metric_name = 'glue.driver.recordsWritten') AS records_written,
    max_by("max", ts) FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executors_now,
    max("max") FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executors_max,
    max_by("sum" / nullif("count", 0), ts) FILTER (WHERE metric_name = 'glue.ALL.system.cpuSystemLoad') AS cpu_all,
    max_by("sum" / nullif("count", 0), ts) FILTER (WHERE metric_name = 'glue.driver.system.cpuSystemLoad') AS cpu_driver,
    max_by("sum" / nullif("count", 0), ts) FILTER (WHERE metric_name = 'glue.ALL.jvm.heap.usage') AS heap_all,
    max_by("sum" / nullif("count", 0), ts) FILTER (WHERE metric_name = 'glue.driver.jvm.heap.usage') AS heap_driver,
    max("max") FILTER (WHERE metric_name LIKE 'glue.error.%') AS failed,
    max("max") FILTER (WHERE metric_name = 'glue.succeed.ALL') AS succeeded,
    max(substr(metric_name, 12)) FILTER (WHERE metric_name LIKE 'glue.error.%' AND metric_name <> 'glue.error.ALL' AND "max" > 0) AS error_category
  FROM raw_glue_metrics_flat
  WHERE ts >= $from AND ts < $to
    AND job_name IS NOT NULL
    AND (metric_name IN (
          'glue.driver.aggregate.recordsRead',
          'glue.driver.aggregate.elapsedTime',
          'glue.driver.workerUtilization',
          'glue.driver.recordsWritten',
          'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors',
          'glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad',
          'glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage',
          'glue.succeed.ALL', 'glue.run.status', 'glue.run.duration')
        OR metric_name LIKE 'glue.error.%')
  GROUP BY account_id, region, job_name, coalesce(job_run_id, 'ALL'), sink
) AS per_sink
GROUP BY account_id, region, job_name, run_id
