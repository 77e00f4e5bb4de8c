"""What a person is told of certificates and encryption."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.vectors.connection import Server
from tests.helpers.limits import HANGING
from tests.helpers.search_index.certificates import ELSEWHERE, HERE, Authority, make_authority, tls_proxy
from tests.helpers.search_index.wrong_servers import TOKEN, failure, nobody, passes, web_server

if TYPE_CHECKING:
    from pathlib import Path

CANNOT_BE_REACHED = """
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


def test_file_without_certificates_is_told_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    uri = "https://127.0.0.1:19530"

    assert str(failure(Server(uri, ca_file=str(file)))).startswith(f"The certificate file {file} cannot be read:")
    file.write_text("no certificate")
    assert str(failure(Server(uri, ca_file=str(file)))).startswith(
        f"The certificate file {file} contains no certificates."
    )


def test_certificates_are_refused_where_nothing_is_encrypted(authority: Authority) -> None:
    error = failure(Server("http://127.0.0.1:19530", ca_file=str(authority.file)))

    assert str(error).startswith("A certificate file has no effect on the connection to http://127.0.0.1:19530,")


def test_certificate_of_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    with nobody() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = failure(Server(f"https://127.0.0.1:{port}", TOKEN))

    assert not passes(error)
    assert str(error) == (
        f"The certificate of the Milvus server at https://127.0.0.1:{port} is not trusted. Choose the certificate "
        "file of the authority that issued it."
    )


def test_certificate_of_another_authority_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other").file
    with nobody() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = failure(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(other)))

    assert not passes(error)
    assert f"was not issued by an authority in {other}." in str(error)


def test_certificate_of_another_name_is_told_to_be(authority: Authority) -> None:
    with nobody() as target, tls_proxy(authority.certify(ELSEWHERE), target) as port:
        error = failure(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not passes(error)
    assert "was issued for another host name." in str(error)


def test_certificate_that_expired_is_told_to_have(authority: Authority) -> None:
    with nobody() as target, tls_proxy(authority.certify(HERE, days=-1), target) as port:
        error = failure(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not passes(error)
    assert "has expired. Renew it there." in str(error)


def test_server_that_encrypts_is_told_to(authority: Authority) -> None:
    with nobody() as target, tls_proxy(authority.certify(HERE), target) as port:
        error = failure(Server(f"http://127.0.0.1:{port}", TOKEN))

    assert not passes(error)
    assert str(error).endswith("requires encryption. Begin the address with https:// instead of http://.")


def test_server_that_does_not_encrypt_is_told_not_to(authority: Authority) -> None:
    with web_server() as port:
        error = failure(Server(f"https://127.0.0.1:{port}", TOKEN, ca_file=str(authority.file)))

    assert not passes(error)
    assert str(error).endswith("does not use encryption. Begin the address with http:// instead of https://.")


def test_web_server_is_told_to_be_no_milvus(authority: Authority) -> None:
    with web_server() as port, tls_proxy(authority.certify(HERE), port, "http/1.1") as encrypted:
        errors = [
            failure(Server(f"http://127.0.0.1:{port}", TOKEN)),
            failure(Server(f"https://127.0.0.1:{encrypted}", TOKEN, ca_file=str(authority.file))),
        ]

    for error in errors:
        assert not passes(error)
        assert re.match(r"The server at https?://127.0.0.1:\d+ is not a Milvus server,", str(error))


def test_nothing_but_the_sentence_is_on_the_screen(authority: Authority) -> None:
    with nobody() as target, tls_proxy(authority.certify(HERE), target) as port:
        done = subprocess.run(
            [sys.executable, "-c", CANNOT_BE_REACHED, f"https://127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=HANGING,
            env={name: value for name, value in os.environ.items() if name != "GRPC_VERBOSITY"}
            | {"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )

    assert "is not trusted" in done.stdout
    assert done.stderr == ""
