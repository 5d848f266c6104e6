"""The Kubernetes manifests fit the API's schemas, one another, and what Ballast offers."""

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bootstrap.settings.load import DECLARED
from tests.integration.deploy.manifests import (
    COMMANDS,
    KUBERNETES,
    MODELS,
    NODE_LOCAL_DNS,
    OF_MODELS,
    assert_all_can_start,
    documents,
    kustomization,
    of_kind,
    settings_variables,
)
from tests.unit.sources import ROOT, project

OLDEST, NEWEST = "1.32", "1.37"


def pods() -> dict[str, dict[str, Any]]:
    """Return the pod template of everything that runs."""
    return {
        name: each["spec"]["template"]
        for folder in (KUBERNETES, MODELS)
        for kind in ("Deployment", "Job")
        for name, each in of_kind(kind, folder).items()
    }


def deployments() -> dict[str, dict[str, Any]]:
    """Return the deployments, those of models too."""
    return of_kind("Deployment") | of_kind("Deployment", MODELS)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_resource_fits_its_schema_with_no_field_unknown(version: str) -> None:
    for document in [*documents(), *documents(NODE_LOCAL_DNS), *documents(MODELS)]:
        # It says against which version it did: the nearest when it has not the one asked for.
        assert kubernetes_validate.validate(document, version, strict=True).startswith(version)


