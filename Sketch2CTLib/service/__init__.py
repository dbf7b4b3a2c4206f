"""Generation as a service: one queue on one compute thread, behind JSON lines on stdio or behind HTTP.

protocol/   the messages, their errors and their framing; light
client/     a client of a local worker or of a server; light
ticket      one job's state and events, for any number of listeners, late ones too
engine      the queue and the compute thread, and `Runner`, the seam to what does the jobs
runner      the chain of `generation` as a Runner
inputs      what a request asks, as the command line would have read it, and the files that it brings
warm        loaded networks that stay, and are dropped on request or when memory is short
memory      the memory that a job needs, and the plans to try when that is too much
reporting   what a running job tells: progress and the time left, previews, its result
drafts      drafts beside the jobs, in a process of their own (drafter): of a session the newest counts
worker      the engine behind stdin and stdout
wire        stdin and stdout as the two ends of the protocol
store       jobs and results on disk, for a stated time and size, shared by several servers
job_table   the jobs, their events and the servers in one SQLite file
http/       a worker behind FastAPI: routes, bounds, the token, streams, metrics
cluster     the same application on Ray Serve
bench       what the service costs, and whether it holds
"""
