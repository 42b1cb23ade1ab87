"""Starts moto_server as an interpreter of state machines, with what it lacks. Written for moto 5.2.5: it replaces parts of its inside.

Glue     startJobRun.sync is refused for want of a pattern; times in a run break the output.
HTTP     http:invoke does not exist, nor may an error be named States.Http...
"""
import datetime
import http.client
import json
import sys
import urllib.error
import urllib.request

from moto.core.config import default_user_config
from moto.server import main
from moto.stepfunctions import models  # noqa: F401 - before its parser: they import each other
from moto.stepfunctions.parser import api
from moto.stepfunctions.parser.asl.component.common.error_name import custom_error_name, failure_event
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_glue as glue
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails


def without_times(value):
    """The value with times as milliseconds, which JSON can hold."""
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {name: without_times(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_times(inner) for inner in value]
    return value


def glue_client(**options):
    client = make_client(**options)
    read = client.get_job_run
    client.get_job_run = lambda **asked: without_times(read(**asked))
    return client


class HTTPTask(StateTaskServiceCallback):
    """http:invoke: the connection's name goes where AWS puts what the connection keeps."""

    def __init__(self):
        super().__init__(supported_integration_patterns=set())

    def _get_supported_parameters(self):
        return {"ApiEndpoint", "Method", "Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform"}

    def _normalise_parameters(self, *_, **__):
        pass

    def _normalise_response(self, *_, **__):
        pass

    def _eval_service_task(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        asked = normalised_parameters
        connection = "Connection " + asked["Authentication"]["ConnectionArn"]
        headers = {"Content-Type": "application/json", "Authorization": connection, **asked.get("Headers", {})}
        body = json.dumps(asked.get("RequestBody")).encode()
        try:
            answer = urllib.request.urlopen(urllib.request.Request(asked["ApiEndpoint"], body, headers, method=asked["Method"]), timeout=60)
        except urllib.error.HTTPError as refused:
            raise self._failure(env, f"States.Http.StatusCode.{refused.code}", refused.read().decode()) from refused
        except (OSError, http.client.HTTPException) as broken:
            raise self._failure(env, "States.Http.Socket", str(broken)) from broken
        with answer:
            env.stack.append({
                "StatusCode": answer.status, "StatusText": answer.reason, "ResponseBody": json.loads(answer.read() or b"null"),
            })

    def _failure(self, env, name, cause):
        detail = api.TaskFailedEventDetails(resource="invoke", resourceType="http", error=name, cause=cause)
        return failure_event.FailureEventException(failure_event.FailureEvent(
            env=env,
            error_name=custom_error_name.CustomErrorName(name),
            event_type=api.HistoryEventType.TaskFailed,
            event_details=EventDetails(taskFailedEventDetails=detail),
        ))


def task_for(service_name):
    return HTTPTask() if service_name == "http" else known_task(service_name)


make_client, glue.boto_client_for = glue.boto_client_for, glue_client
glue._SUPPORTED_INTEGRATION_PATTERNS = {ResourceCondition.Sync, ResourceCondition.WaitForTaskToken}
custom_error_name.ILLEGAL_CUSTOM_ERROR_PREFIX = "\0"
known_task, state_task_factory.state_task_service_for = state_task_factory.state_task_service_for, task_for
default_user_config["stepfunctions"] = {"execute_state_machine": True}  # else executions only pretend
main(sys.argv[1:])
