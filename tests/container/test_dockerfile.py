"""What the Dockerfile and the compose files promise, read from their text."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from app.core.config import ROOT, SECRETS, Settings, variable
from tests.container.dockerfile import read_context, read_stages

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STAGES = read_stages(DOCKERFILE)
FINAL = STAGES[-1]
COMPOSE = {
    name: yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("compose.yaml", "compose.demo.yaml")
}
SERVICES = [
    pytest.param(service, id=f"{file}-{name}")
    for file, content in COMPOSE.items()
    for name, service in content["services"].items()
]
PINNED = re.compile(r"[a-z0-9./_-]+:\d+\.\d+[^:@]*(@sha256:[0-9a-f]{64})?")
SECRET = re.compile(r"(?i)(password|secret|token|aes_key|private)")


def test_hadolint_has_nothing_to_say():
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert hadolint, "hadolint is not installed; `make setup` brings it"

    done = subprocess.run([hadolint, "--no-color", ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_base_images_are_pinned_to_a_version():
    assert [stage.base for stage in STAGES if not PINNED.fullmatch(stage.base)] == []
    assert len({stage.base for stage in STAGES}) == 1  # a venv belongs to the Python that made it


def test_the_image_runs_as_a_fixed_user_and_its_program_is_process_1():
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", FINAL.last("USER").text)
    assert FINAL.last("CMD").exec_form[:2] == ["yanlu", "serve"]
    assert FINAL.all("ENTRYPOINT") == []
    assert FINAL.last("STOPSIGNAL").text == "SIGTERM"


def test_the_health_check_needs_no_shell_and_no_further_program():
    check = FINAL.last("HEALTHCHECK")

    assert json.loads(check.text.removeprefix("CMD "))[0] == "python"
    assert {"interval", "timeout", "start-period", "retries"} == set(check.options)


def test_every_package_is_checked_against_its_hash():
    installs = [part for step in STAGES[0].all("RUN") for part in step.text.split("&&") if "pip install" in part]
    locked = [line for line in installs if "--require-hashes" in line]
    own = [line for line in installs if "--no-deps" in line and "--no-build-isolation" in line]

    assert len(installs) == len(locked) + len(own) == 3
    assert all("--no-build-isolation" in line or "requirements-build.lock" in line for line in locked)


def test_nothing_secret_and_nothing_from_the_network_is_in_the_dockerfile():
    steps = [step for stage in STAGES for step in stage.steps]

    assert [step for step in steps if step.word in ("ADD", "ARG", "VOLUME", "ONBUILD")] == []
    assert [step for step in steps if step.word == "ENV" and SECRET.search(step.text)] == []
    assert re.findall(r"https?://|apt-get|curl|wget", DOCKERFILE.replace("不要 curl", "")) == []


def test_the_label_tells_the_version_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = FINAL.last("LABEL").pairs()

    assert labels["org.opencontainers.image.version"] == project["version"]
    assert labels["org.opencontainers.image.licenses"] == project["license"]
    assert {s["image"] for c in COMPOSE.values() for s in c["services"].values() if "build" in s} == {
        f"yanlu:{project['version']}"
    }


def test_the_build_context_leaves_out_secrets_data_and_tests(tmp_path):
    for name in (".env", "var/yanlu.db", ".git/config", "tests/a.py", "app/.env", "app/__pycache__/a.pyc", "app/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    seen = list(read_context(tmp_path, (ROOT / ".dockerignore").read_text(encoding="utf-8")))

    assert seen == [Path("app/a.py")]


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_is_locked_down(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_container_has_a_health_check_and_a_version(service):
    assert "healthcheck" in service or (service["build"] == "." and FINAL.all("HEALTHCHECK"))
    assert PINNED.fullmatch(service["image"])


@pytest.mark.parametrize("service", SERVICES)
def test_no_compose_file_has_a_secret(service):
    environment = service.get("environment", {})
    given = {name: value for name, value in environment.items() if SECRET.search(name)}

    assert [value for value in given.values() if not value.startswith("${POSTGRES_PASSWORD:?")] == []
    assert not re.search(r"://[^/@]*:[^/@]*@", environment.get("YANLU_DATABASE_URL", ""))
    assert "docker.sock" not in json.dumps(service)


def test_the_service_waits_for_a_healthy_database_and_has_no_simulator():
    service, db = (COMPOSE["compose.yaml"]["services"][name] for name in ("yanlu", "db"))

    assert service["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert service["environment"]["YANLU_SIMULATOR"] == "off"
    assert "ports" not in db
    assert db["networks"] == ["inside"]
    assert COMPOSE["compose.yaml"]["networks"]["inside"] == {"internal": True}


def test_the_example_of_env_names_real_settings_and_gives_no_value():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert set(given) - {variable(name) for name in Settings.model_fields} == {"POSTGRES_PASSWORD"}
    assert set(given.values()) == {""}
    assert {variable(name) for name in SECRETS} & set(given) >= {"YANLU_SECRET_KEY", "YANLU_WECHAT_TOKEN"}
