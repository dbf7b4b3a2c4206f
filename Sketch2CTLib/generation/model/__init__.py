"""What a model is: presets, networks with their conditions, mask fields, devices and precision; training shares it."""
