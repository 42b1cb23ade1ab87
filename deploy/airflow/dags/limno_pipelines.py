"""Three ways to tell limno of Glue runs, on Airflow 2.10 and 3 alike.

limno_simple    one job; callbacks tell when it finishes, fails or is retried
limno_chain     raw -> staged -> curated -> data quality; the same callbacks, and a last task that tells of all
limno_lambda    one job; the function is invoked by Airflow's own operator, without limno_hook.py

The jobs exist in Glue: job_name alone starts them. Take what you need into your own DAGs; the settings below are those
of the example, from the environment.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, task  # Airflow 3
except ImportError:
    from airflow import DAG
    from airflow.decorators import task

from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator

import limno_hook

PIPELINE = os.environ.get("LIMNO_PIPELINE", "orders")
FUNCTION = os.environ.get("LIMNO_FUNCTION", "limnograph-collect")
POLL_SECONDS = int(os.environ.get("LIMNO_POLL_SECONDS", "15"))
RETRIES = int(os.environ.get("LIMNO_RETRIES", "1"))
RETRY_SECONDS = int(os.environ.get("LIMNO_RETRY_SECONDS", "300"))
LAYERS = {layer: f"{PIPELINE}-{layer}" for layer in ("raw", "staged", "curated", "quality")}

TOLD = {
    "on_success_callback": limno_hook.notify,
    "on_failure_callback": limno_hook.notify,
    "on_retry_callback": limno_hook.notify,  # each try is a Glue run of its own
}
EVERY_DAG = {
    "start_date": datetime(2026, 1, 1, tzinfo=timezone.utc),
    "schedule": None,
    "catchup": False,
    "default_args": {"retries": RETRIES, "retry_delay": timedelta(seconds=RETRY_SECONDS)},
}


def glue_job(task_id: str, job_name: str, **more: object) -> GlueJobOperator:
    """One job; waits until its run has ended."""
    return GlueJobOperator(task_id=task_id, job_name=job_name, job_poll_interval=POLL_SECONDS, **more)


with DAG("limno_simple", **EVERY_DAG):
    glue_job("raw", LAYERS["raw"], **TOLD)


with DAG("limno_chain", **EVERY_DAG):

    @task
    def tell_limno(ti: object = None) -> None:
        """Tells again what the callbacks told, and what they could not: a worker that dies calls nobody."""
        limno_hook.collect(ti, LAYERS)

    previous = None
    for layer, job in LAYERS.items():
        step = glue_job(layer, job, **TOLD)
        if previous:
            previous >> step
        previous = step
    # A teardown runs after failures too, and does not count for the state of the DAG run. With the trigger rule
    # all_done in its place a failed pipeline would end as a success. No setups: with them it is skipped when the
    # first job fails.
    previous >> tell_limno().as_teardown()


with DAG("limno_lambda", **EVERY_DAG):
    # A failed task returns nothing; what the operator leaves when the run starts is there after a failure too.
    run = "{{ (ti.xcom_pull(task_ids='raw', key='glue_job_run_details') or {}).get('job_run_id', '') }}"
    tell = LambdaInvokeFunctionOperator(
        task_id="tell_limno",
        function_name=FUNCTION,
        invocation_type="Event",
        payload=json.dumps({"jobName": LAYERS["raw"], "jobRunId": run}),
    )
    glue_job("raw", LAYERS["raw"]) >> tell.as_teardown()
