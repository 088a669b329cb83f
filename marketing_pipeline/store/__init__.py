"""The stores: control plane (what the system knows and does), warehouse (what people ask), media (pictures)."""
