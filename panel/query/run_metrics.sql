-- title: what the datapoints of one run add up to
-- param: touched_from TIMESTAMP, start of the span that tells which runs are meant: those with datapoints in it
-- param: touched_to TIMESTAMP, end of that span, exclusive
-- param: from TIMESTAMP, the earliest datapoint that is added up
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: run_id VARCHAR
-- column: first_ts TIMESTAMP WITH TIME ZONE
-- column: last_ts TIMESTAMP WITH TIME ZONE
-- column: records_in DOUBLE
-- column: records_out DOUBLE
-- column: records_source VARCHAR
-- column: bytes_in DOUBLE
-- column: bytes_out DOUBLE
-- column: peak_heap DOUBLE
-- column: cpu DOUBLE
-- column: executors_needed DOUBLE
-- column: executors_active DOUBLE
-- column: executors_max DOUBLE
-- column: skew DOUBLE
-- column: shuffle_bytes DOUBLE
-- column: failed DOUBLE
-- column: succeeded DOUBLE
-- column: error_category VARCHAR
-- column: state VARCHAR
-- column: duration_s DOUBLE
--
-- The inner aggregate keeps sources and sinks apart: what observability metrics tell of them are running totals, with a twin
-- ALL; the outer one takes the twin, or else the sum. Deltas are summed. The twins JobRunId=ALL are left out. The custom
-- metrics glue.run.* may be published twice: they are read with max, and are no datapoint of the run. Of a run that has nothing
-- else first_ts is NULL, and last_ts the minute in which it ended.
SELECT
  account_id, region, job_name, job_run_id AS run_id,
  min(first_ts) AS first_ts,
  coalesce(max(last_ts), max(published_ts)) AS last_ts,
  coalesce(sum(records_read), max(source_records) FILTER (WHERE source = 'ALL'),
           sum(source_records) FILTER (WHERE source <> 'ALL'), max(source_records)) AS records_in,
  coalesce(max(sink_records) FILTER (WHERE sink = 'ALL'),
           sum(sink_records) FILTER (WHERE sink <> 'ALL'), max(sink_records)) AS records_out,
  CASE WHEN sum(records_read) IS NOT NULL THEN 'aggregate'
       WHEN coalesce(max(source_records), max(sink_records)) IS NOT NULL THEN 'observability' END AS records_source,
  coalesce(sum(bytes_read), max(source_bytes) FILTER (WHERE source = 'ALL'),
           sum(source_bytes) FILTER (WHERE source <> 'ALL'), max(source_bytes)) AS bytes_in,
  coalesce(max(sink_bytes) FILTER (WHERE sink = 'ALL'),
           sum(sink_bytes) FILTER (WHERE sink <> 'ALL'), max(sink_bytes)) AS bytes_out,
  coalesce(max(heap_all), max(heap_driver)) AS peak_heap,
  coalesce(max(cpu_all), max(cpu_driver)) AS cpu,
  max(executors_needed) AS executors_needed,
  max(executors_active) AS executors_active,
  max(executors_max) AS executors_max,
  coalesce(max(skew_job), max(skew_stage)) AS skew,
  sum(shuffle_bytes) AS shuffle_bytes,
  max(failed) AS failed,
  max(succeeded) AS succeeded,
  max(error_category) AS error_category,
  max(state) AS state,
  max(duration) AS duration_s
FROM (
  SELECT
    account_id, region, job_name, job_run_id, source, sink,
    min(ts) FILTER (WHERE metric_name NOT LIKE 'glue.run.%') AS first_ts,
    max(ts) FILTER (WHERE metric_name NOT LIKE 'glue.run.%') AS last_ts,
    max(ts) FILTER (WHERE metric_name LIKE 'glue.run.%') AS published_ts,
    sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.recordsRead') AS records_read,
    max("max") FILTER (WHERE metric_name = 'glue.driver.recordsRead') AS source_records,
    max("max") FILTER (WHERE metric_name = 'glue.driver.recordsWritten') AS sink_records,
    sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.bytesRead') AS bytes_read,
    max("max") FILTER (WHERE metric_name = 'glue.driver.bytesRead') AS source_bytes,
    max("max") FILTER (WHERE metric_name LIKE 'glue.driver.bytesWrit%') AS sink_bytes,
    max("max") FILTER (WHERE metric_name = 'glue.ALL.jvm.heap.usage') AS heap_all,
    max("max") FILTER (WHERE metric_name = 'glue.driver.jvm.heap.usage') AS heap_driver,
    avg("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.ALL.system.cpuSystemLoad') AS cpu_all,
    avg("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.driver.system.cpuSystemLoad') AS cpu_driver,
    max("max") FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberMaxNeededExecutors') AS executors_needed,
    avg("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executors_active,
    max("max") FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executors_max,
    max("max") FILTER (WHERE metric_name = 'glue.driver.skewness.job') AS skew_job,
    max("max") FILTER (WHERE metric_name = 'glue.driver.skewness.stage') AS skew_stage,
    sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.shuffleBytesWritten') AS shuffle_bytes,
    max("max") FILTER (WHERE metric_name LIKE 'glue.error.%') AS failed,
    max("max") FILTER (WHERE metric_name = 'glue.succeed.ALL') AS succeeded,
    max(substr(metric_name, 12)) FILTER (WHERE metric_name LIKE 'glue.error.%' AND metric_name <> 'glue.error.ALL' AND "max" > 0) AS error_category,
    max(json_extract_scalar(dimensions, '$.State')) FILTER (WHERE metric_name = 'glue.run.status' AND "max" > 0) AS state,
    max("max") FILTER (WHERE metric_name = 'glue.run.duration') AS duration
  FROM glue_metrics
  WHERE ts >= $from
    AND (account_id, region, job_name, job_run_id) IN (
      SELECT account_id, region, job_name, job_run_id
      FROM glue_metrics
      WHERE ts >= $touched_from AND ts < $touched_to AND job_name IS NOT NULL AND job_run_id <> 'ALL')
  GROUP BY account_id, region, job_name, job_run_id, source, sink
) AS per_place
GROUP BY account_id, region, job_name, job_run_id
