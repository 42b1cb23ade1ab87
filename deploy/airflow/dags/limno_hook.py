"""Tells limno which Glue job runs Airflow started.

    GlueJobOperator(
        ...,
        on_success_callback=limno_hook.notify,
        on_failure_callback=limno_hook.notify,
        on_retry_callback=limno_hook.notify,
    )

Lies beside the DAGs and needs nothing but Airflow (2.10 or newer, also MWAA) and its Amazon provider. limno asks Glue
for the run itself: what is sent is the job's name and the run's id, never a state, and twice is as good as once.

Nothing here raises. A collector that cannot be reached costs a warning in the task's log and some seconds; the runs
are found later by limno's reconciler.

Where the collector is, says an Airflow connection named `limno`:

    host, schema, port   the server's address, such as https://limno.example.com
    password             its token
    extra                {"function": "limnograph-collect", "aws_conn_id": "aws_default"} for the Lambda function in
                         place of a server; "account_id" and "region" of the jobs, where limno knows several that
                         have jobs of the same name

or the environment, which comes first: LIMNO_URL and LIMNO_TOKEN, or LIMNO_FUNCTION with LIMNO_AWS_CONN_ID;
LIMNO_ACCOUNT_ID and LIMNO_REGION. LIMNO_CONN_ID names another connection.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 5  # seconds, of one request
PAUSES = (1, 2)  # seconds, between tries

log = logging.getLogger(__name__)


class NotTakenError(Exception):
    """The collector did not take a run; `again` says whether it may when asked again."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


@dataclass(frozen=True)
class Collector:
    """Where limno's collector is: a server's address, or the name or ARN of a Lambda function."""

    url: str = ""
    token: str = ""
    function: str = ""
    aws_conn_id: str = "aws_default"
    account_id: str = ""
    region: str = ""

    def body(self, job_name: str, run_id: str) -> bytes:
        """What the collector gets, from both roads the same."""
        said = {"jobName": job_name, "jobRunId": run_id, "accountId": self.account_id, "region": self.region}
        return json.dumps({name: value for name, value in said.items() if value}).encode()

    def send(self, body: bytes) -> None:
        """Sends it once. Raises NotTakenError."""
        if self.function:
            self._invoke(body)
        else:
            self._post(body)

    def _post(self, body: bytes) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise NotTakenError(f"{self.url!r} is no http address", again=False)
        headers = {"Content-Type": "application/json", "User-Agent": "limno-hook"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        url = self.url.rstrip("/") + "/api/v1/collect"
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT).close()
        except urllib.error.HTTPError as refused:
            with refused:
                words = refused.read(500).decode(errors="replace")
            raise NotTakenError(f"it answered {refused.code}: {words}", again=_passes(refused.code)) from None
        except (OSError, http.client.HTTPException) as broken:
            raise NotTakenError(str(broken), again=True) from None

    def _invoke(self, body: bytes) -> None:
        # Only here: an environment that speaks HTTP needs no boto3.
        from airflow.providers.amazon.aws.hooks.lambda_function import LambdaHook
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        limits = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"total_max_attempts": 1})
        try:
            # Lambda keeps an event and tries it again by itself: the task does not wait for a cold start.
            LambdaHook(aws_conn_id=self.aws_conn_id, config=limits).invoke_lambda(
                function_name=self.function, invocation_type="Event", payload=body
            )
        except ClientError as refused:
            status = refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise NotTakenError(str(refused), again=_passes(status)) from None
        except BotoCoreError as broken:
            raise NotTakenError(str(broken), again=True) from None


def _passes(status: int) -> bool:
    """Whether what this status says may pass: throttled, or trouble on the other side."""
    return status >= 500 or status == 429


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nobody: a token is for the address that the settings name."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def collector() -> Collector:
    """The collector that the environment names, else the connection."""
    env = os.environ
    if env.get("LIMNO_URL") or env.get("LIMNO_FUNCTION"):
        return Collector(
            url=env.get("LIMNO_URL", ""),
            token=env.get("LIMNO_TOKEN", ""),
            function=env.get("LIMNO_FUNCTION", ""),
            aws_conn_id=env.get("LIMNO_AWS_CONN_ID", "aws_default"),
            account_id=env.get("LIMNO_ACCOUNT_ID", ""),
            region=env.get("LIMNO_REGION", ""),
        )
    return _of_connection(_connection(env.get("LIMNO_CONN_ID", "limno")))


def _connection(name: str) -> Any:
    try:
        from airflow.sdk import Connection  # Airflow 3
    except ImportError:
        from airflow.models.connection import Connection

        return Connection.get_connection_from_secrets(name)
    return Connection.get(name)


def _of_connection(c: Any) -> Collector:
    host = c.host or ""
    url = host if "://" in host or not host else f"{c.schema or 'https'}://{host}"
    extra = c.extra_dejson
    known = ("function", "aws_conn_id", "account_id", "region")
    return Collector(
        url=f"{url}:{c.port}" if url and c.port else url,
        token=c.password or "",
        **{name: str(extra[name]) for name in known if extra.get(name)},
    )


def report(job_name: str, run_id: str, *, patient: bool = True) -> bool:
    """Tells the collector of a run; returns whether it took it. A patient one tries again. Never raises."""
    try:
        to = collector()
        _deliver(to, to.body(job_name, run_id), PAUSES if patient else ())
    except Exception as why:  # noqa: BLE001 - whatever it is, the pipeline goes on
        log.warning("limno was not told of run %s of job %s, and will find it later: %s", run_id, job_name, why)
        return False
    log.info("limno was told of run %s of job %s", run_id, job_name)
    return True


def _deliver(to: Collector, body: bytes, pauses: tuple[int, ...]) -> None:
    for pause in pauses:
        try:
            return to.send(body)
        except NotTakenError as why:
            if not why.again:
                raise
        time.sleep(pause)
    return to.send(body)


def run_id_of(ti: Any, task_id: str, **where: Any) -> str | None:
    """The id of the Glue run that a task started, also when the run failed and the task returned nothing."""

    def pull(key: str) -> Any:
        return ti.xcom_pull(task_ids=task_id, key=key, **where)

    link = pull("glue_job_run_details")  # the operator leaves it when the run starts
    if isinstance(link, dict) and link.get("job_run_id"):
        return str(link["job_run_id"])
    for key in ("glue_job_run_id", "return_value"):
        value = pull(key)
        if isinstance(value, str) and value:
            return value
    return None


def notify(context: Mapping[str, Any]) -> None:
    """Callback for success, failure and retry of a GlueJobOperator or a GlueJobSensor. Never raises."""
    try:
        ti, task = context["ti"], context["task"]
        where = {"map_indexes": ti.map_index} if getattr(ti, "map_index", -1) >= 0 else {}
        run_id = getattr(task, "run_id", None) or run_id_of(ti, ti.task_id, **where)
        if run_id:
            report(task.job_name, str(run_id))
        else:
            log.info("task %s has started no Glue run", ti.task_id)
    except Exception:
        log.warning("limno was not told how this task ended, and will find its run later", exc_info=True)


def collect(ti: Any, jobs: Mapping[str, str]) -> None:
    """Tells of all runs of a DAG run: task id to Glue job name. For a last task; a task that never ran has no run."""
    patient = True
    for task_id, job_name in jobs.items():
        run_id = run_id_of(ti, task_id)
        if run_id:
            patient = report(job_name, run_id, patient=patient) and patient
