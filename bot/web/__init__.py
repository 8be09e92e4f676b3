"""The console: sign-in, drafts, decisions."""
