"""What the official Dagster chart takes, as far as we set it: keys and types by its own schema, in our own words.

A string names a model of the official Kubernetes client, which holds what the chart hands on to the cluster unchanged.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import kubernetes.client
from dagster_k8s.models import k8s_model_from_dict, k8s_snake_case_dict

Known = type | str | dict[str, "Known"] | list["Known"]

_IMAGE: Known = {"repository": str, "tag": str, "pullPolicy": str}
_POD: dict[str, Known] = {
    "envConfigMaps": ["V1ConfigMapEnvSource"],
    "envSecrets": ["V1SecretEnvSource"],
    "securityContext": "V1SecurityContext",
    "resources": "V1ResourceRequirements",
    "volumes": ["V1Volume"],
    "volumeMounts": ["V1VolumeMount"],
}
_SERVER: dict[str, Known] = {**_POD, "image": _IMAGE, "podSecurityContext": "V1PodSecurityContext"}
_SWITCH: Known = {"enabled": bool}

CHART: dict[str, Known] = {
    "global": {"postgresqlSecretName": str, "dagsterHome": str},
    "generatePostgresqlPasswordSecret": bool,
    "postgresql": {
        "enabled": bool,
        "postgresqlHost": str,
        "postgresqlUsername": str,
        "postgresqlDatabase": str,
        "postgresqlScheme": str,
        "service": {"port": int},
    },
    "dagsterWebserver": {
        **_SERVER,
        "replicaCount": int,
        "enableReadOnly": bool,
        "service": {"type": str, "port": int},
        "readinessProbe": "V1Probe",
    },
    "dagster-user-deployments": {
        "enabled": bool,
        "enableSubchart": bool,
        "deployments": [
            {
                **_SERVER,
                "name": str,
                "port": int,
                "dagsterApiGrpcArgs": [str],
                "includeConfigInLaunchedRuns": _SWITCH,
                "readinessProbe": {
                    "enabled": bool,
                    "periodSeconds": int,
                    "timeoutSeconds": int,
                    "failureThreshold": int,
                },
                "livenessProbe": "V1Probe",
            }
        ],
    },
    "dagsterDaemon": {
        **_SERVER,
        "enabled": bool,
        "heartbeatTolerance": int,
        "runCoordinator": {"enabled": bool, "type": str, "config": {}},
        "runMonitoring": _SWITCH,
        "runRetries": _SWITCH,
        "sensors": {"useThreads": bool},
        "schedules": {"useThreads": bool},
    },
    "runLauncher": {
        "type": str,
        "config": {
            "k8sRunLauncher": {
                **_POD,
                "imagePullPolicy": str,
                "loadInclusterConfig": bool,
                "envVars": [str],
                "runK8sConfig": {"podSpecConfig": {"securityContext": "V1PodSecurityContext"}, "jobSpecConfig": dict},
            }
        },
    },
    "computeLogManager": {"type": str},
    **dict.fromkeys(("rabbitmq", "redis", "flower", "ingress", "retention", "telemetry", "migrate"), _SWITCH),
    "additionalInstanceConfig": dict,
}


def misfits(given: Any, known: Known, place: str = "") -> Iterator[str]:
    """Each place at which values are not what the chart takes."""
    if isinstance(known, str):
        yield from misfits_of_object(given, known, place)
    elif isinstance(known, type):
        if type(given) is not known:
            yield f"{place}: {given!r} is no {known.__name__}"
    elif isinstance(known, list):
        for number, item in enumerate(given):
            yield from misfits(item, known[0], f"{place}[{number}]")
    else:
        for key, value in given.items():
            if key in known:
                yield from misfits(value, known[key], f"{place}.{key}")
            else:
                yield f"{place}.{key}: the chart has no such value"


def misfits_of_object(given: Mapping[str, Any], model: str, place: str) -> Iterator[str]:
    """What the official client refuses in an object of the cluster: unknown fields, missing ones, wrong types."""
    kind = getattr(kubernetes.client, model)
    try:
        k8s_model_from_dict(kind, k8s_snake_case_dict(kind, dict(given)))
    except Exception as refusal:  # the client raises whatever its setters do
        yield f"{place}: {refusal}"
