"""The use cases: plan, submit, approve; the only callers of the ports."""
