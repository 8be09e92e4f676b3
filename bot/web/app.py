"""The application factory: routes, limits, guards and probes of the console.

It opens no port; gunicorn does in production, tests and the demo use a small server.
"""

from flask import Flask
from werkzeug.wrappers import Response

from bot.render.templates import render
from bot.web.auth import Brake, auth
from bot.web.deps import Deps
from bot.web.orders import orders
from bot.web.runs import runs
from bot.web.security import deps, guard

LARGEST_BODY = 64 * 1024


def create_app(given: Deps) -> Flask:
    """The console as a WSGI application on the given stores."""
    app = Flask("restock", static_folder=None, template_folder=None)
    app.config["DEPS"] = given
    app.config["BRAKE"] = Brake(given.settings.failures_allowed, given.settings.failure_window)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_PARTS"] = 200
    guard(app)
    for part in (auth, orders, runs):
        app.register_blueprint(part)
    app.add_url_rule("/static/console.css", view_func=_style)
    app.add_url_rule("/livez", view_func=_alive)
    app.add_url_rule("/readyz", view_func=_ready)
    return app


def _style() -> Response:
    return Response(render("web/console.css", {}, deps().settings.templates), mimetype="text/css")


def _alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


def _ready() -> Response:
    """Ready when the database answers."""
    deps().runs.history(1)
    return Response("ok\n", mimetype="text/plain")
