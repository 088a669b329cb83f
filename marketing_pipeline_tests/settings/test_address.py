"""Addresses of live services: what is not public is refused where it is configured."""

import pytest

from marketing_pipeline.settings import EndpointRefused
from marketing_pipeline.settings.address import AddressRefused, is_public, public_address, require_public


@pytest.mark.parametrize(
    "url", ["https://api.anthropic.com", "https://gateway.company.example:8443/v1/", "https://93.184.215.14"]
)
def test_public_addresses_are_taken_without_the_last_slash(url: str) -> None:
    assert public_address(url, "X") == url.rstrip("/")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)
    assert require_public("h", [address]) == address


@pytest.mark.parametrize("found", [[], ["8.8.8.8", "10.0.0.1"], ["words"]])
def test_one_inner_address_is_enough_to_refuse_a_host(found: list[str]) -> None:
    with pytest.raises(AddressRefused, match="not public"):
        require_public("h", found)


@pytest.mark.parametrize(
    "url", ["https://a b.example", "ftp://a.example", "https://", "https://a.example:0", "a.example"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(EndpointRefused, match="no web address"):
        public_address(url, "X")