def test_a_field_that_does_not_exist_would_be_found() -> None:
    wrong = of_kind("Deployment")["api"]
    wrong["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


def test_the_kustomization_names_every_file_and_the_version() -> None:
    files = {path.name for path in KUBERNETES.iterdir()} - {"kustomization.yaml"}
    assert sorted(kustomization()["resources"]) == sorted(files)
    tags = [{"name": "ballast", "newTag": project()["project"]["version"]}]
    assert kustomization()["images"] == kustomization(MODELS)["images"] == tags


def test_the_api_the_workers_and_the_migrations_run_their_commands() -> None:
    run = [pod["spec"]["containers"][0]["args"] for pod in pods().values()]
    assert sorted(run) == sorted((*COMMANDS, *OF_MODELS))


def test_every_worker_can_start_with_the_secret_that_the_page_makes() -> None:
    page = (ROOT / "docs/deploy.md").read_text()
    secret = dict(re.findall(r"--from-literal=(BALLAST_\w+)=(\S+)", page))
    secret |= {"BALLAST_DATABASE_URL": "postgresql://ballast@db/ballast"}
    secret |= {"BALLAST_REDIS_URL": "redis://redis:6379/0"}
    # What the page lets openssl draw.
    drawn = {"BALLAST_SECRETS_KEYS": f"1:{'A' * 43}=", "BALLAST_AUDIT_KEYS": "ab" * 32}
    assert drawn.keys() <= secret.keys()
    given = of_kind("ConfigMap")["ballast"]["data"] | secret | drawn
    given["BALLAST_COMMANDS_KEYS"] = given["BALLAST_COMMANDS_KEYS"].strip("'")
    assert_all_can_start(
        {
            name: (deployment["spec"]["template"]["spec"]["containers"][0]["args"], given)
            for name, deployment in deployments().items()
        }
    )


def test_who_hears_agents_and_who_takes_commands_know_the_same_keys() -> None:
    for name in ("api", "worker-commands"):
        (container,) = pods()[name]["spec"]["containers"]
        # The secret of the page holds BALLAST_COMMANDS_KEYS.
        assert {"secretRef": {"name": "ballast"}} in container["envFrom"]
    assert "--from-literal=BALLAST_COMMANDS_KEYS" in (ROOT / "docs/deploy.md").read_text()


@pytest.mark.parametrize("name", sorted(pods()))
def test_a_pod_may_do_no_more_than_it_needs(name: str) -> None:
    pod = pods()[name]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    # None of processor time: a quota that log-ins used up would hold up a stop.
    assert container["resources"]["limits"].keys() == {"memory"}


def test_every_pod_may_call_what_is_listed_and_nothing_else() -> None:
    (policy,) = of_kind("NetworkPolicy").values()
    spec = policy["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    chosen = spec["podSelector"]["matchLabels"].items()
    for pod in pods().values():
        # A rule without pods would leave them all free.
        assert chosen <= pod["metadata"]["labels"].items()
    assert [one["ports"] for one in spec["ingress"]] == [[{"protocol": "TCP", "port": "http"}]]
    allowed = {(one["protocol"], one["port"]) for rule in spec["egress"] for one in rule["ports"]}
    stores = {("TCP", port) for port in (5432, 6379, 9092)}
    assert allowed == {("UDP", 53), ("TCP", 53), *stores}
    assert all(rule["ports"] for rule in spec["egress"])


def test_the_component_lets_the_same_pods_ask_the_cache_of_their_node_and_no_more() -> None:
    assert kustomization(NODE_LOCAL_DNS)["kind"] == "Component"
    (added,) = documents(NODE_LOCAL_DNS)
    (base,) = of_kind("NetworkPolicy").values()
    # The base's names and namespace, under a name of its own: it adds to the first policy.
    assert added["kind"] == base["kind"]
    assert added["metadata"]["name"] != base["metadata"]["name"]
    assert added["metadata"]["namespace"] == kustomization()["namespace"]
    spec = added["spec"]
    assert spec["podSelector"] == base["spec"]["podSelector"]
    assert spec["policyTypes"] == ["Egress"]
    (rule,) = spec["egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "169.254.20.10/32"}}]
    (names,) = (one for one in base["spec"]["egress"] if "to" in one)
    assert rule["ports"] == names["ports"]
    assert "components: [../deploy/node-local-dns]" in (ROOT / "docs/deploy.md").read_text()


def test_the_pod_with_the_venue_keeps_its_folder_and_is_never_two() -> None:
    kept = {
        name: volume["persistentVolumeClaim"]["claimName"]
        for name, pod in pods().items()
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert kept == {"worker-market": "worker-market"}
    deployment = of_kind("Deployment")["worker-market"]["spec"]
    pod = deployment["template"]["spec"]
    (mount,) = (one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "data")
    # The folder that the image calls its data folder.
    assert f"BALLAST_DATA_DIR={mount['mountPath']}" in (ROOT / "Dockerfile").read_text()
    claim = of_kind("PersistentVolumeClaim")["worker-market"]["spec"]
    assert claim["accessModes"] == ["ReadWriteOnce"]
    # One volume, one pod: the next one starts when the last one is gone, and may write as it did.
    assert (deployment["replicas"], deployment["strategy"]["type"]) == (1, "Recreate")
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]


@pytest.mark.parametrize("name", sorted(deployments()))
def test_a_deployment_is_probed_and_guarded_and_stops_in_peace(name: str) -> None:
    deployment = deployments()[name]
    pod = deployment["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    probes = {
        probe: container[probe]["httpGet"]["path"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert probes == {
        "startupProbe": "/health/live",
        "livenessProbe": "/health/live",
        "readinessProbe": "/health/ready",
    }
    assert pod["spec"]["terminationGracePeriodSeconds"] > 20
    labels = pod["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    budgets = of_kind("PodDisruptionBudget") | of_kind("PodDisruptionBudget", MODELS)
    assert budgets[name]["spec"]["selector"]["matchLabels"] == labels


def test_the_service_finds_the_api_at_the_port_that_it_names() -> None:
    service = of_kind("Service")["api"]["spec"]
    pod = pods()["api"]
    assert service["selector"] == pod["metadata"]["labels"]
    ports = {port["name"]: port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]}
    assert service["ports"][0]["targetPort"] in ports
    settings = of_kind("ConfigMap")["ballast"]["data"]
    assert settings["BALLAST_HTTP_PORT"] == str(ports["http"])


ASKED = {"worker-inference": 8001, "worker-sentiment": 8002, "worker-finbert": 8004}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_a_part_that_is_asked_answers_on_its_port_to_pods_alone(name: str) -> None:
    service = (of_kind("Service") | of_kind("Service", MODELS))[name]["spec"]
    pod = pods()[name]
    assert service["selector"] == pod["metadata"]["labels"]
    assert "type" not in service
    (port,) = service["ports"]
    assert (port["port"], port["targetPort"]) == (ASKED[name], "http")
    (container,) = pod["spec"]["containers"]
    # The base's policy lets in what is called http.
    assert container["ports"] == [{"name": "http", "containerPort": ASKED[name]}]
    part = name.removeprefix("worker-")
    key = "sentiment.finbert_port" if part == "finbert" else f"{part}.port"
    assert DECLARED.catalogue[key].default == ASKED[name]
    (policy,) = of_kind("NetworkPolicy", MODELS).values()
    (rule,) = policy["spec"]["egress"]
    assert {"protocol": "TCP", "port": ASKED[name]} in rule["ports"]
    assert rule["to"] == [{"podSelector": policy["spec"]["podSelector"]}]


def test_who_has_models_gives_them_to_every_pod_to_read() -> None:
    component = kustomization(MODELS)
    assert component["kind"] == "Component"
    patched = {(one["target"]["kind"], one["path"]) for one in component["patches"]}
    assert patched == {
        ("ConfigMap", "settings.yaml"),
        ("Deployment", "mount.yaml"),
        ("Job", "mount.yaml"),
    }
    files = {path.name for path in MODELS.iterdir()} - {"kustomization.yaml"}
    named = {*component["resources"], *(one["path"] for one in component["patches"])}
    assert files == named
    mount = yaml.safe_load((MODELS / "mount.yaml").read_text())
    assert all(one["op"] == "add" for one in mount)
    folder = mount[1]["value"]["mountPath"]
    assert mount[1]["value"]["readOnly"] is True
    data = yaml.safe_load((MODELS / "settings.yaml").read_text())["data"]
    assert set(data) <= settings_variables()
    assert data["BALLAST_INFERENCE_MODEL_DIR"].startswith(f"{folder}/")
    assert data["BALLAST_SENTIMENT_MODEL"].startswith(f"{folder}/")
    base = of_kind("ConfigMap")["ballast"]["data"]["BALLAST_HTTP_ALLOWED_HOSTS"]
    hosts = data["BALLAST_HTTP_ALLOWED_HOSTS"].split(",")
    assert {*base.split(","), "worker-inference", "worker-finbert"} == set(hosts)
    for key, name in (("INFERENCE", "worker-inference"), ("SENTIMENT", "worker-finbert")):
        assert data[f"BALLAST_{key}_REMOTE"] == f"http://{name}:{ASKED[name]}"


def test_what_is_scaled_exists_and_sets_no_number_itself() -> None:
    deployments = of_kind("Deployment")
    for name, scaler in of_kind("HorizontalPodAutoscaler").items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        assert "replicas" not in deployments[name]["spec"]
        container = deployments[name]["spec"]["template"]["spec"]["containers"][0]
        assert "cpu" in container["resources"]["requests"]


def test_the_settings_are_ones_that_ballast_reads() -> None:
    named = set(of_kind("ConfigMap")["ballast"]["data"])
    assert named <= settings_variables()
