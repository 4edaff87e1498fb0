"""moto's Elastic Beanstalk, extended by what moto lacks: application versions, events, and CloudFormation's resources.
Served from this process, so that a test can look inside."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

import pytest
from moto.cloudformation.models import ChangeSet
from moto.cloudformation.parsing import ResourceMap
from moto.core.common_models import CloudFormationModel
from moto.core.responses import ActionResult
from moto.elasticbeanstalk import models, responses
from moto.elasticbeanstalk.exceptions import InvalidParameterValueError
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

ACCOUNT, REGION = "123456789012", "eu-central-1"


class World:
    """State that moto does not keep."""

    # The health of an environment after its next update.
    health = "Green"
    versions: dict[str, dict[str, Any]]
    options: dict[tuple[str, str], str]


def backend() -> models.EBBackend:
    return models.eb_backends[ACCOUNT][REGION]


def environment(name: str) -> models.Environment:
    return backend().applications[name].environments[name]


class Server:
    """Serves on `port` while entered."""

    def __enter__(self) -> Server:
        self._patch = pytest.MonkeyPatch()
        # Roles that CloudFormation makes refer to AWS managed policies.
        self._patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        for action in (create_application_version, describe_application_versions, describe_events):
            self._patch.setattr(responses.EBResponse, action.__name__, action, raising=False)
        self._patch.setattr(ChangeSet, "apply", apply_change_set)
        self._patch.setattr(ResourceMap, "delete", delete_resources)
        World.health, World.versions, World.options = "Green", {}, {}
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self.port = self._server.get_host_and_port()[1]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.stop()
        self._patch.undo()

    def add_platform(self, name: str) -> None:
        stacks = [*responses.SOLUTION_STACK_DETAILS, {"SolutionStackName": name, "PermittedFileTypes": []}]
        self._patch.setattr(responses, "SOLUTION_STACK_DETAILS", stacks)


def apply_change_set(change: ChangeSet) -> None:
    """Like moto's, which does not update the outputs."""
    change.stack.resource_map.update(change.template_dict, change.parameters)
    change.stack.template_dict, change.stack.parameters = change.template_dict, change.parameters
    change.stack.output_map = change.stack._create_output_map()


def delete_resources(resources: ResourceMap, delete: Callable[[ResourceMap], None] = ResourceMap.delete) -> None:
    """Like moto's, which supports only one DeletionPolicy that retains."""
    for resource in resources._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    delete(resources)


def create_application_version(request: responses.EBResponse) -> ActionResult:
    application, label = request._get_param("ApplicationName"), request._get_param("VersionLabel")
    if application not in backend().applications:
        raise InvalidParameterValueError(f"No Application named '{application}' found.")
    if label in World.versions:
        raise InvalidParameterValueError(f"Application Version {label} already exists.")
    named = {key: request._get_param(key) for key in ("Description", "SourceBundle", "Tags")}
    World.versions[label] = named | {"ApplicationName": application, "VersionLabel": label}
    return ActionResult({"ApplicationVersion": World.versions[label]})


def describe_application_versions(request: responses.EBResponse) -> ActionResult:
    if request._get_param("ApplicationName") not in backend().applications:
        raise InvalidParameterValueError("No such application.")
    labels = request._get_param("VersionLabels")
    return ActionResult({"ApplicationVersions": [World.versions[label] for label in labels if label in World.versions]})


def describe_events(request: responses.EBResponse) -> ActionResult:
    told = [] if World.health == "Green" else [{"Message": "Environment health has transitioned from Ok to Severe."}]
    return ActionResult({"Events": told})


class Resource:
    """A resource identified by its name. moto requires resources to belong to one of its services."""

    SERVICE = models.__name__

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name


class Application(Resource, CloudFormationModel):
    __module__ = Resource.SERVICE

    @staticmethod
    def cloudformation_name_type() -> str:
        return "ApplicationName"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::ElasticBeanstalk::Application"

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Application:
        backend().create_application(resource_name)
        return cls(resource_name)

    def delete(self, account_id: str, region_name: str) -> None:
        if backend().applications[self.physical_resource_id].environments:
            raise InvalidParameterValueError("an environment of it is still there")
        backend().delete_application(self.physical_resource_id)
        World.versions.clear()


class Environment(Resource, CloudFormationModel):
    __module__ = Resource.SERVICE

    @staticmethod
    def cloudformation_name_type() -> str:
        return "EnvironmentName"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::ElasticBeanstalk::Environment"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        assert attribute_name == "EndpointURL"
        return environment(self.physical_resource_id).endpoint_url

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> Environment:
        wanted = cloudformation_json["Properties"]
        made = backend().create_environment(
            backend().applications[wanted["ApplicationName"]],
            resource_name,
            wanted["SolutionStackName"],
            {tag["Key"]: tag["Value"] for tag in wanted["Tags"]},
        )
        made.solution_stack_name = wanted["SolutionStackName"]
        made.endpoint_url = "awseb-made-up.elb.localhost:1"
        update(made, wanted)
        return cls(resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls, original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        update(environment(original_resource.physical_resource_id), cloudformation_json["Properties"])
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        del backend().applications[self.physical_resource_id].environments[self.physical_resource_id]


def update(of: models.Environment, wanted: dict[str, Any]) -> None:
    if wanted["SolutionStackName"] != of.solution_stack_name:
        raise InvalidParameterValueError("That would be another environment, of a name that is taken.")
    if wanted["VersionLabel"] not in World.versions:
        raise InvalidParameterValueError(f"No Application Version named '{wanted['VersionLabel']}' found.")
    of.version_label, of.health = wanted["VersionLabel"], World.health
    World.options = {(each["Namespace"], each["OptionName"]): str(each["Value"]) for each in wanted["OptionSettings"]}
