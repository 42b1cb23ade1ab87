"""Drives a Glue API with boto3, as each account, and holds every answer against botocore's model of the service:
glueclient.py URL ACCOUNT/REGION ...

Answers are checked as they come over the wire: members that the model does not know, types, enumerations, patterns,
lengths, and whether a time is a number (Glue) or ISO 8601 (STS). Prints what it saw as JSON.
"""
import collections
import json
import re
import sys
import time
import xml.etree.ElementTree as ET

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, places = sys.argv[1], [place.split("/") for place in sys.argv[2:]]
problems, calls, errors = [], collections.Counter(), collections.Counter()
COMMON = {"ThrottlingException", "SerializationException", "UnknownOperationException", "ExpiredTokenException"}


def pattern_of(shape):
    """The model's patterns are Java's; its surrogate pairs stand for the characters beyond the first plane."""
    text = shape.metadata.get("pattern")
    return text and text.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\U00010000-\U0010FFFF")


def check_text(value, shape, where):
    if not isinstance(value, str):
        return problems.append(f"{where}: {value!r} is no text")
    pattern = pattern_of(shape)
    if getattr(shape, "enum", None) and value not in shape.enum:
        problems.append(f"{where}: {value!r} is none of {shape.enum}")
    if pattern and not re.fullmatch(pattern, value):
        problems.append(f"{where}: {value!r} does not match {pattern}")
    check_length(len(value), shape, where)


def check_length(n, shape, where):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and n < low or high is not None and n > high:
        problems.append(f"{where}: {n} is not within {low} and {high}")


def check(value, shape, where):
    kind, where = shape.type_name, where
    if kind == "structure":
        check_members(value, shape, where)
    elif kind == "list":
        if not isinstance(value, list):
            return problems.append(f"{where} is no list")
        check_length(len(value), shape, where)
        for item in value:
            check(item, shape.member, where + "[]")
    elif kind == "map":
        check_length(len(value), shape, where)
        for k, v in value.items():
            check(k, shape.key, where + " key")
            check(v, shape.value, where + "." + k)
    elif kind == "string":
        check_text(value, shape, where)
    elif kind == "boolean":
        if not isinstance(value, bool):
            problems.append(f"{where}: {value!r} is no boolean")
    elif kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            return problems.append(f"{where}: {value!r} is no whole number")
        check_length(value, shape, where)
    elif kind in ("double", "float", "timestamp"):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            problems.append(f"{where}: {value!r} is no number")
        elif kind == "timestamp" and not 1e9 < value < 4e9:
            problems.append(f"{where}: {value!r} is no time in seconds")
    else:
        problems.append(f"{where}: a {kind} was not expected")


def check_members(value, shape, where):
    if not isinstance(value, dict):
        return problems.append(f"{where} is no structure")
    for name in shape.required_members:
        if name not in value:
            problems.append(f"{where} lacks {name}")
    for name, member in value.items():
        if name not in shape.members:
            problems.append(f"{where}: {name} is not in the model")
        else:
            check(member, shape.members[name], where + "." + name)


def check_xml(element, shape, where):
    """STS answers in XML; texts stand for everything."""
    if shape.type_name != "structure":
        text = element.text or ""
        if shape.type_name == "timestamp" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text):
            problems.append(f"{where}: {text!r} is no time")
        elif shape.type_name == "string":
            check_text(text, shape, where)
        return
    names = {child.tag.split("}")[1]: child for child in element}
    for name in shape.required_members:
        if name not in names:
            problems.append(f"{where} lacks {name}")
    for name, child in names.items():
        if name not in shape.members:
            problems.append(f"{where}: {name} is not in the model")
        else:
            check_xml(child, shape.members[name], where + "." + name)


