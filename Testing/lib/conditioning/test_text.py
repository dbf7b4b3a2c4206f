"""The sentence encoder works offline and caches."""

from __future__ import annotations

import numpy as np
import pytest

from Sketch2CTLib.conditioning.text import TEXT_DIM, encode_sentences, packaged_model


def test_packaged_model_is_found() -> None:
    folder = packaged_model()
    assert folder is not None
    assert (folder / "config_sentence_transformers.json").is_file()


def test_vectors_are_unit_and_mean_something() -> None:
    vectors = encode_sentences(["The surface is smooth.", "The surface is very smooth.", "It weighs on the budget."])
    assert vectors.shape == (3, TEXT_DIM)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert vectors[0] @ vectors[1] > 0.8 > vectors[0] @ vectors[2]


def test_the_same_sentence_gives_the_same_vector() -> None:
    first = encode_sentences(["A round organ."])
    second = encode_sentences(["Another one.", "A round organ."])
    assert np.array_equal(first[0], second[1])
    assert encode_sentences([]).shape == (0, TEXT_DIM)


@pytest.mark.parametrize(
    "sentence",
    [
        "The surface is smooth.",
        "Ein großer, länglicher Körper; Übergänge unscharf",
        "  about 1.4 litres ",
        "",
        "肝臓 is lobulated",
        " ".join(["a very large organ"] * 120),  # longer than the model reads
    ],
)
def test_vectors_are_those_of_sentence_transformers(sentence: str) -> None:
    from sentence_transformers import SentenceTransformer

    expected = SentenceTransformer(str(packaged_model()), device="cpu").encode([sentence])[0]
    np.testing.assert_allclose(encode_sentences([sentence])[0], expected, atol=1e-5)
