"""Checks of the file: type, size, colour profile, compression. Limits are Instagram's for feed pictures."""

import io

from PIL import Image, ImageCms

from marketing_pipeline.domain.creative import CheckResult, Severity
from marketing_pipeline.studio.jpeg import MOST_BYTES
from marketing_pipeline.studio.proof import Proof
from marketing_pipeline.studio.thresholds import COARSEST


def file_checks(proof: Proof) -> tuple[CheckResult, ...]:
    """format, size, byte_count, colour_profile and compression of one picture.

    Only `format` when the bytes cannot be decoded: nothing else can be said of them then.
    """
    try:
        with Image.open(io.BytesIO(proof.picture.jpeg), formats=["JPEG", "PNG", "WEBP"]) as picture:
            kind, size = picture.format, picture.size
            profile = picture.info.get("icc_profile")
            tables: dict[int, list[int]] = getattr(picture, "quantization", {})
        _ = proof.image  # decodes all of it: a file that is cut off fails here
    except (OSError, SyntaxError, ValueError) as error:
        broken = f"The file cannot be opened as a picture ({error}). Render it again."
        return (proof.result("format", False, Severity.REJECT, None, None, broken),)
    return (
        _format(proof, kind),
        _size(proof, size),
        _byte_count(proof),
        _colour_profile(proof, profile),
        *([_compression(proof, tables)] if tables else []),
    )


def _format(proof: Proof, kind: str | None) -> CheckResult:
    passed = kind == "JPEG"
    reason = "A JPEG file." if passed else f"The file is {kind}; Instagram takes JPEG only. Render it again."
    return proof.result("format", passed, Severity.REJECT, None, None, reason)


def _size(proof: Proof, size: tuple[int, int]) -> CheckResult:
    wanted = proof.brief.format.size
    passed = size == wanted == (proof.picture.width, proof.picture.height)
    reason = (
        f"{size[0]} x {size[1]} px, as the format asks."
        if passed
        else f"The picture is {size[0]} x {size[1]} px; a {proof.brief.format} post is {wanted[0]} x {wanted[1]}."
    )
    return proof.result("size", passed, Severity.REJECT, None, None, reason)


def _byte_count(proof: Proof) -> CheckResult:
    count = len(proof.picture.jpeg)
    passed = count < MOST_BYTES
    reason = f"{count:,} bytes." if passed else f"{count:,} bytes are too many: choose calmer artwork."
    return proof.result("byte_count", passed, Severity.REJECT, float(count), float(MOST_BYTES), reason)


def _colour_profile(proof: Proof, profile: object) -> CheckResult:
    name = ""
    if isinstance(profile, bytes) and profile:
        try:
            name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
        except (ImageCms.PyCMSError, OSError):
            name = "an unreadable profile"
    passed = "srgb" in name.lower()
    reason = "sRGB is embedded." if passed else f"The file carries {name or 'no colour profile'}; embed sRGB."
    return proof.result("colour_profile", passed, Severity.REJECT, None, None, reason)


def _compression(proof: Proof, tables: dict[int, list[int]]) -> CheckResult:
    coarse = float(sum(sum(table) for table in tables.values()))
    passed = coarse <= COARSEST
    reason = (
        "Compression leaves no visible blocks."
        if passed
        else "The file is compressed so hard that blocks show. Save it at quality 92."
    )
    return proof.result("compression", passed, Severity.REJECT, coarse, float(COARSEST), reason)
