"""The conditions measured: sketches, numbers and words of real cases, without a network."""
