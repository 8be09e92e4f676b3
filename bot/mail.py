"""Words the mails about orders; how they travel is `bot.smtp`'s.

It decides nothing and gives no authority: the link in a mail only says where the page is.
"""

import base64
import csv
import hashlib
import io
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bot.orders.model import OrderState, Person, StoredOrder
from bot.ports import Message
from bot.render import words
from bot.render.chart import LARGEST_PNG, alternative, chart_png
from bot.render.templates import render
from bot.render.view import Charts, LineView, OrderView, evidence_charts, view_of

LINES_SHOWN = 25
LARGEST_HTML = 90_000
LARGEST_CSV = 1_000_000
LONGEST_SUBJECT = 90
CHART_ID = "demand-chart"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")

_ALARMS = {
    OrderState.REFUSED: "The ERP refused the order; nothing was ordered. The next plan proposes what is still needed.",
    OrderState.UNKNOWN: "The order was sent and the answer got lost. It is not sent again but looked up by its key.",
    OrderState.DUPLICATE: "The ERP holds the order more than once. Cancel the surplus there, then settle it here.",
    OrderState.MISMATCH: "The ERP holds something else than was approved. Compare both, then settle it here.",
    OrderState.MANUAL: "Whether the ERP holds the order could not be found out. Search it there by the order key.",
}


