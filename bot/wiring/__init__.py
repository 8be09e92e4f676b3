"""The composition root: settings become an `App`; the only place that knows every adapter."""
