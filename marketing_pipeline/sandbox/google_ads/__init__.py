"""Google Ads as the genuine client sees it, over gRPC with TLS, and behind it auctions whose truth is known."""
