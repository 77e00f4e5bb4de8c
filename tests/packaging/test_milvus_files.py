"""What is shipped for those who run a Milvus server: the compose file, its configuration, and the page about both."""

from __future__ import annotations

import ast
import inspect
import math
import re
import shlex
from typing import NotRequired, TypedDict

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are not among the requirements

import environment
from core.cli import main as cli

FOLDER = environment.CHECKOUT / "packaging" / "milvus"
PINNED = re.compile(r"[\w./-]+:(v\d+\.\d+\.\d+|RELEASE\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)")
OPTION = re.compile(r"^# ?(\s*\w+:(?: \S+)?(?: #.*)?)$", re.MULTILINE)
MILLIONS = [1, 10, 100]
GIB = 1024**3
DIM = 512
ROW_BYTES = 184


class Mount(TypedDict):
    source: str
    target: str
    read_only: bool


class Dependency(TypedDict):
    condition: str


class Service(TypedDict):
    image: str
    environment: dict[str, str]
    volumes: list[str | Mount]
    healthcheck: dict[str, str | int | list[str]]
    ports: NotRequired[list[str]]
    depends_on: NotRequired[dict[str, Dependency]]


class Compose(TypedDict):
    services: dict[str, Service]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def compose() -> Compose:
    loaded: Compose = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def page() -> str:
    return (FOLDER / "README.md").read_text(encoding="utf-8")


def test_etcd_an_object_store_and_milvus_make_up_a_standalone(compose: Compose) -> None:
    assert set(compose["services"]) == {"etcd", "minio", "milvus"}


def test_every_image_is_of_one_version(compose: Compose) -> None:
    images = [service["image"] for service in compose["services"].values()]
    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_the_page_names_the_version_that_is_started(compose: Compose, page: str) -> None:
    version = compose["services"]["milvus"]["image"].partition(":v")[2]
    assert f"Milvus {version} then answers" in page
    assert f"image.all.tag=v{version} " in page


def test_only_milvus_can_be_reached_and_only_from_this_computer(compose: Compose) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"milvus": ["127.0.0.1:19530:19530"]}


def test_milvus_asks_for_a_password(compose: Compose) -> None:
    assert compose["services"]["milvus"]["environment"]["COMMON_SECURITY_AUTHORIZATIONENABLED"] == "true"


def test_no_password_is_shipped_and_none_is_left_empty(compose: Compose) -> None:
    secrets = {
        value
        for service in compose["services"].values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "SECRET" in name
    }
    assert {secret.partition(":?")[0] for secret in secrets} == {"${MILVUS_ROOT_PASSWORD", "${OBJECT_STORE_PASSWORD"}
    assert all(":?" in secret for secret in secrets)


def test_milvus_starts_when_what_it_needs_is_healthy(compose: Compose) -> None:
    assert all(service["healthcheck"]["test"] for service in compose["services"].values())
    waits = compose["services"]["milvus"].get("depends_on", {})
    assert {name: need["condition"] for name, need in waits.items()} == {
        "etcd": "service_healthy",
        "minio": "service_healthy",
    }


def test_data_is_in_volumes_that_outlive_the_containers(compose: Compose) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service["volumes"]]
    kept = {mount.partition(":")[0] for mount in mounts if isinstance(mount, str)}
    assert kept == set(compose["volumes"]) == {"etcd", "objects", "milvus"}


def test_the_configuration_is_given_to_milvus(compose: Compose) -> None:
    (mount,) = [mount for mount in compose["services"]["milvus"]["volumes"] if not isinstance(mount, str)]
    assert (FOLDER / mount["source"]).is_file()
    assert mount["target"] == "/milvus/configs/user.yaml"


