"""The files for running a Milvus server: the compose file, the configuration, and the page about both."""

from __future__ import annotations

import ast
import inspect
import math
import re
import shlex
from typing import NotRequired, TypedDict

import pytest
import yaml  # type: ignore[import-untyped]  # types-PyYAML is not a requirement

import environment
from core.cli import main as cli
from core.models import bundled

FOLDER = environment.CHECKOUT / "packaging" / "milvus"
PINNED = re.compile(r"[\w./-]+:(v\d+\.\d+\.\d+|RELEASE\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)")
OPTION = re.compile(r"^# ?(\s*\w+:(?: \S+)?(?: #.*)?)$", re.MULTILINE)
MILLIONS = [1, 10, 100]
GIB = 1024**3
DIM = bundled.DIM
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


def test_compose_file_starts_etcd_minio_and_milvus(compose: Compose) -> None:
    assert set(compose["services"]) == {"etcd", "minio", "milvus"}


def test_every_image_is_pinned_to_a_version(compose: Compose) -> None:
    images = [service["image"] for service in compose["services"].values()]
    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_page_names_the_version_in_the_compose_file(compose: Compose, page: str) -> None:
    version = compose["services"]["milvus"]["image"].partition(":v")[2]
    assert f"Milvus {version} then answers" in page
    assert f"image.all.tag=v{version} " in page


def test_only_milvus_publishes_a_port_and_only_on_localhost(compose: Compose) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"milvus": ["127.0.0.1:19530:19530"]}


def test_milvus_requires_authentication(compose: Compose) -> None:
    assert compose["services"]["milvus"]["environment"]["COMMON_SECURITY_AUTHORIZATIONENABLED"] == "true"


def test_passwords_are_required_variables_without_defaults(compose: Compose) -> None:
    secrets = {
        value
        for service in compose["services"].values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name or "SECRET" in name
    }
    assert {secret.partition(":?")[0] for secret in secrets} == {"${MILVUS_ROOT_PASSWORD", "${OBJECT_STORE_PASSWORD"}
    assert all(":?" in secret for secret in secrets)


def test_milvus_waits_until_etcd_and_minio_are_healthy(compose: Compose) -> None:
    assert all(service["healthcheck"]["test"] for service in compose["services"].values())
    waits = compose["services"]["milvus"].get("depends_on", {})
    assert {name: need["condition"] for name, need in waits.items()} == {
        "etcd": "service_healthy",
        "minio": "service_healthy",
    }


def test_data_are_in_named_volumes(compose: Compose) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service["volumes"]]
    kept = {mount.partition(":")[0] for mount in mounts if isinstance(mount, str)}
    assert kept == set(compose["volumes"]) == {"etcd", "objects", "milvus"}


def test_milvus_mounts_the_configuration_file(compose: Compose) -> None:
    (mount,) = [mount for mount in compose["services"]["milvus"]["volumes"] if not isinstance(mount, str)]
    assert (FOLDER / mount["source"]).is_file()
    assert mount["target"] == "/milvus/configs/user.yaml"


def test_configuration_is_valid_yaml_with_and_without_its_commented_options() -> None:
    text = (FOLDER / "user.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"proxy": {"http": {"enabled": False}}}
    assert yaml.safe_load(OPTION.sub(r"\1", text)) == {
        "proxy": {"http": {"enabled": False}},
        "common": {"security": {"tlsMode": 1}},
        "tls": {"serverPemPath": "/milvus/certs/server.pem", "serverKeyPath": "/milvus/certs/server.key"},
        "queryNode": {"mmap": {"scalarField": True, "vectorIndex": True}},
    }


def test_script_on_the_page_makes_valid_client_calls(page: str) -> None:
    from pymilvus import MilvusClient

    (script,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    called = set()
    for call in (node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "client":
            called.add(call.func.attr)
            named = {str(keyword.arg): None for keyword in call.keywords}
            inspect.signature(getattr(MilvusClient, call.func.attr)).bind(None, *call.args, **named)
    assert {"update_password", "create_database", "create_user", "grant_privilege_v2", "grant_role"} <= called


def test_commands_on_the_page_are_accepted_by_the_command_line(page: str) -> None:
    lines = re.findall(r"python main\.py ([^`\n]+)", page)
    calls = [cli.common_options().parse_known_args(shlex.split(line)) for line in lines]
    assert [rest for _, rest in calls] == [["connection"], ["move"], ["move"]]
    assert {(given.uri, given.database) for given, _ in calls} == {("http://127.0.0.1:19530", "semblance"), ("", None)}


def vector_bytes(photos: int) -> float:
    return photos * DIM * 4


def memory_bytes(index: str, photos: int, rows: float = 1.0) -> float:
    sizes = {
        "FLAT": vector_bytes(photos),
        "HNSW": vector_bytes(photos) + photos * 2 * 16 * 4,
        "IVF_SQ8": vector_bytes(photos) / 4 + 256 * DIM * 4,
        "DISKANN": vector_bytes(photos) / 4,
    }
    segments = 0 if index == "DISKANN" else 2 * GIB
    return (sizes[index] + segments) * 1.15 + photos * ROW_BYTES * rows


def table_row(page: str, label: str) -> list[str]:
    (row,) = re.findall(rf"^\| {re.escape(label)} \|(.*)\|$", page, re.MULTILINE)
    return [cell.strip() for cell in row.split("|")]


@pytest.mark.parametrize("column", range(len(MILLIONS)), ids=[f"{count}M" for count in MILLIONS])
def test_sizes_on_the_page_follow_from_its_formulas(page: str, column: int) -> None:
    photos = MILLIONS[column] * 1_000_000
    expected = {
        "`raw`": vector_bytes(photos),
        "`row`": photos * ROW_BYTES,
        **{f"memory, {index}": memory_bytes(index, photos) for index in ("FLAT", "HNSW", "IVF_SQ8", "DISKANN")},
        "memory, HNSW, rows mapped": memory_bytes("HNSW", photos, rows=0.1),
        "local disk, HNSW mapped": vector_bytes(photos) + photos * 2 * 16 * 4,
        "local disk, DISKANN": vector_bytes(photos) + photos * 56 * 4,
    }
    printed = {label: table_row(page, label)[column] for label in expected}
    assert printed == {label: f"{size / GIB:.1f}" for label, size in expected.items()}
    stored = vector_bytes(photos) + photos * ROW_BYTES + memory_bytes("HNSW", photos)
    assert table_row(page, "object store, HNSW")[column] == str(max(30, math.ceil(stored / GIB)))


def recommended_machines(gib: float) -> str:
    """Return the memory of a standalone machine or of a cluster's query nodes, rounded like the Milvus Sizing Tool."""
    alone = 8 if gib <= 8 else 16 if gib <= 16 else math.ceil(gib / 32) * 32
    node = 8 if gib < 8 else 16 if gib < 96 else 32
    return f"{alone} GiB or {math.ceil(gib / node)} \N{MULTIPLICATION SIGN} {node}"


@pytest.mark.parametrize("index", ["HNSW", "IVF_SQ8", "DISKANN"])
def test_machines_on_the_page_follow_from_its_sizes(page: str, index: str) -> None:
    assert table_row(page, index) == [
        recommended_machines(memory_bytes(index, count * 1_000_000) / GIB) for count in MILLIONS
    ]


def test_page_recommends_one_more_shard_per_100_gigabytes(page: str) -> None:
    sizes = [count * 1_000_000 * (DIM * 4 + ROW_BYTES) for count in MILLIONS]
    assert table_row(page, "shards") == [str(1 + int(size // 100e9)) for size in sizes]
