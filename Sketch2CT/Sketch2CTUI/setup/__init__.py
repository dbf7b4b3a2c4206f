"""What is installed, installing, and the models."""
