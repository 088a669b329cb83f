"""Perceptual hashes: near for copies, far for others."""

import io

import pytest
from PIL import ImageFilter
from pydantic import ValidationError

from marketing_pipeline.domain.creative import ArtworkStyle
from marketing_pipeline.domain.identifiers import CreativeId
from marketing_pipeline.studio.artwork import paint
from marketing_pipeline.studio.fingerprint import RecentCreative, hash_distance, perceptual_hash
from marketing_pipeline.studio.jpeg import encode
from marketing_pipeline.studio.pictures import UnusablePicture
from marketing_pipeline_tests.studio.bakery import CRUST

ART = paint(ArtworkStyle.DUNES, (540, 675), 3, CRUST.artwork)


def test_a_hash_has_256_bits_about_half_of_them_set() -> None:
    digits = perceptual_hash(encode(ART))
    assert len(digits) == 64
    assert 120 <= int(digits, 16).bit_count() <= 136


def test_copies_stay_near() -> None:
    own = perceptual_hash(encode(ART))
    rough = io.BytesIO()
    ART.save(rough, "JPEG", quality=30)
    small = encode(ART.resize((270, 338)))
    soft = encode(ART.filter(ImageFilter.GaussianBlur(1)))
    for copy in (rough.getvalue(), small, soft):
        assert hash_distance(own, perceptual_hash(copy)) <= 16


def test_other_pictures_are_far() -> None:
    own = perceptual_hash(encode(ART))
    for style in ArtworkStyle:
        other = paint(style, (540, 675), 8, CRUST.artwork)
        assert hash_distance(own, perceptual_hash(encode(other))) > 40


def test_distance_counts_bits() -> None:
    assert hash_distance("0" * 64, "f" * 64) == 256
    assert hash_distance("0" * 63 + "7", "0" * 64) == 3


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(UnusablePicture):
        perceptual_hash(b"nothing")


@pytest.mark.parametrize("digits", ["", "abc", "g" * 64, "A" * 64])
def test_a_malformed_hash_is_refused(digits: str) -> None:
    with pytest.raises(ValidationError):
        RecentCreative(creative_id=CreativeId("one"), perceptual_hash=digits)


def test_png_and_jpeg_of_one_picture_have_the_same_hash() -> None:
    out = io.BytesIO()
    ART.save(out, "PNG")
    assert hash_distance(perceptual_hash(out.getvalue()), perceptual_hash(encode(ART))) <= 4