def watch(client, service):
    """Checks each answer of a client before botocore makes something nicer of it."""
    def received(response_dict, model, **_):
        calls[model.name] += 1
        status, body, headers = response_dict["status_code"], response_dict["body"], response_dict["headers"]
        if not headers.get("x-amzn-requestid"):
            problems.append(f"{model.name}: no request id")
        if status >= 300:
            return check_error(model, status, body)
        if service == "sts":
            root = ET.fromstring(body)
            result = root.find("{https://sts.amazonaws.com/doc/2011-06-15/}" + model.name + "Result")
            return check_xml(result, model.output_shape, model.name)
        if headers.get("content-type") != "application/x-amz-json-1.1":
            problems.append(f"{model.name}: content type {headers.get('content-type')}")
        check(json.loads(body), model.output_shape, model.name)

    def before_parse(operation_model, response_dict, **_):
        received(response_dict, operation_model)

    client.meta.events.register("before-parse." + service, before_parse)
    return client


def check_error(model, status, body):
    if body.startswith(b"<"):
        return
    answer = json.loads(body)
    code = answer.get("__type")
    errors[f"{model.name} {code}"] += 1
    if code not in COMMON and code not in [s.name for s in model.error_shapes]:
        problems.append(f"{model.name}: {code} is none of its errors")
    if set(answer) - {"__type", "Message"} or (status == 500) != (code == "InternalServiceException"):
        problems.append(f"{model.name}: {status} {answer}")


