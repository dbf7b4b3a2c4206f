"""Several organs in one request: each with its drawings and numbers, placed in one frame of the patient."""
