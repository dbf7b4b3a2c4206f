"""The service over HTTP: the same messages as on stdio; PROTOCOL.md shows them, `/docs` of a server the addresses.

app         everything put together: `create_app(ServeConfig(…))`
routes      the addresses
jobs        between the store, the worker and the routes: submit, cancel, forget, drain
bodies      what comes with a request: JSON, or parts of a form; of bounded size
security    the token, the origin, and what a server refuses
responses   errors as answers; events as server-sent events or as JSON lines
metrics     what Prometheus asks for
"""
