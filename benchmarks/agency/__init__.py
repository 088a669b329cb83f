"""What the benchmark of the ad analysis is made of."""
