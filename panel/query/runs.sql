-- title: one run of the window, or the series that a job reports for all of its runs (total)
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: run_id VARCHAR
-- column: total BOOLEAN
-- column: first_ts TIMESTAMP WITH TIME ZONE
-- column: last_ts TIMESTAMP WITH TIME ZONE
-- column: records_read DOUBLE
-- column: records_written DOUBLE
-- column: executors_now DOUBLE
-- column: executors_max DOUBLE
-- column: cpu DOUBLE
-- column: heap DOUBLE
-- column: failed DOUBLE
-- column: succeeded DOUBLE
-- column: error_class VARCHAR
--
-- One scan: the inner aggregate keeps sinks apart, because records written is a running total per sink with an ALL
-- twin; the outer one takes the twin, or else the sum over the sinks. Deltas are summed, gauges take their latest
-- value. NULL means not reported. elapsedTime and workerUtilization only show that a run exists: of classic metrics and
-- of observability metrics a job may report one kind alone. The twins JobRunId=ALL stay rows of their own (total) and are never added to runs.
SELECT
  account_id, region, job_name, run_id, run_id = 'ALL' AS total,
  min(first_ts) AS first_ts,
  max(last_ts) AS last_ts,
  sum(records_read) AS records_read,
  coalesce(max(records_written) FILTER (WHERE sink = 'ALL'),
           sum(records_written) FILTER (WHERE sink <> 'ALL'),
           max(records_written)) AS records_written,
  max(executors_now) AS executors_now,
  max(executors_max) AS executors_max,
  coalesce(max(cpu_all), max(cpu_driver)) AS cpu,
  coalesce(max(heap_all), max(heap_driver)) AS heap,
  max(failed) AS failed,
  max(succeeded) AS succeeded,
  max(error_class) AS error_class
FROM (
  SELECT
    account_id, region, job_name, coalesce(job_run_id, 'ALL') AS run_id, sink,
    min(ts) AS first_ts,
    max(ts) AS last_ts,
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
    max(substr(metric_name, 12)) FILTER (WHERE metric_name LIKE 'glue.error.%' AND metric_name <> 'glue.error.ALL' AND "max" > 0) AS error_class
  FROM glue_metrics
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
          'glue.succeed.ALL')
        OR metric_name LIKE 'glue.error.%')
  GROUP BY account_id, region, job_name, coalesce(job_run_id, 'ALL'), sink
) AS per_sink
GROUP BY account_id, region, job_name, run_id
