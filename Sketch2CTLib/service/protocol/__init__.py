"""The messages between a client and the service: one schema behind stdio and HTTP; PROTOCOL.md shows them at work.

messages    what a client asks
events      what it hears
faults      the service's errors and their codes
lines       messages as JSON, one a line, of bounded length
bits        a small mask as text
schema      all of it as JSON Schema
"""
