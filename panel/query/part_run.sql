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
-- column: records_read BIGINT
-- column: records_written BIGINT
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
SELECT
  account_id, region, job_name, job_run_id AS run_id, false AS total, ts AS begins,
  state, outcome, queued_at,
  started_at, ended_at, first_datapoint_at AS first_ts, last_datapoint_at AS last_ts, observed_at,
  coalesce(execution_s, metric_duration_s) AS execution_s, waiting_s, startup_s, records_in AS records_read,
  records_out AS records_written, records_source, records_reason, executors_active AS executors_now, executors_active,
  executors_needed, executors_max, cpu_ratio AS cpu, peak_heap_ratio AS heap, error_category, error_class, attempt,
  previous_run_id, trigger_name, job_type, glue_version, worker_type, workers, max_capacity, execution_class,
  timeout_min, auto_scaling, dpu_seconds, dpu_source, seen_in
FROM job_runs
