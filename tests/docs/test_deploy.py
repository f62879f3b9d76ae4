"""The files of `examples/deploy`: each is what its program reads, and what all of them start is started once, here."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen
from zipfile import ZipFile

import jsonschema
import psycopg
import pytest
import yaml

from tests.backend.doctor.places import free_port
from tests.conftest import Fresh
from tests.docs.pages import DOCS, ROOT, blocks

DEPLOY = ROOT / "examples/deploy"
COMPOSE = DEPLOY / "compose/compose.yaml"
UNITS = DEPLOY / "systemd"
MANIFESTS = DEPLOY / "kubernetes"
WORKS_IN = "/srv/app"
MIGRATE = ("codemation", "db", "migrate", "--wait", "60")
PATIENCE = 60


class Started(NamedTuple):
    """What is started somewhere: its arguments, and the variables that it gets."""

    command: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]


def started(command: list[str], variables: dict[str, str]) -> Started:
    """As it is everywhere: wherever the program lies, and wherever the secret is mounted."""
    program, *arguments = command
    told = {**variables, "DATABASE_URL_FILE": os.path.basename(variables["DATABASE_URL_FILE"])}
    return Started((os.path.basename(program), *arguments), tuple(sorted(told.items())))


def documents(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text()))


def services() -> dict[str, Any]:
    found: dict[str, Any] = documents(COMPOSE)[0]["services"]
    return {name: it for name, it in found.items() if name != "database"}


def by_compose() -> set[Started]:
    return {started(it["command"], it["environment"]) for it in services().values()}


def pods() -> Iterator[tuple[str, Any]]:
    """The specification of each pod, with what makes it."""
    for file in MANIFESTS.glob("*.yaml"):
        for it in documents(file):
            if it.get("kind") in {"Deployment", "CronJob"}:
                within = it["spec"]["jobTemplate"]["spec"] if it["kind"] == "CronJob" else it["spec"]
                yield it["metadata"]["name"], within["template"]["spec"]


def containers(pod: Any) -> list[Any]:
    return [*pod.get("initContainers", []), *pod["containers"]]


def by_kubernetes() -> set[Started]:
    return {
        started(one["command"], {it["name"]: it["value"] for it in one["env"]})
        for _, pod in pods()
        for one in containers(pod)
    }


def unit(file: Path) -> dict[str, list[str]]:
    """What is said of a service; keys may be there several times."""
    lines = [line.partition("=") for line in file.read_text().splitlines() if "=" in line and line[0] != "#"]
    return {key: [value for name, _, value in lines if name == key] for key, _, _ in lines}


def by_systemd() -> set[Started]:
    units = [unit(file) for file in UNITS.glob("*.service")]
    return {
        started(shlex.split(it["ExecStart"][0]), dict(line.split("=", 1) for line in it["Environment"])) for it in units
    }


def test_all_three_start_the_same() -> None:
    prune = {it for it in by_systemd() if "prune" in it.command}
    assert by_compose() | prune == by_kubernetes() == by_systemd()
    assert len(prune) == 1
    assert sum(it.command == MIGRATE for it in by_compose()) == 1


def test_compose_reads_its_file() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    (document,) = documents(COMPOSE)
    jsonschema.validate(document, schema)
    for service in document["services"].values():
        for name in service["secrets"]:
            assert document["secrets"][name] == {"file": f"secrets/{name}"}
        for path in service["environment"].values():
            assert not path.startswith("/run/secrets/") or os.path.basename(path) in service["secrets"]
        assert set(service.get("depends_on", {})) <= set(document["services"])
    built = document["services"]["migrate"]["build"]
    context = (COMPOSE.parent / built["context"]).resolve()
    assert context == ROOT
    assert (context / built["dockerfile"]).is_file()


def test_no_secret_can_be_checked_in() -> None:
    assert "/secrets/" in (COMPOSE.parent / ".gitignore").read_text().splitlines()


def test_the_image_is_made_of_what_is_there() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = [shlex.split(it)[:-1] for it in re.findall(r"^COPY (.*)$", text, re.MULTILINE)]
    assert len(copied) > 3
    assert all((ROOT / source).exists() for sources in copied for source in sources)
    (command,) = re.findall(r"^CMD (.*)$", text, re.MULTILINE)
    assert json.loads(command) == services()["host"]["command"]
    assert re.findall(r"^WORKDIR (.*)$", text, re.MULTILINE) == [WORKS_IN]
    (user,) = re.findall(r"^USER (.*)$", text, re.MULTILINE)
    assert {pod["securityContext"]["runAsUser"] for _, pod in pods()} == {int(user)}


def test_the_package_can_be_built_of_what_the_image_copies(tmp_path: Path) -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    for *sources, target in map(shlex.split, re.findall(r"^COPY (.*)$", text, re.MULTILINE)):
        if target.startswith("/src"):
            for source in sources:
                place = tmp_path / target[1:] / (os.path.basename(source) if target.endswith("/") else "")
                place.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, place)
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run(build, cwd=tmp_path / "src", check=True, capture_output=True)
    (wheel,) = (tmp_path / "src/dist").glob("*.whl")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "codemation/py.typed" in names
    assert any(name.endswith(".data/data/share/man/man1/codemation.1") for name in names)


def test_the_image_has_the_versions_that_are_tested() -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    wanted = re.findall(r'"(\w+>=[^"]*)"', (DEPLOY / "Dockerfile").read_text())
    assert len(wanted) == 2
    assert set(wanted) <= set(group)


def test_a_pod_has_what_its_containers_name() -> None:
    names = [name for name, _ in pods()]
    assert sorted(names) == ["codemation-host", "codemation-prune", "codemation-worker"]
    for _, pod in pods():
        volumes = {it["name"]: it["secret"] for it in pod["volumes"]}
        for one in containers(pod):
            mounts = {it["mountPath"]: it["name"] for it in one["volumeMounts"]}
            file = next(it["value"] for it in one["env"] if it["name"] == "DATABASE_URL_FILE")
            secret = volumes[mounts[os.path.dirname(file)]]
            assert secret["defaultMode"] == 0o440
            assert one["securityContext"]["readOnlyRootFilesystem"] is True
    host = next(pod for name, pod in pods() if name == "codemation-host")["containers"][0]
    assert host["ports"][0]["containerPort"] == host["readinessProbe"]["httpGet"]["port"] == 8000


def test_kustomize_puts_all_manifests_together() -> None:
    (listed,) = documents(MANIFESTS / "kustomization.yaml")
    assert sorted(listed["resources"]) == sorted(
        file.name for file in MANIFESTS.glob("*.yaml") if file.name != "kustomization.yaml"
    )
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl on this machine")
    done = subprocess.run([kubectl, "kustomize", str(MANIFESTS)], capture_output=True, check=True, text=True)
    images = {one["image"] for it in yaml.safe_load_all(done.stdout) for one in found_containers(it)}
    assert images == {"codemation-web-api:1"}


def found_containers(value: Any) -> Iterator[Any]:
    """Every container anywhere in a document."""
    if isinstance(value, dict):
        for key, it in value.items():
            yield from it if key in {"containers", "initContainers"} else found_containers(it)
    elif isinstance(value, list):
        for it in value:
            yield from found_containers(it)


def test_systemd_reads_its_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd on this machine")
    for file in UNITS.iterdir():
        text = file.read_text().replace(f"{WORKS_IN}/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / file.name).write_text(text)
    paths = [str(path) for path in tmp_path.iterdir()]
    done = subprocess.run([program, "verify", "--man=no", *paths], capture_output=True, check=False, text=True)
    ours = [line for line in done.stderr.splitlines() if "codemation-" in line]
    assert (done.returncode, ours) == (0, [])


def test_units_name_one_another() -> None:
    names = {file.name for file in UNITS.iterdir()}
    for file in UNITS.glob("*.service"):
        said = unit(file)
        for needed in said.get("Requires", []):
            assert needed in names
            assert needed in said["After"]
    assert {file.stem for file in UNITS.glob("*.timer")} <= {file.stem for file in UNITS.glob("*.service")}


def test_every_file_is_on_a_page() -> None:
    shown = {
        it.file
        for page in DOCS.glob("guides/*.md")
        for it in blocks(page.read_text())
        if it.file.startswith("examples/")
    }
    there = {it.relative_to(ROOT).as_posix() for it in DEPLOY.rglob("*") if it.is_file() and it.name != ".gitignore"}
    assert there == shown


@contextmanager
def process(one: Started, folder: Path, secrets: Path, *, port: int) -> Iterator[subprocess.Popen[str]]:
    """What is started, in the folder of the example, with its secret elsewhere and another port."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    told = dict(one.variables)
    told["DATABASE_URL_FILE"] = str(secrets / told["DATABASE_URL_FILE"])
    command = [str(port) if word == "8000" else "127.0.0.1" if word == "0.0.0.0" else word for word in one.command]  # noqa: S104
    with subprocess.Popen(
        command, cwd=folder, env={"PATH": path, **told}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.mark.postgresql
def test_what_is_started_works_in_its_order(tmp_path: Path, postgresql: Fresh) -> None:
    (tmp_path / "database-url").write_text(f"{postgresql.url}\n")
    ignored = shutil.ignore_patterns(".codemation", ".env", "__pycache__")
    folder = Path(shutil.copytree(ROOT / "examples/web-api", tmp_path / "app", ignore=ignored))
    by_program = {" ".join(it.command[:3]): it for it in by_kubernetes()}
    port = free_port()

    with process(by_program["codemation db migrate"], folder, tmp_path, port=port) as migrate:
        out, _ = migrate.communicate(timeout=PATIENCE)
        assert (migrate.returncode, out.splitlines()[-1][:5]) == (0, "done:"), out
    with (
        process(by_program["uvicorn app:app --host"], folder, tmp_path, port=port) as host,
        process(by_program["python worker.py"], folder, tmp_path, port=port),
        psycopg.connect(postgresql.url, autocommit=True) as server,
    ):
        assert answer(f"http://127.0.0.1:{port}/health", host) == {"database": "postgresql", "overdueSeconds": {}}
        server.execute("INSERT INTO runs (workflow_id, status, created_at) VALUES ('orders', 'pending', now())")
        server.execute(
            "INSERT INTO work_items (run_id, node_id, queue, status, payload, available_at, created_at)"
            " SELECT id, 'start', 'default', 'queued', '{}', now(), now() FROM runs"
        )
        until = time.monotonic() + PATIENCE
        while server.execute("SELECT finished_at IS NULL FROM runs").fetchone() == (True,):
            assert time.monotonic() < until
            time.sleep(0.05)
        with process(by_program["codemation db prune"], folder, tmp_path, port=port) as prune:
            out, _ = prune.communicate(timeout=PATIENCE)
            assert (prune.returncode, out.splitlines()[-1]) == (0, "deleted nothing: nothing is due"), out


def answer(url: str, host: subprocess.Popen[str]) -> Any:
    """What a host answers, once it listens."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urlopen(url, timeout=PATIENCE) as got:  # noqa: S310  (our own)
                return json.load(got)
        except URLError:
            assert host.poll() is None, host.communicate()
            time.sleep(0.05)
    return None
