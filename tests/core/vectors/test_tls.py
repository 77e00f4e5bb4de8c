"""Error messages about certificates and encryption."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.vectors.connection import Server
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.certificates import ELSEWHERE, HERE, Authority, make_authority, tls_proxy
from tests.helpers.search_index.wrong_servers import TOKEN, closed_port, connection_error, is_temporary, web_server

if TYPE_CHECKING:
    from pathlib import Path

FAIL_TO_CONNECT = """
import sys
from core.errors import VectorIndexError
from core.vectors.connection import Server
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import SERVER
try:
    MilvusIndex(Server(sys.argv[1]), "model", 8, SERVER)
except VectorIndexError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls") / "authority")


def test_missing_or_invalid_certificate_file_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    uri = "https://127.0.0.1:19530"

    assert str(connection_error(Server(uri, ca_file=str(file)))).startswith(
        f"The certificate file {file} cannot be read:"
    )
    file.write_text("no certificate")
    assert str(connection_error(Server(uri, ca_file=str(file)))).startswith(
        f"The certificate file {file} contains no certificates."
    )


def test_certificate_file_is_refused_for_an_unencrypted_address(authority: Authority) -> None:
    error = connection_error(Server("http://127.0.0.1:19530", ca_file=str(authority.file)))

    assert str(error).startswith("A certificate file has no effect on the connection to http://127.0.0.1:19530,")


def test_certificate_of_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    with closed_port() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = connection_error(Server(f"https://127.0.0.1:{port}", TOKEN))

    assert not is_temporary(error)
    assert str(error) == (
        f"The certificate of the Milvus server at https://127.0.0.1:{port} is not trusted. Choose the certificate "
        "file of the authority that issued it."
    )


def test_certificate_of_another_authority_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other").file
    with closed_port() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = connection_error(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(other)))

    assert not is_temporary(error)
    assert f"was not issued by an authority in {other}." in str(error)


def test_certificate_for_another_host_name_is_reported(authority: Authority) -> None:
    with closed_port() as target, tls_proxy(authority.certify(ELSEWHERE), target) as port:
        error = connection_error(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not is_temporary(error)
    assert "was issued for another host name." in str(error)


def test_expired_certificate_is_reported(authority: Authority) -> None:
    with closed_port() as target, tls_proxy(authority.certify(HERE, days=-1), target) as port:
        error = connection_error(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not is_temporary(error)
    assert "has expired. Renew it there." in str(error)


def test_http_address_of_an_encrypted_server_is_reported(authority: Authority) -> None:
    with closed_port() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = connection_error(Server(f"http://127.0.0.1:{port}", TOKEN))

    assert not is_temporary(error)
    assert str(error).endswith("requires encryption. Begin the address with https:// instead of http://.")


def test_https_address_of_an_unencrypted_server_is_reported(authority: Authority) -> None:
    with web_server() as port:
        error = connection_error(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not is_temporary(error)
    assert str(error).endswith("does not use encryption. Begin the address with http:// instead of https://.")


def test_web_server_is_reported_as_not_being_milvus(authority: Authority) -> None:
    with web_server() as port, tls_proxy(authority.certify(HERE), port, "http/1.1") as encrypted:
        errors = [
            connection_error(Server(f"http://127.0.0.1:{port}", TOKEN)),
            connection_error(Server(f"https://127.0.0.1:{encrypted}", TOKEN, ca_file=str(authority.file))),
        ]

    for error in errors:
        assert not is_temporary(error)
        assert re.match(r"The server at https?://127.0.0.1:\d+ is not a Milvus server,", str(error))


def test_failed_connection_prints_only_the_message(authority: Authority) -> None:
    with closed_port() as target, tls_proxy(authority.certify(HERE), target) as port:
        done = subprocess.run(
            [sys.executable, "-c", FAIL_TO_CONNECT, f"https://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=HANG_TIMEOUT,
            env={name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"}
            | {"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )

    assert "is not trusted" in done.stdout
    assert done.stderr == ""