def test_the_configuration_can_be_read_as_it_is_and_with_every_option_switched_on() -> None:
    text = (FOLDER / "user.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"proxy": {"http": {"enabled": False}}}
    assert yaml.safe_load(OPTION.sub(r"\1", text)) == {
        "proxy": {"http": {"enabled": False}},
        "common": {"security": {"tlsMode": 1}},
        "tls": {"serverPemPath": "/milvus/certs/server.pem", "serverKeyPath": "/milvus/certs/server.key"},
        "queryNode": {"mmap": {"scalarField": True, "vectorIndex": True}},
    }


def test_the_script_of_the_page_calls_what_the_client_has(page: str) -> None:
    from pymilvus import MilvusClient

    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    called = set()
    for call in (node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "client":
            called.add(call.func.attr)
            named = {str(keyword.arg): None for keyword in call.keywords}
            inspect.signature(getattr(MilvusClient, call.func.attr)).bind(None, *call.args, **named)
    assert {"update_password", "create_database", "create_user", "grant_privilege_v2", "grant_role"} <= called


def test_the_commands_of_the_page_are_those_of_the_program(page: str) -> None:
    lines = re.findall(r"python main\.py ([^`\n]+)", page)
    calls = [cli.common_options().parse_known_args(shlex.split(line)) for line in lines]
    assert [rest for _, rest in calls] == [["connection"], ["move"], ["move"]]
    assert {(given.uri, given.database) for given, _ in calls} == {("http://127.0.0.1:19530", "semblance"), ("", None)}


def raw(photos: int) -> float:
    return photos * DIM * 4


def memory(index: str, photos: int, rows: float = 1.0) -> float:
    sizes = {
        "FLAT": raw(photos),
        "HNSW": raw(photos) + photos * 2 * 16 * 4,
        "IVF_SQ8": raw(photos) / 4 + 256 * DIM * 4,
        "DISKANN": raw(photos) / 4,
    }
    segments = 0 if index == "DISKANN" else 2 * GIB
    return (sizes[index] + segments) * 1.15 + photos * ROW_BYTES * rows


def row_of(page: str, label: str) -> list[str]:
    (row,) = re.findall(rf"^\| {re.escape(label)} \|(.*)\|$", page, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


@pytest.mark.parametrize("column", range(len(MILLIONS)), ids=[f"{count}M" for count in MILLIONS])
def test_sizes_on_the_page_follow_from_its_formulas(page: str, column: int) -> None:
    photos = MILLIONS[column] * 1_000_000
    expected = {
        "`raw`": raw(photos),
        "`row`": photos * ROW_BYTES,
        **{f"memory, {index}": memory(index, photos) for index in ("FLAT", "HNSW", "IVF_SQ8", "DISKANN")},
        "memory, HNSW, rows mapped": memory("HNSW", photos, rows=0.1),
        "local disk, HNSW mapped": raw(photos) + photos * 2 * 16 * 4,
        "local disk, DISKANN": raw(photos) + photos * 56 * 4,
    }
    printed = {label: row_of(page, label)[column] for label in expected}
    assert printed == {label: f"{size / GIB:.1f}" for label, size in expected.items()}
    stored = raw(photos) + photos * ROW_BYTES + memory("HNSW", photos)
    assert row_of(page, "object store, HNSW")[column] == str(max(30, math.ceil(stored / GIB)))


def machine(gib: float) -> str:
    """Return the memory of a standalone machine and the query nodes of a cluster, as the Milvus Sizing Tool rounds."""
    alone = 8 if gib <= 8 else 16 if gib <= 16 else math.ceil(gib / 32) * 32
    node = 8 if gib < 8 else 16 if gib < 96 else 32
    return f"{alone} GiB or {math.ceil(gib / node)} \N{MULTIPLICATION SIGN} {node}"


@pytest.mark.parametrize("index", ["HNSW", "IVF_SQ8", "DISKANN"])
def test_machines_on_the_page_follow_from_its_sizes(page: str, index: str) -> None:
    assert row_of(page, index) == [machine(memory(index, count * 1_000_000) / GIB) for count in MILLIONS]


def test_shards_on_the_page_are_one_more_for_every_100_gigabytes(page: str) -> None:
    sizes = [count * 1_000_000 * (DIM * 4 + ROW_BYTES) for count in MILLIONS]
    assert row_of(page, "shards") == [str(1 + int(size // 100e9)) for size in sizes]
