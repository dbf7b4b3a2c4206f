"""The files of Resources/Deployment: commands that there are, users without rights, no secret, bounds that agree."""

import json
import re
import shlex

import pytest
import yaml

from Sketch2CTLib.cli.main import VERBS
from Sketch2CTLib.cli.options import TOKEN_VARIABLE
from Testing.rules.house import ROOT
from Testing.rules.test_commands_named import command_of, extras, parse_fault

FOLDER = ROOT / "Resources" / "Deployment"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES = list(yaml.safe_load_all((FOLDER / "kuberay.yaml").read_text(encoding="utf-8")))
SERVER = COMPOSE["services"]["server"]
JOB = next(one for one in KUBERNETES if one["kind"] == "RayJob")
CLUSTER = JOB["spec"]["rayClusterSpec"]
PODS = {"head": CLUSTER["headGroupSpec"], **{one["groupName"]: one for one in CLUSTER["workerGroupSpecs"]}}


def instructions(name):
    """The arguments of an instruction of the Dockerfile, wherever it stands."""
    joined = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return [line.split(maxsplit=1)[1] for line in joined.splitlines() if line.startswith(f"{name} ")]


def options(words):
    """The options of a command, by name; what they are not given stands as the default."""
    with command_of(words[0]).make_context(words[0], list(words[1:])) as context:
        return dict(context.params)


COMMANDS = {
    "Dockerfile": json.loads(instructions("CMD")[-1]),
    "compose": SERVER["command"],
    "kuberay": shlex.split(JOB["spec"]["entrypoint"])[1:],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_server_is_started_as_the_program_takes_it(name):
    words = [str(word) for word in COMMANDS[name]]
    assert words[0] in VERBS and not parse_fault(words), parse_fault(words)
    given = options(words)
    assert (given["host"], given["port"], str(given["folder"])) == ("0.0.0.0", 8000, "/results")
    assert given["token_file"] is None


def test_the_image_is_made_of_files_and_extras_that_there_are():
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["sketch2ct"]
    sources = [word for line in instructions("COPY") for word in line.split()[:-1]]
    assert sources and all((ROOT / source).exists() for source in sources)
    kept = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{source}" for source in sources} <= set(kept)
    (wanted,) = re.findall(r'"\.\[([\w,]+)\]"', DOCKERFILE)
    assert set(wanted.split(",")) <= extras()
    assert instructions("FROM") == ["python:3.12-slim-bookworm"]


def test_no_one_is_root():
    assert instructions("USER")[-1] == SERVER["user"] == "10001:10001"
    assert SERVER["cap_drop"] == ["ALL"] and SERVER["security_opt"] == ["no-new-privileges:true"]
    for group in PODS.values():
        pod = group["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False


def test_the_token_comes_by_the_environment_and_stands_nowhere():
    assert set(SERVER["environment"]) == {TOKEN_VARIABLE}
    assert SERVER["environment"][TOKEN_VARIABLE].startswith("${" + TOKEN_VARIABLE + ":?"), "without it nothing starts"
    for group in PODS.values():
        for container in group["template"]["spec"]["containers"]:
            (token,) = [one for one in container["env"] if one["name"] == TOKEN_VARIABLE]
            assert set(token) == {"name", "valueFrom"} and token["valueFrom"]["secretKeyRef"]["key"] == "token"
    assert TOKEN_VARIABLE not in DOCKERFILE and not any(one["kind"] == "Secret" for one in KUBERNETES)


def test_health_is_asked_where_the_server_answers():
    pytest.importorskip("fastapi")
    from Sketch2CTLib.service.http.routes import router

    asked = [json.loads(instructions("HEALTHCHECK")[0].split("CMD ")[1])[-1], SERVER["healthcheck"]["test"][-1]]
    for url in asked:
        host, path = re.fullmatch(r"http://(127\.0\.0\.1:8000)(/.+)", url).groups()
        assert path in {route.path for route in router.routes}, host


def test_a_server_has_time_to_end_its_jobs():
    grace = options([str(word) for word in SERVER["command"]])["grace"]
    assert float(SERVER["stop_grace_period"].rstrip("s")) > grace
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    wanted = options(COMMANDS["kuberay"])["grace"]
    assert PODS["gpu"]["template"]["spec"]["terminationGracePeriodSeconds"] > wanted


def test_volumes_are_mounted_for_models_and_results():
    assert (
        {one.split(":")[1] for one in SERVER["volumes"]}
        == {"/models", "/results"}
        == set(json.loads(instructions("VOLUME")[0]))
    )
    assert set(COMPOSE["volumes"]) == {one.split(":")[0] for one in SERVER["volumes"]}
    claims = {one["metadata"]["name"] for one in KUBERNETES if one["kind"] == "PersistentVolumeClaim"}
    for group in PODS.values():
        pod = group["template"]["spec"]
        assert {one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"]} == claims
        assert {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]} == {"/models", "/results"}


def test_a_cluster_has_a_gpu_for_each_replica_within_the_same_bounds():
    given, group = options(COMMANDS["kuberay"]), PODS["gpu"]
    assert (given["replicas"], given["most_replicas"]) == (group["minReplicas"], group["maxReplicas"])
    assert given["device"] == "cuda" and CLUSTER["enableInTreeAutoscaling"] is True
    limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["nvidia.com/gpu"] == group["rayStartParams"]["num-gpus"] == "1"
    assert SERVER["deploy"]["resources"]["reservations"]["devices"][0]["count"] == 1


def test_the_service_finds_the_proxy():
    (service,) = [one for one in KUBERNETES if one["kind"] == "Service"]
    template = CLUSTER["headGroupSpec"]["template"]
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    ports = {one["name"]: one["containerPort"] for one in template["spec"]["containers"][0]["ports"]}
    assert ports[service["spec"]["ports"][0]["targetPort"]] == options(COMMANDS["kuberay"])["port"]
