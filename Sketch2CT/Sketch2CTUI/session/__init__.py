"""What a click does, and the state that lives in the scene."""
