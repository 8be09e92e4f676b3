"""Orders as objects: identity, states, drafts; pure."""
