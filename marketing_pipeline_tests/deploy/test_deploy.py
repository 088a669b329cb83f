"""What deploy/ says fits what will read it: Compose, Dagster, the Dagster chart, Kubernetes, and our own settings."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from dagster._config import resolve_to_config_type, validate_config
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import ConfigurableClass
from dagster_docker import DockerRunLauncher
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext

from marketing_pipeline_tests.deploy.chart_values import CHART, misfits, misfits_of_object

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
VENDOR = Path(__file__).parent / "vendor"
INSTANCES = {"docker": DockerRunLauncher, "kubernetes": K8sRunLauncher}
OWN = {"storage", "local_artifact_storage", "compute_logs", "run_launcher"}
KINDS = {
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "Deployment": "V1Deployment",
    "Service": "V1Service",
    "NetworkPolicy": "V1NetworkPolicy",
}
LABELLED = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "console.yaml").read_text(encoding="utf-8")))


def test_compose_fits_the_specification() -> None:
    schema = json.loads((VENDOR / "compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(read("compose.yaml"))] == []
    wrong = read("compose.yaml") | {"services": {"code": {"imago": "x"}}}
    assert not validator.is_valid(wrong)


def test_every_service_has_limits_and_none_of_ours_has_rights() -> None:
    for name, service in read("compose.yaml")["services"].items():
        assert {"cpus", "memory"} <= set(service["deploy"]["resources"]["limits"]), name
        if service["image"].startswith("marketing-pipeline"):
            assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] != "0:0", name
            assert name in ("migrate", "doctor") or "healthcheck" in service, name


def test_only_the_proxy_is_reached_from_other_machines() -> None:
    published = {name: each["ports"] for name, each in read("compose.yaml")["services"].items() if "ports" in each}
    assert set(published) == {"webserver", "proxy"}
    assert all(port.startswith("127.0.0.1:") for port in published["webserver"])


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_file_is_the_shipped_one_with_storage_and_launcher(name: str) -> None:
    shipped = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    ours = read(f"dagster.{name}.yaml")
    assert {key: value for key, value in ours.items() if key not in OWN} == shipped


@pytest.mark.parametrize(("name", "launcher"), INSTANCES.items())
def test_dagster_takes_an_instance_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, launcher: type[ConfigurableClass]
) -> None:
    monkeypatch.setenv("MARKETING_DAGSTER_DATABASE_URL", "postgresql+psycopg2://nobody@127.0.0.1:9/dagster")
    text = (DEPLOY / f"dagster.{name}.yaml").read_text(encoding="utf-8")
    (tmp_path / "dagster.yaml").write_text(text.replace("/srv/marketing", str(tmp_path)), encoding="utf-8")
    config, _ = dagster_instance_config(str(tmp_path))
    assert set(config) >= OWN
    reference = InstanceRef.from_dir(str(tmp_path))
    data = reference.run_launcher_data
    assert data is not None and data.class_name == launcher.__name__
    checked = validate_config(resolve_to_config_type(launcher.config_type()), yaml.safe_load(data.config_yaml))
    assert checked.success, checked.errors


def test_values_fit_the_chart() -> None:
    assert list(misfits(read("helm/values.yaml"), CHART)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"dagsterWebserver": {"replicaCount": "2"}},
        {"dagsterDaemon": {"replicas": 2}},
        {"dagsterDaemon": {"resources": {"limit": {}}}},
        {"runLauncher": {"config": {"k8sRunLauncher": {"volumeMounts": [{"name": "home"}]}}}},
    ],
)
def test_values_that_do_not_fit_are_found(wrong: dict[str, Any]) -> None:
    assert len(list(misfits(wrong, CHART))) == 1


def test_the_chart_is_given_the_shipped_settings_of_dagster() -> None:
    shipped = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    given = read("helm/values.yaml")["additionalInstanceConfig"]
    assert given == {key: value for key, value in shipped.items() if key != "telemetry"}


def test_runs_on_kubernetes_are_the_same_by_the_chart_and_without_it() -> None:
    launcher = read("helm/values.yaml")["runLauncher"]["config"]["k8sRunLauncher"]
    config = read("dagster.kubernetes.yaml")["run_launcher"]["config"]
    assert [config[name] for name in ("volumes", "volume_mounts", "resources", "security_context")] == [
        launcher[name] for name in ("volumes", "volumeMounts", "resources", "securityContext")
    ]
    assert config["env_secrets"] == [each["name"] for each in launcher["envSecrets"]]
    assert config["run_k8s_config"]["pod_spec_config"] == launcher["runK8sConfig"]["podSpecConfig"]


def test_runs_by_the_chart_have_the_resources_of_runs() -> None:
    values = read("helm/values.yaml")
    [server] = values["dagster-user-deployments"]["deployments"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    assert launcher["resources"] != server["resources"]
    given = K8sContainerContext.create_from_config({"k8s": {"resources": launcher["resources"]}})
    if server["includeConfigInLaunchedRuns"]["enabled"]:
        given = given.merge(K8sContainerContext.create_from_config({"k8s": {"resources": server["resources"]}}))
    assert given.run_k8s_config.container_config["resources"] == launcher["resources"]


def test_manifests_fit_the_official_client() -> None:
    found = [misfit for each in manifests() for misfit in misfits_of_object(each, KINDS[each["kind"]], each["kind"])]
    assert found == []
    assert {each["kind"] for each in manifests()} == set(KINDS)


def test_every_mount_has_its_volume_and_the_image_is_one() -> None:
    [deployment] = [each for each in manifests() if each["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    volumes = {each["name"] for each in pod["volumes"]}
    assert {each["name"] for each in pod["containers"][0]["volumeMounts"]} == volumes
    image = read("compose.yaml")["services"]["code"]["image"]
    values = read("helm/values.yaml")["dagsterWebserver"]["image"]
    assert {
        image,
        pod["containers"][0]["image"],
        f"{values['repository']}:{values['tag']}",
        read("dagster.docker.yaml")["run_launcher"]["config"]["image"],
    } == {image}


def test_every_variable_that_is_named_is_one_of_ours() -> None:
    pattern = re.compile(r"\b(?:MARKETING|ANTHROPIC|INSTAGRAM|IMAGE_API|AWS)_[A-Z0-9_]+\b")
    known = set(pattern.findall((PROJECT / ".env.example").read_text(encoding="utf-8")))
    named = {name for path in LABELLED for name in pattern.findall(path.read_text(encoding="utf-8"))}
    assert named - known == set()
    assert "MARKETING_MEDIA_STORE" in named


def test_no_secret_is_in_a_file() -> None:
    for path in LABELLED:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?i)(password|secret|token|_key)\s*[:=]\s*['\"]?[A-Za-z0-9+/]{16,}", text), path


@pytest.mark.parametrize("path", LABELLED, ids=lambda path: path.name)
def test_each_file_says_that_it_was_not_run(path: Path) -> None:
    if path.suffix != ".dockerignore":
        assert "not run here" in path.read_text(encoding="utf-8")[:900].lower()


def test_the_image_is_made_of_what_is_there_by_a_pinned_base() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    names = [name for words in copied for name in words if not name.startswith("--")]
    assert len(names) >= 8 and all((PROJECT / name).exists() for name in names)
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases and all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert all(f"!{name}" in kept for name in names)
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    images = [each["image"] for each in read("compose.yaml")["services"].values()]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_the_entrypoint_reads_settings_and_secrets_and_becomes_the_command(tmp_path: Path) -> None:
    (tmp_path / "marketing.env").write_text("MARKETING_MODE=live\n", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "ANTHROPIC_API_KEY").write_text("a $key with 'quotes'\n", encoding="utf-8")
    shown = subprocess.run(
        ["sh", DEPLOY / "entrypoint.sh", tmp_path, "env"], capture_output=True, text=True, check=True, timeout=10
    ).stdout.splitlines()
    assert "MARKETING_MODE=live" in shown and "ANTHROPIC_API_KEY=a $key with 'quotes'" in shown
