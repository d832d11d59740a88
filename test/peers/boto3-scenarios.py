"""What a script that uses boto3 sees: `boto3-scenarios.py NAME [JSON]` runs one scenario and prints its answer as JSON.

The endpoint, the region and the credentials come from the environment, as for any script of its users.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

CLUSTER = "production"


def identity():
    return {key: boto3.client("sts").get_caller_identity()[key] for key in ("Account", "Arn")}


def pages_of_task_definitions(family, size):
    pages = boto3.client("ecs").get_paginator("list_task_definitions").paginate(
        familyPrefix=family, sort="DESC", PaginationConfig={"PageSize": size}
    )
    return [[arn.split("/")[-1] for arn in page["taskDefinitionArns"]] for page in pages]


def pages_of_tasks(service, size):
    pages = boto3.client("ecs").get_paginator("list_tasks").paginate(
        cluster=CLUSTER, serviceName=service, PaginationConfig={"PageSize": size}
    )
    return [len(page["taskArns"]) for page in pages]


def pages_of_service_deployments(service, size):
    # No paginator of boto3's own: by hand, as its users do.
    ecs, sizes, more = boto3.client("ecs"), [], {}
    while True:
        page = ecs.list_service_deployments(cluster=CLUSTER, service=service, maxResults=size, **more)
        sizes.append(len(page["serviceDeployments"]))
        if "nextToken" not in page:
            return sizes
        more = {"nextToken": page["nextToken"]}


def pages_of_images(repository):
    pages = boto3.client("ecr").get_paginator("describe_images").paginate(repositoryName=repository)
    return [sorted(tag for image in page["imageDetails"] for tag in image.get("imageTags", [])) for page in pages]


def roll(service, task_definition, delay):
    """Updates and waits; answers what is seen then, and what kind of value a time is."""
    ecs = boto3.client("ecs")
    ecs.update_service(cluster=CLUSTER, service=service, taskDefinition=task_definition)
    waiter = ecs.get_waiter("services_stable")
    waiter.wait(cluster=CLUSTER, services=[service], WaiterConfig={"Delay": delay, "MaxAttempts": 60})
    seen = ecs.describe_services(cluster=CLUSTER, services=[service])["services"][0]
    return {
        "deployments": [(one["status"], one["rolloutState"]) for one in seen["deployments"]],
        "taskDefinition": seen["taskDefinition"],
        "running": seen["runningCount"],
        "createdAt": type(seen["createdAt"]).__name__,
    }


def wait_in_vain(service):
    try:
        waiter = boto3.client("ecs").get_waiter("services_stable")
        waiter.wait(cluster=CLUSTER, services=[service], WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    except WaiterError as error:
        return str(error)


def errors():
    """The class by which each error can be caught, or the code where it was caught by another."""
    ecs, ecr, logs = boto3.client("ecs"), boto3.client("ecr"), boto3.client("logs")
    nobody = {"cluster": CLUSTER, "service": "nobody"}
    deployment = "arn:aws:ecs:eu-west-1:000000000000:service-deployment/production/nobody/none"
    calls = [
        (ecs.exceptions.ClusterNotFoundException, lambda: ecs.list_tasks(cluster="none")),
        (ecs.exceptions.ServiceNotFoundException, lambda: ecs.update_service(**nobody)),
        (ecs.exceptions.ClientException, lambda: ecs.describe_task_definition(taskDefinition="nobody")),
        (ecs.exceptions.InvalidParameterException, lambda: ecs.stop_task(cluster=CLUSTER, task="none")),
        (
            ecs.exceptions.ServiceDeploymentNotFoundException,
            lambda: ecs.stop_service_deployment(serviceDeploymentArn=deployment),
        ),
        (ecr.exceptions.RepositoryNotFoundException, lambda: ecr.describe_images(repositoryName="nobody")),
        (
            ecr.exceptions.ImageNotFoundException,
            lambda: ecr.describe_images(repositoryName="api", imageIds=[{"imageTag": "none"}]),
        ),
        (ecr.exceptions.RepositoryAlreadyExistsException, lambda: ecr.create_repository(repositoryName="api")),
        (
            logs.exceptions.ResourceNotFoundException,
            lambda: logs.get_log_events(logGroupName="none", logStreamName="none"),
        ),
    ]
    return [caught_by(kind, call) for kind, call in calls]


def caught_by(kind, call):
    try:
        call()
        return "no error"
    except kind as error:
        return f"{kind.__name__} {error.response['ResponseMetadata']['HTTPStatusCode']}"
    except ClientError as error:
        return f"another: {error.response['Error']['Code']}"


def retried(mode, attempts, service, action, arguments):
    """How a call ends whose first answers are not good: by success and after how many retries, or by which error."""
    config = Config(retries={"mode": mode, "total_max_attempts": attempts}, connect_timeout=5, read_timeout=5)
    client = boto3.client(service, config=config)
    try:
        answer = getattr(client, action)(**arguments)
        return {"retries": answer["ResponseMetadata"]["RetryAttempts"]}
    except ClientError as error:
        return {"code": error.response["Error"]["Code"], "retries": error.response["ResponseMetadata"]["RetryAttempts"]}


def failures():
    ecs = boto3.client("ecs")
    return [
        ecs.describe_services(cluster=CLUSTER, services=["nobody"])["failures"],
        ecs.describe_clusters(clusters=["none"])["failures"],
        ecs.describe_tasks(cluster=CLUSTER, tasks=["none"])["failures"],
    ]


if __name__ == "__main__":
    name, arguments = sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else []
    print(json.dumps(globals()[name](*arguments)))
