"""Results and MRML nodes; nothing here knows qt."""
