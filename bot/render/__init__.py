"""Turns orders, reports and figures into text, HTML and pictures; the only home of jinja2 and matplotlib.

It reads no database, sends nothing and decides nothing.
"""
