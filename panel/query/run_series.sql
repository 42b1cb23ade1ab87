-- title: one minute of one run
-- param: from TIMESTAMP, start of the window, inclusive
-- param: to TIMESTAMP, end of the window, exclusive
-- param: account VARCHAR, account id of the job
-- param: job VARCHAR, job name, exact
-- param: run VARCHAR, job run id
-- column: ts TIMESTAMP WITH TIME ZONE
-- column: region VARCHAR
-- column: cpu_all DOUBLE
-- column: cpu_driver DOUBLE
-- column: heap_all DOUBLE
-- column: heap_driver DOUBLE
-- column: executors DOUBLE
-- column: records_read DOUBLE
SELECT
  ts,
  max(region) AS region,
  max("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.ALL.system.cpuSystemLoad') AS cpu_all,
  max("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.driver.system.cpuSystemLoad') AS cpu_driver,
  max("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.ALL.jvm.heap.usage') AS heap_all,
  max("sum" / nullif("count", 0)) FILTER (WHERE metric_name = 'glue.driver.jvm.heap.usage') AS heap_driver,
  max("max") FILTER (WHERE metric_name = 'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors') AS executors,
  sum("sum") FILTER (WHERE metric_name = 'glue.driver.aggregate.recordsRead') AS records_read
FROM glue_metrics
WHERE ts >= $from AND ts < $to
  AND account_id = $account AND job_name = $job AND job_run_id = $run
  AND metric_name IN (
    'glue.driver.aggregate.recordsRead',
    'glue.driver.aggregate.elapsedTime',
    'glue.driver.ExecutorAllocationManager.executors.numberAllExecutors',
    'glue.ALL.system.cpuSystemLoad', 'glue.driver.system.cpuSystemLoad',
    'glue.ALL.jvm.heap.usage', 'glue.driver.jvm.heap.usage')
GROUP BY ts
ORDER BY ts
