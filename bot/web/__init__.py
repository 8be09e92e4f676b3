"""The console: buyers read drafts, see the reasons and decide; operators read runs.

It holds no ERP credentials and changes no order: it inserts decisions, the worker applies them.
"""