@dataclass(frozen=True, slots=True)
class OrderLetters:
    """The port `Letters`; `sender` gives the host of message ids, `templates` replaces the built-in texts."""

    console_url: str
    sender: str
    timezone: str = "UTC"
    templates: Path | None = None
    charts: Charts = evidence_charts

    def approval_request(self, stored: StoredOrder, person: Person) -> Message:
        """The mail that asks a buyer to decide: text complete on its own, HTML, chart, lines as CSV."""
        view = view_of(stored, self.timezone, self.charts)
        table = lines_csv(view)
        chart, unit = view.urgent.chart, view.urgent.line.unit
        png = chart_png(chart, unit) if chart else b""
        context: dict[str, object] = {
            **self._context(view, person),
            "shown": view.lines[:LINES_SHOWN],
            "hidden": max(0, len(view.lines) - LINES_SHOWN),
            "has_csv": len(table) <= LARGEST_CSV,
            "has_picture": 0 < len(png) <= LARGEST_PNG,
            "picture_words": alternative(chart, unit) if chart else "",
            "cid": CHART_ID,
        }
        return Message(
            message_id=self._message_id("request", view, person),
            to=person.email,
            subject=self._subject("approval_request", context),
            text=self._text("approval_request", context),
            html=self._html(context),
            attachments=((f"order-{view.key}.csv", "text/csv", table),) if context["has_csv"] else (),
            inline=((CHART_ID, png),) if context["has_picture"] else (),
        )

    def withdrawn(self, stored: StoredOrder, person: Person) -> Message:
        """Tells that a request needs no decision any more."""
        view = view_of(stored, self.timezone)
        facts = [f"{view.state_words}.", "You need not do anything."]
        return self._notice("withdrawn", view, person, "No longer needed", "No longer waiting for you", facts)

    def confirmation(self, stored: StoredOrder, person: Person) -> Message:
        """Tells what became of a decision, to the address that the directory knows."""
        view = view_of(stored, self.timezone)
        number = f" ERP number {view.erp_number}." if view.erp_number else ""
        facts = [f"{view.state_words}.{number}", "If that was not you, tell your administrator at once."]
        return self._notice("confirmation", view, person, "Decided", "Your decision was taken over", facts)

    def alarm(self, stored: StoredOrder, person: Person) -> Message:
        """Tells that an order needs a person because something went wrong in the ERP."""
        view = view_of(stored, self.timezone)
        said = [f"The ERP says: {words.name(view.note, 300)}"] if view.note else []
        number = [f"ERP number {view.erp_number}."] if view.erp_number else []
        if view.state in _ALARMS:
            facts = [_ALARMS[view.state], *said, *number]
            return self._notice("alarm", view, person, "Alarm", f"Order #{view.short}: {view.state_words}", facts)
        facts = ["The order needs a look in the ERP; Restock does nothing about it by itself.", *said, *number]
        topic = f"alarm-{_digest(view.note)}"
        return self._notice(topic, view, person, "Alarm", f"Order #{view.short}: please look in the ERP", facts)

    def news(self, stored: StoredOrder, person: Person) -> Message:
        """Tells a buyer what people changed in the ERP of what was approved."""
        view = view_of(stored, self.timezone)
        number = f"ERP number {view.erp_number}. " if view.erp_number else ""
        facts = ["The order was changed in the ERP, not by Restock.", f"What is new: {words.name(view.note, 600)}."]
        facts.append(f"{number}Restock changes nothing there; the next plan counts what the ERP holds now.")
        topic = f"news-{_digest(view.note)}"
        return self._notice(topic, view, person, "News", f"Order #{view.short} was changed in the ERP", facts)

    def _notice(
        self, topic: str, view: OrderView, person: Person, tag: str, title: str, paragraphs: list[str]
    ) -> Message:
        about = f"It is about {words.money(view.total)} at {view.supplier_name} for {view.location_name}."
        context: dict[str, object] = {
            **self._context(view, person),
            "tag": tag,
            "title": title,
            "paragraphs": [paragraphs[0], about, *paragraphs[1:]],
            "link_text": "See the order",
        }
        return Message(
            message_id=self._message_id(f"{topic}-{view.state}", view, person),
            to=person.email,
            subject=self._subject("notice", context),
            text=self._text("notice", context),
            html=render("email/notice/body.html.j2", context, self.templates),
            in_reply_to=self._message_id("request", view, person),
        )

    def _context(self, view: OrderView, person: Person) -> dict[str, object]:
        return {
            "view": view,
            "person": person,
            "timezone": self.timezone,
            "link": f"{self.console_url.rstrip('/')}/a/{view.key}",
            "deadline": f"{words.short_day(view.decide_by.date())} {view.decide_by:%H:%M}",
            "subject_supplier": view.supplier_name,
        }

    def _subject(self, template: str, context: dict[str, object]) -> str:
        """One line of at most 90 characters; a long supplier name gives way first."""
        path, supplier = f"email/{template}/subject.txt.j2", str(context["subject_supplier"])
        subject = " ".join(render(path, context, self.templates).split())
        if len(subject) > LONGEST_SUBJECT:
            room = max(4, len(supplier) - (len(subject) - LONGEST_SUBJECT))
            shorter = {**context, "subject_supplier": words.name(supplier, room)}
            subject = " ".join(render(path, shorter, self.templates).split())
        return words.name(subject, LONGEST_SUBJECT)

    def _text(self, template: str, context: dict[str, object]) -> str:
        return render(f"email/{template}/body.txt.j2", context, self.templates).strip() + "\n"

    def _html(self, context: dict[str, object]) -> str:
        """The HTML part, with fewer lines when it would be cut by mail programs."""
        for shown in (LINES_SHOWN, 10, 3):
            lines: tuple[LineView, ...] = context["view"].lines  # type: ignore[attr-defined] # set in _context
            fewer = {**context, "shown": lines[:shown], "hidden": max(0, len(lines) - shown)}
            html = render("email/approval_request/body.html.j2", fewer, self.templates).strip() + "\n"
            if len(html.encode()) <= LARGEST_HTML:
                break
        return html

    def _message_id(self, topic: str, view: OrderView, person: Person) -> str:
        who = hashlib.sha256(person.email.lower().encode()).hexdigest()[:10]
        return f"<{topic}.{view.key}.{view.revision}.{who}@{self.sender.rpartition('@')[2].rstrip('>')}>"


def _digest(text: str) -> str:
    """Tells mails of one order apart that say different things."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def lines_csv(view: OrderView) -> bytes:
    """All lines as RFC 4180 with a byte order mark; texts that a spreadsheet would run get a leading quote."""
    buffer = io.StringIO()
    table = csv.writer(buffer)
    head = "order_key line item description location quantity unit price price_unit currency amount need_date reason"
    table.writerow(head.split())
    for part in view.lines:
        line = part.line
        texts = [harmless(text) for text in (line.item, line.description, line.location)]
        numbers = [f"{line.quantity:f}", harmless(line.unit), f"{line.price:f}", f"{line.price_unit:f}"]
        money = [part.amount.currency, f"{part.amount.amount:f}", line.need_date.isoformat(), harmless(part.why)]
        table.writerow([view.key, line.number, *texts, *numbers, *money])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def harmless(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    cell = words.name(text, 500)
    return f"'{cell}" if text.startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def preview(message: Message) -> str:
    """The HTML part with its pictures inside, for looking at a mail without a mail program."""
    html = message.html
    for cid, png in message.inline:
        html = html.replace(f"cid:{escape(cid)}", f"data:image/png;base64,{base64.b64encode(png).decode()}")
    return html
