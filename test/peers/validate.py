"""Holds recorded requests to an AWS endpoint, and its answers, against botocore's own service models.

usage: validate.py PAIRS.jsonl    one {"request", "response"} a line, as stage/recorder.ts writes them

Prints one JSON object: `findings`, a sentence for whatever does not fit, and `actions`, which says for each
`service:Action` how often it was answered well and which errors it answered. Actions that no model knows are findings.
"""

import json
import re
import sys
import time
import urllib.parse
import xml.etree.ElementTree as xml

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserError, create_parser
from botocore.validate import ParamValidator

# An access key of this name marks requests that are bad on purpose: only the answers to them are judged.
BAD_ON_PURPOSE = "malformed"

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html, and what front ends of AWS answer to a
# request that never reaches its service. With the HTTP status, where that is not 400.
COMMON_ERRORS = {
    "AccessDeniedException": 400,
    "InternalFailure": 500,
    "InvalidSignatureException": 400,
    "MissingAuthenticationTokenException": 400,
    "RequestEntityTooLargeException": 413,
    "SerializationException": 400,
    "ServiceUnavailable": 503,
    "ThrottlingException": 400,
    "UnknownOperationException": 400,
}
COMMON_QUERY_ERRORS = {
    "AccessDenied": 403,
    "InternalFailure": 500,
    "InvalidAction": 400,
    "MissingAuthenticationToken": 403,
    "Throttling": 400,
}

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SINCE = 1_600_000_000


def matches(pattern, value):
    # Patterns are Java's: what is Unicode's there is not to be had here.
    return "\\p{" in pattern or re.search(pattern, value)


def load_services():
    """By the prefix of x-amz-target; with the names of the errors that are the service's own fault."""
    services = {}
    for name in ("ecs", "ecr", "logs", "sts"):
        content = Loader().load_service_model(name, "service-2")
        faults = {error for error, shape in content["shapes"].items() if shape.get("fault")}
        services[content["metadata"].get("targetPrefix", "sts")] = ServiceModel(content, name), faults
    return services


