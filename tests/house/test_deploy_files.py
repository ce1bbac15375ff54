"""What deploy/ ships for containers fits the published schemas, holds no secret, and its parts fit each other."""

import importlib.resources
import json
import re
import shlex
import subprocess
from datetime import timedelta

import jsonschema
import kubernetes_validate
import pytest
import yaml

from bridge.cli import acl
from bridge.metrics import names
from bridge.settings import load

KUBERNETES = "1.31"
HUBS = ("cn-jiaxing", "cn-shanghai")
FOREIGN = {"ServiceMonitor"}
"""Kinds that Kubernetes itself does not know."""


@pytest.fixture
def compose(root):
    return yaml.safe_load((root / "deploy/compose.yaml").read_text("utf-8"))


@pytest.fixture
def kustomization(root):
    return yaml.safe_load((root / "deploy/kustomization.yaml").read_text("utf-8"))


@pytest.fixture
def manifests(root, kustomization):
    return [each for file in kustomization["resources"] for each in yaml.safe_load_all((root / "deploy" / file).read_text("utf-8"))]


@pytest.fixture
def pods(manifests):
    return {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in manifests if each["kind"] == "StatefulSet"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What secrets.sh makes."""
    place = tmp_path_factory.mktemp("deploy") / "secrets"
    root = next(parent for parent in importlib.resources.files("bridge").parents if (parent / "deploy").is_dir())
    subprocess.run(["sh", str(root / "deploy/secrets.sh"), str(place)], check=True, capture_output=True)
    return place


def validated(document):
    schema = json.loads(importlib.resources.files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text("utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(document)


def test_the_compose_file_fits_the_compose_specification(compose):
    validated(compose)
    with pytest.raises(jsonschema.ValidationError):
        validated({"services": {"hub": {"image": "x", "readonly": True}}})


def test_every_container_of_compose_can_do_as_little_as_possible(compose):
    for name, service in compose["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert "environment" not in service, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    once = compose["services"].pop("owners")
    assert (once["cap_add"], once["network_mode"]) == (["CHOWN"], "none")
    for name, service in compose["services"].items():
        assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"]), name
        assert len(service["volumes"]) == 1, name
        assert service["mem_limit"], name
        assert "healthcheck" in service or service["image"].startswith("regionbus:"), name


def test_every_image_is_named_with_its_version(root, compose, pods):
    images = {service["image"] for service in compose["services"].values()}
    assert images == {box["image"] for pod in pods.values() for box in pod["containers"]}
    version = re.search(r'^version = "(.+)"', (root / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert f"regionbus:{version}" in images
    assert [image for image in images if not re.search(r":\d+\.\d+", image)] == []


def test_what_compose_mounts_is_there_or_made_by_the_script(root, compose, made):
    used = [(kind, each["source"]) for service in compose["services"].values() for kind in ("configs", "secrets") for each in service.get(kind, [])]
    assert {name for kind, name in used if kind == "secrets"} == set(compose["secrets"])
    assert {name for kind, name in used if kind == "configs"} == set(compose["configs"])
    assert [each["file"] for each in compose["configs"].values() if not (root / "deploy" / each["file"]).is_file()] == []
    assert [each["file"] for each in compose["secrets"].values() if not (made.parent / each["file"]).is_file()] == []
    assert {volume.partition(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])} == set(compose["volumes"])


@pytest.mark.parametrize("hub", HUBS)
def test_a_hub_finds_in_its_container_what_its_settings_name(root, compose, hub):
    named = set(re.findall(r"/run/secrets/([a-z0-9-]+)", (root / f"deploy/hubs/{hub}.toml").read_text("utf-8")))
    assert named == {each["target"] for each in compose["services"][hub]["secrets"]}
    found = load(root / f"deploy/hubs/{hub}.toml", secrets=False)
    for url in (found.bus, found.ledger, *(relay.bus for relay in found.relay)):
        host = re.search(r"@([a-z0-9-]+):\d+", url)[1]
        nets = set(compose["services"][host]["networks"])
        assert nets & set(compose["services"][hub]["networks"])


def test_the_script_makes_long_secrets_that_differ_and_keeps_them(root, made):
    secrets = {path: path.read_bytes() for path in made.rglob("*") if path.is_file() and not path.suffix and path.name not in {"ca", "passwd"}}
    assert len(secrets) == 8
    assert len(set(secrets.values())) == 8
    assert min(map(len, secrets.values())) >= 64
    certificates = {path: path.read_bytes() for path in made.rglob("*.pem")}
    subprocess.run(["sh", str(root / "deploy/secrets.sh"), str(made)], check=True, capture_output=True)
    assert all(path.read_bytes() == words for path, words in {**secrets, **certificates}.items())


@pytest.mark.parametrize("hub", HUBS)
def test_every_account_of_the_access_list_has_a_password_that_is_not_kept_in_clear(root, made, hub):
    accounts = re.findall(r"^user (\S+)$", (root / f"deploy/mosquitto/acl/{hub}.acl").read_text(), re.MULTILINE)
    lines = (made / hub / "passwd").read_text().splitlines()
    assert sorted(line.split(":")[0] for line in lines) == sorted(accounts)
    assert all(re.fullmatch(r"\S+:\$7\$\d+\$[\w+/=]{16}\$[\w+/=]{88}", line) for line in lines)
    hashes = {line.split(":")[1] for line in lines}
    assert len(hashes) == 2  # ours, and the neighbour's


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("server", ["bus", "ledger"])
def test_a_certificate_holds_for_the_name_that_the_settings_use_and_for_long(made, hub, server):
    paper = made / hub / f"{server}.pem"
    lasting = str(int(timedelta(days=700).total_seconds()))
    for check in (
        f"openssl verify -CAfile {made}/ca.pem -purpose sslserver -verify_hostname {hub}-{server} {paper}",
        f"openssl x509 -in {paper} -noout -checkend {lasting}",
    ):
        subprocess.run(shlex.split(check), check=True, capture_output=True)


def test_nobody_else_on_the_machine_can_read_the_secrets(made):
    keys = [made / "ca.key", *made.rglob("*.key")]
    assert made.stat().st_mode & 0o044 == 0
    assert [path for path in keys if path.stat().st_mode & 0o077 and made.stat().st_mode & 0o011] == []


def test_every_manifest_fits_the_schemas_of_kubernetes(manifests):
    for each in manifests:
        if each["kind"] not in FOREIGN:
            kubernetes_validate.validate(each, KUBERNETES, strict=True)
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"portz": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_every_pod_can_do_as_little_as_possible_and_is_watched(pods):
    assert len(pods) == 3
    for name, pod in pods.items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["automountServiceAccountToken"] is False, name
        (box,) = pod["containers"]
        assert box["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}, name
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= box.keys(), name
        assert "memory" in box["resources"]["limits"], name
    (hub,) = pods["cn-jiaxing"]["containers"]
    paths = {kind: hub[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/health/startup", "readiness": "/health/ready", "liveness": "/health/live"}


def test_what_pods_mount_is_generated_and_its_files_are_there(root, kustomization, pods, made):
    given = {"configMap": "configMapGenerator", "secret": "secretGenerator"}
    for kind, generator in given.items():
        key = "name" if kind == "configMap" else "secretName"
        mounted = {volume[kind][key] for pod in pods.values() for volume in pod["volumes"] if kind in volume}
        assert mounted == {each["name"] for each in kustomization[generator]}
    files = [file.rpartition("=")[2] for generator in given.values() for each in kustomization[generator] for file in each["files"]]
    places = [made.parent / file if file.startswith("secrets/") else root / "deploy" / file for file in files]
    assert [place for place in places if not place.is_file()] == []


def test_selectors_find_the_pods_they_mean(manifests):
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in manifests if each["kind"] == "StatefulSet"]
    ports = {port["name"] for each in manifests if each["kind"] == "Service" for port in each["spec"]["ports"]}
    for each in manifests:
        selector = each.get("spec", {}).get("selector", each.get("spec", {}).get("podSelector"))
        if selector:
            assert selector.get("matchLabels", selector) in labels, each["metadata"]["name"]
    (watched,) = [each for each in manifests if each["kind"] == "ServiceMonitor"]
    assert {end["port"] for end in watched["spec"]["endpoints"]} <= ports


def test_the_hub_grows_by_a_metric_that_there_is_and_no_further_than_its_accounts(root, manifests):
    (scaler,) = [each["spec"] for each in manifests if each["kind"] == "HorizontalPodAutoscaler"]
    (metric,) = [each["external"]["metric"] for each in scaler["metrics"]]
    assert set(metric["selector"]["matchLabels"]) <= set(names()[metric["name"]].labels)
    (hub,) = [each["spec"] for each in manifests if each["kind"] == "StatefulSet" and each["metadata"]["name"] == "cn-jiaxing"]
    processes = [str(hub["ordinals"]["start"] + number) for number in range(scaler["maxReplicas"])]
    settings = load(root / "deploy/hubs/cn-jiaxing.toml", secrets=False)
    assert (root / "deploy/mosquitto/acl/cn-jiaxing.acl").read_text("utf-8") == acl.page(settings, processes)


def test_the_image_holds_a_wheel_and_runs_as_nobody(root):
    words = re.sub(r"\\\n\s*", "", (root / "deploy/Containerfile").read_text("utf-8"))
    *_, last = re.split(r"^FROM ", words, flags=re.MULTILINE)
    assert re.findall(r"^COPY (.*)$", last, re.MULTILINE) == ["--from=installed /opt/regionbus /opt/regionbus"]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^VOLUME (.*)$", last, re.MULTILINE) == ["/var/lib/regionbus"]
    (probe,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", last, re.MULTILINE)
    program, option, code = json.loads(probe)
    assert (program, option) == ("python", "-c")
    compile(code, "HEALTHCHECK", "exec")
    assert "/health/live" in code
    copied = {word for line in re.findall(r"^COPY (?!--)(.*)$", words, re.MULTILINE) for word in line.split()[:-1]}
    ignored = (root / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