def expect(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        if e.response["Error"]["Code"] != code or not e.response["Error"]["Message"]:
            problems.append(f"{arguments}: {e}, not {code}")
    else:
        problems.append(f"{arguments}: no error, not {code}")


once = Config(retries={"total_max_attempts": 1})
base = dict(endpoint_url=url, aws_access_key_id="test", aws_secret_access_key="test", config=once)
sts = watch(boto3.client("sts", region_name="eu-west-1", **base), "sts")
hub = sts.get_caller_identity()["Account"]


def client_of(account, region):
    role = dict(RoleArn=f"arn:aws:iam::{account}:role/limno-reader", RoleSessionName="peers")
    expect("AccessDenied", sts.assume_role, **role)
    given = sts.assume_role(ExternalId="peers", **role)["Credentials"]
    return watch(boto3.client(
        "glue", region_name=region, endpoint_url=url, config=once, aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"]), "glue")


def read(glue, account, region):
    """Everything that there is, page by page."""
    names = [n for page in glue.get_paginator("list_jobs").paginate(PaginationConfig={"PageSize": 7}) for n in page["JobNames"]]
    jobs = [j for page in glue.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 9}) for j in page["Jobs"]]
    found = glue.batch_get_jobs(JobNames=names + ["nobody"])
    if names != [j["Name"] for j in jobs] or len(found["Jobs"]) != len(names) or found["JobsNotFound"] != ["nobody"]:
        problems.append(f"{account}: the lists of jobs differ")
    runs = {}
    for name in names:
        if glue.get_job(JobName=name)["Job"]["Name"] != name:
            problems.append(f"{name}: another job")
        if not glue.get_tags(ResourceArn=f"arn:aws:glue:{region}:{account}:job/{name}")["Tags"]:
            problems.append(f"{name} has no tags")
        pages = glue.get_paginator("get_job_runs").paginate(JobName=name, PaginationConfig={"PageSize": 50})
        mine = [r for page in pages for r in page["JobRuns"]]
        if mine != sorted(mine, key=lambda r: (r["StartedOn"], r["Id"]), reverse=True):
            problems.append(f"{name}: the newest run is not the first")
        for r in mine[:1]:
            if glue.get_job_run(JobName=name, RunId=r["Id"], PredecessorsIncluded=True)["JobRun"]["StartedOn"] != r["StartedOn"]:
                problems.append(f"{name}: another run")
        runs.update({r["Id"]: r for r in mine})
    return names, runs


def poll(glue, job, run):
    states = []
    while not states or states[-1] in ("WAITING", "STARTING", "RUNNING", "STOPPING"):
        state = glue.get_job_run(JobName=job, RunId=run)["JobRun"]["JobRunState"]
        if state not in states:
            states.append(state)
        time.sleep(0.02)
    return states


def change(glue, account, region):
    """A job of our own, from its creation to its end."""
    job, arn = "peers-own", f"arn:aws:glue:{region}:{account}:job/peers-own"
    what = dict(Role=f"arn:aws:iam::{account}:role/r", Command={"Name": "glueetl", "ScriptLocation": "s3://b/k.py"})
    glue.create_job(Name=job, WorkerType="G.1X", NumberOfWorkers=3, Tags={"a": "b"}, **what)
    expect("AlreadyExistsException", glue.create_job, Name=job, **what)
    glue.update_job(JobName=job, JobUpdate=dict(
        GlueVersion="5.0", Timeout=5, MaxRetries=1, ExecutionProperty={"MaxConcurrentRuns": 1},
        NotificationProperty={"NotifyDelayAfter": 1}, DefaultArguments={"--run_seconds": "0.1"}, **what))
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"c": "d"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    if glue.get_tags(ResourceArn=arn)["Tags"] != {"c": "d"} or glue.list_jobs(Tags={"c": "d"})["JobNames"] != [job]:
        problems.append("the tags are others")
    ends = {}
    for end in ("SUCCEEDED", "FAILED,SUCCEEDED", "TIMEOUT", "ERROR", "EXPIRED"):
        run = glue.start_job_run(JobName=job, Arguments={"--end_state": end})["JobRunId"]
        expect("ConcurrentRunsExceededException", glue.start_job_run, JobName=job)
        ends[end] = poll(glue, job, run)
        if "," in end:
            ends["retry"] = poll(glue, job, run + "_attempt_1")
    run = glue.start_job_run(JobName=job, Arguments={"--run_seconds": "60"})["JobRunId"]
    queued = glue.start_job_run(JobName=job, JobRunQueuingEnabled=True)["JobRunId"]
    ends["queued"] = [glue.get_job_run(JobName=job, RunId=queued)["JobRun"]["JobRunState"]]
    stop = glue.batch_stop_job_run(JobName=job, JobRunIds=[run, queued, "jr_nobody"])
    if len(stop["SuccessfulSubmissions"]) != 2 or stop["Errors"][0]["ErrorDetail"]["ErrorCode"] != "EntityNotFoundException":
        problems.append(f"stopped {stop}")
    ends["stopped"], ends["queued"] = poll(glue, job, run), ends["queued"] + poll(glue, job, queued)
    glue.get_job_runs(JobName=job)
    for call, arguments in ((glue.get_job, {}), (glue.get_job_runs, {}), (glue.get_job_run, {"RunId": "None"}), (glue.start_job_run, {})):
        expect("EntityNotFoundException", call, JobName="nobody", **arguments)
    expect("EntityNotFoundException", glue.get_job_run, JobName=job, RunId="None")
    expect("InvalidInputException", glue.get_job_runs, JobName=job, NextToken="what")
    expect("InvalidInputException", glue.start_job_run, JobName=job, Arguments={"--end_state": "RUNNING"})
    expect("EntityNotFoundException", glue.update_job, JobName="nobody", JobUpdate=what)
    expect("EntityNotFoundException", glue.get_tags, ResourceArn=arn + "-not")
    glue.delete_job(JobName=job)
    expect("EntityNotFoundException", glue.get_job, JobName=job)
    return ends


seen = {}
for account, region in places:
    glue = client_of(account, region)
    names, runs = read(glue, account, region)
    seen[account] = {
        "jobs": names,
        "runs": {i: [r["JobName"], r["JobRunState"], r["Attempt"], r.get("DPUSeconds"), r["ExecutionTime"], int(r["StartedOn"].timestamp() * 1000)]
                 for i, r in runs.items()},
        "ends": change(glue, account, region),
    }
print(json.dumps({"hub": hub, "seen": seen, "calls": calls, "errors": errors, "problems": problems[:50]}))
