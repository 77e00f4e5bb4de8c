from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import VectorIndexError
from core.vectors.schema import MANY_PHOTOS, IndexSpec, Kind, Metric, automatic, of_built, parse


def test_missing_parameters_get_their_defaults() -> None:
    spec = parse("hnsw,M=32", "cosine")

    assert (spec.kind, spec.metric) == (Kind.HNSW, Metric.COSINE)
    assert spec.build == {"M": 32, "efConstruction": 200}
    assert spec.search == {"ef": 128}


def test_built_text_leaves_out_search_parameters() -> None:
    assert parse("HNSW,ef=300").built == "HNSW,M=16,efConstruction=200 IP"
    assert parse("IVF_SQ8,nprobe=3,nlist=8", "L2").built == "IVF_SQ8,nlist=8 L2"
    assert parse("flat", "cosine").built == "FLAT COSINE"


@given(
    kind=st.sampled_from(Kind),
    metric=st.sampled_from(Metric),
    number=st.integers(2, 2048),
    searched=st.booleans(),
)
def test_spec_can_be_restored_from_its_built_text(kind: Kind, metric: Metric, number: int, *, searched: bool) -> None:
    parameter = {Kind.HNSW: "M", Kind.FLAT: ""}.get(kind, "nlist")
    text = f"{kind},{parameter}={number}" if parameter else kind
    spec = parse(text, metric)

    assert of_built(spec.built) == spec
    assert of_built(spec.built).built == spec.built
    if searched and kind is Kind.HNSW:
        assert of_built(parse(f"{text},ef=7", metric).built) == spec


def test_nprobe_never_exceeds_nlist() -> None:
    assert parse("IVF_FLAT").search == {"nprobe": 64}
    assert parse("IVF_FLAT,nlist=16").search == {"nprobe": 16}
    assert parse("IVF_FLAT,nlist=16,nprobe=16").search == {"nprobe": 16}
    with pytest.raises(VectorIndexError, match='"nprobe=17" must not be greater than nlist=16'):
        parse("IVF_SQ8,nprobe=17,nlist=16")


@pytest.mark.parametrize(
    ("text", "metric", "offered"),
    [
        ("DISKANN", "IP", 'no index type "DISKANN". Choose one of these: FLAT, IVF_FLAT, IVF_SQ8, HNSW.'),
        ("", "IP", "Choose one of these: FLAT, IVF_FLAT, IVF_SQ8, HNSW."),
        ("FLAT", "HAMMING", 'no metric "HAMMING". Choose one of these: IP, COSINE, L2.'),
        ("FLAT,nlist=4", "IP", '"nlist=4" is not a parameter of FLAT. It has no parameters.'),
        ("HNSW,nlist=4", "IP", "M from 2 to 2048, efConstruction from 1 to 32768, ef from 1 to 32768."),
        ("HNSW,M=1", "IP", '"M=1" is out of range for HNSW. Its parameters are whole numbers: M from 2'),
        ("IVF_FLAT,nlist=65537", "IP", "nlist from 1 to 65536"),
        ("IVF_FLAT,nlist=0", "IP", "nlist from 1 to 65536"),
        ("IVF_FLAT,nlist=-1", "IP", '"nlist=-1" is not a parameter'),
        ("IVF_FLAT,nlist=\u0664", "IP", "is not a parameter"),
        ("HNSW,", "IP", '"" is not a parameter of HNSW'),
    ],
)
def test_unsupported_text_is_refused_with_the_supported_choices(text: str, metric: str, offered: str) -> None:
    with pytest.raises(VectorIndexError) as error:
        parse(text, metric)

    assert offered in str(error.value)


@pytest.mark.parametrize("text", ["", "FLAT", "HNSW,M=16", " IP", "FLAT IP IP"])
def test_malformed_built_text_is_refused(text: str) -> None:
    with pytest.raises(VectorIndexError):
        of_built(text)


def test_ef_is_raised_to_top_k() -> None:
    assert parse("HNSW,ef=100").search_for(20) == {"ef": 100}
    assert parse("HNSW,ef=100").search_for(500) == {"ef": 500}
    assert parse("IVF_FLAT,nlist=8,nprobe=4").search_for(500) == {"nprobe": 4}


def test_local_index_is_exact_until_it_is_large() -> None:
    small, large = automatic(MANY_PHOTOS, local=True), automatic(MANY_PHOTOS + 1, local=True)

    assert (small.built, small.search, small.is_quantized) == ("IVF_FLAT,nlist=1 IP", {"nprobe": 1}, False)
    assert (large.built, large.search, large.is_quantized) == ("IVF_SQ8,nlist=1 IP", {"nprobe": 1}, True)


@pytest.mark.parametrize("photos", [0, 10**7])
def test_server_uses_hnsw_without_quantization(photos: int) -> None:
    spec = automatic(photos, local=False)

    assert (spec.kind, spec.is_quantized) == (Kind.HNSW, False)


@pytest.mark.parametrize(("metric", "distance"), [(Metric.IP, 0.25), (Metric.COSINE, 0.25), (Metric.L2, 1.5)])
def test_similarity_is_the_cosine_for_every_metric(metric: Metric, distance: float) -> None:
    assert IndexSpec(Kind.FLAT, metric).similarity(distance) == 0.25