class Judge:
    def __init__(self):
        self.services = load_services()
        self.findings = {}
        self.actions = {}

    def note(self, action, what):
        finding = f"{action}: {what}"
        self.findings[finding] = self.findings.get(finding, 0) + 1

    def judge(self, pair):
        request, response = pair["request"], pair["response"]
        headers = request["headers"]
        if "x-amz-target" in headers:
            prefix, _, operation = headers["x-amz-target"].partition(".")
            sent = json.loads(request["body"] or "{}") if self.is_meant_well(headers) else None
        else:
            form = dict(urllib.parse.parse_qsl(request["body"]))
            prefix, operation = "sts", form.pop("Action", "")
            sent = {name: value for name, value in form.items() if name != "Version"}
        service, faults = self.services.get(prefix, (None, set()))
        if service is None or operation not in service.operation_names:
            self.note(f"{prefix}.{operation}", "no model knows this action")
            return
        model = service.operation_model(operation)
        action = f"{service.service_name}:{operation}"
        if sent is not None and self.is_meant_well(headers):
            self.judge_value(model.input_shape, sent, action, "request")
        self.judge_answer(service, faults, model, action, response)

    @staticmethod
    def is_meant_well(headers):
        authorization = headers.get("authorization", "")
        return authorization != "" and f"Credential={BAD_ON_PURPOSE}/" not in authorization

    def judge_answer(self, service, faults, model, action, response):
        status, headers, body = response["status"], response["headers"], response["body"]
        is_json = service.metadata["protocol"] == "json"
        wanted_type = f"application/x-amz-json-{service.metadata['jsonVersion']}" if is_json else "text/xml"
        if headers.get("content-type") != wanted_type:
            self.note(action, f"content-type {headers.get('content-type')}, not {wanted_type}")
        if not UUID.fullmatch(headers.get("x-amzn-requestid", "")):
            self.note(action, "x-amzn-requestid is no UUID")
        # What botocore's clients make of it.
        parser = create_parser(service.metadata["protocol"])
        raw = {"status_code": status, "headers": headers, "body": body.encode()}
        try:
            parsed = parser.parse(raw, model.output_shape)
        except (ResponseParserError, ValueError) as error:
            self.note(action, f"botocore cannot read the answer: {error}")
            return
        if parsed["ResponseMetadata"].get("RequestId") != headers.get("x-amzn-requestid"):
            self.note(action, "body and header do not have the same request id")

        seen = self.actions.setdefault(action, {"answered": 0, "errors": []})
        if status == 200:
            seen["answered"] += 1
            value = json.loads(body) if is_json else self.xml_members(action, body)
            self.judge_value(model.output_shape, value, action, "answer")
        else:
            code = parsed["Error"]["Code"]
            if code not in seen["errors"]:
                seen["errors"].append(code)
            self.judge_error(service, faults, model, action, code, response)

    def judge_error(self, service, faults, model, action, code, response):
        is_json = service.metadata["protocol"] == "json"
        common = COMMON_ERRORS if is_json else COMMON_QUERY_ERRORS
        shape = next((shape for shape in model.error_shapes if shape.error_code == code or shape.name == code), None)
        if shape is None and code not in common:
            self.note(action, f"error {code} is neither modelled nor common")
            return
        modelled = shape and (shape.metadata.get("error") or {}).get("httpStatusCode")
        usual = 500 if code in faults else 400
        wanted = modelled or (usual if shape else common[code])
        if response["status"] != wanted:
            self.note(action, f"error {code} has status {response['status']}, not {wanted}")
        if not is_json:
            return
        body = json.loads(response["body"])
        if response["headers"].get("x-amzn-errortype") != code or body.pop("__type", None) != code:
            self.note(action, f"error {code} is not named by both __type and x-amzn-errortype")
        message = body.get("message") if shape and "message" in shape.members else body.pop("message", None)
        if not isinstance(message, str) or message == "":
            self.note(action, f"error {code} has no message")
        if shape:
            self.judge_value(shape, body, action, f"error {code}")

    def xml_members(self, action, body):
        root = xml.fromstring(body)
        namespace = "{https://sts.amazonaws.com/doc/2011-06-15/}"
        operation = action.split(":")[1]
        parts = [part.tag for part in root]
        if root.tag != f"{namespace}{operation}Response" or parts != [
            f"{namespace}{operation}Result",
            f"{namespace}ResponseMetadata",
        ]:
            self.note(action, f"not the frame of an answer in XML: {root.tag} {parts}")
        return {member.tag.removeprefix(namespace): member.text for member in root[0]}

    def judge_value(self, shape, value, action, where):
        if shape is None:
            if value != {}:
                self.note(action, f"{where} is not empty")
            return
        report = ParamValidator().validate(value, shape)
        if report.has_errors():
            for line in report.generate_report().split("\n"):
                self.note(action, f"{where}: {line}")
        self.walk(shape, value, action, where)

    def walk(self, shape, value, action, where):
        """What botocore's validator lets pass: null, values outside of an enumeration, limits, times that are none."""
        note = lambda what: self.note(action, f"{where} {what}")
        if value is None:
            note("is null")
        elif shape.type_name == "structure":
            for name in sorted(set(value) - set(shape.members)):
                note(f"has the unknown member {name}")
            for name, member in shape.members.items():
                if name in value:
                    self.walk(member, value[name], action, f"{where}.{name}")
        elif shape.type_name == "list":
            for item in value:
                self.walk(shape.member, item, action, f"{where}[]")
        elif shape.type_name == "map":
            for name, item in value.items():
                self.walk(shape.key, name, action, f"{where}{{}}")
                self.walk(shape.value, item, action, f"{where}{{}}")
        elif shape.type_name == "timestamp":
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not SINCE < value < time.time() + 86_400:
                note(f"is no time of these days in epoch seconds: {value!r}")
        elif shape.type_name == "string" and shape.enum and value not in shape.enum:
            note(f"is {value!r}, none of {', '.join(shape.enum)}")
        elif shape.type_name == "string" and not matches(shape.metadata.get("pattern", ""), value):
            note(f"is {value!r}, which does not match {shape.metadata['pattern']}")
        elif isinstance(value, bool) != (shape.type_name == "boolean"):
            note(f"is {value!r}, no {shape.type_name}")
        size = len(value) if isinstance(value, (str, list, dict)) else value
        limits = shape.metadata
        if isinstance(size, (int, float)) and not limits.get("min", size) <= size <= limits.get("max", size):
            note(f"is outside of {limits.get('min')} to {limits.get('max')}")


def main():
    judge = Judge()
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            judge.judge(json.loads(line))
    findings = [f"{finding} ({times} times)" for finding, times in sorted(judge.findings.items())]
    print(json.dumps({"findings": findings, "actions": judge.actions}))


main()
