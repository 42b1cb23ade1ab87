-- title: one job of the inventory
-- column: account_id VARCHAR
-- column: region VARCHAR
-- column: job_name VARCHAR
-- column: job_type VARCHAR
-- column: glue_version VARCHAR
-- column: worker_type VARCHAR
-- column: workers BIGINT
-- column: max_capacity DOUBLE
-- column: execution_class VARCHAR
-- column: timeout_min BIGINT
-- column: max_retries BIGINT
-- column: max_concurrent BIGINT
-- column: auto_scaling BOOLEAN
-- column: metrics_enabled BOOLEAN
-- column: observability_enabled BOOLEAN
-- column: tags VARCHAR
-- column: created_at TIMESTAMP WITH TIME ZONE
-- column: modified_at TIMESTAMP WITH TIME ZONE
-- column: first_seen_at TIMESTAMP WITH TIME ZONE
-- column: observed_at TIMESTAMP WITH TIME ZONE
-- column: still_exists BOOLEAN
-- column: deleted_at TIMESTAMP WITH TIME ZONE
--
-- The jobs have no time: the table is read as a whole, without a range.
SELECT
  account_id, region, job_name, job_type, glue_version, worker_type, workers, max_capacity, execution_class,
  timeout_min, max_retries, max_concurrent, auto_scaling, metrics_enabled, observability_enabled, tags,
  created_at, modified_at, first_seen_at, observed_at, "exists" AS still_exists, deleted_at
FROM jobs
