"""Looks at how people are reached: the policies they wrote, the mail server, the address of the console.

No mail is sent: the server is greeted, signed on to and asked whether it takes the sender.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from bot.diagnoses.found import fine, found
from bot.diagnoses.kind import Grade
from bot.doctor.world import World
from bot.errors import Finding, InputInvalid
from bot.forecast.broadcast import judge
from bot.policy.bundle import PolicySet
from bot.policy.parse import parse_policies
from bot.ports import Diagnosis
from bot.settings import Loaded
from bot.smtp import SmtpMailer
from bot.store.policy_files import PolicyFolder
from bot.wiring.app import smtp_of

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_WATCHING = frozenset({"observe", "shadow"})
_SHORTEST_SECRET = 32


def policies(loaded: Loaded) -> tuple[PolicySet | None, list[Diagnosis]]:
    """The policies, None when they are broken, and what is to be said about them."""
    folder = loaded.at(loaded.settings.paths.policies)
    try:
        read = parse_policies(PolicyFolder(folder).texts(), judge=judge)
    except InputInvalid as error:
        findings = error.findings[:10]
        texts = [f"{each.path}:{each.line}: {each.code} {each.message}" for each in findings]
        return None, [found("policy-invalid", text, folder=folder) for text in texts]
    said = [_doubt(each, folder) for each in read.warnings]
    if folder.stat().st_mode & 0o022:
        said.append(found("policy-writable", f"{folder} may be changed by others", path=folder))
    if watches(read):
        said.append(found("mode-observe", f"the mode is {read.company.defaults.mode}"))
    return read, said or [fine(f"the policies in {folder} are good")]


def _doubt(finding: Finding, folder: Path) -> Diagnosis:
    """A warning of the parser; keys that have no effect yet are only noted."""
    grade = Grade.NOTE if finding.code.startswith("W") else None
    text = f"{finding.path}:{finding.line}: {finding.code} {finding.message}"
    return found("policy-doubtful", text, grade=grade, folder=folder)


def watches(read: PolicySet | None) -> bool:
    """Whether nothing is ordered anywhere by these policies."""
    if read is None:
        return False
    modes = [read.company.defaults.mode, *(rule.settings.mode for rule in read.rules)]
    return {str(mode) for mode in modes if mode} <= _WATCHING and bool(read.company.defaults.mode)


def mail(loaded: Loaded, world: World) -> Iterator[Diagnosis]:
    """Whether mails can leave."""
    settings = loaded.settings.mail
    if "mail" not in loaded.settings.model_fields_set:
        yield found("mail-absent", "the settings have no section [mail]")
        return
    if settings.security == "none" and settings.host not in _LOOPBACK:
        yield found("mail-in-clear", f"mail.security is none and {settings.host} is another machine")
    if settings.sender.rstrip(">").endswith(("@localhost", ".localdomain")):
        yield found("mail-sender-default", f"mail.sender is {settings.sender}")
    yield from SmtpMailer(smtp_of(loaded), world.clock, world.tls).examine()


def console(loaded: Loaded) -> Iterator[Diagnosis]:
    """Whether people can reach the console safely."""
    settings = loaded.settings.console
    url = urlsplit(settings.url)
    local = url.hostname in _LOOPBACK
    if not local and url.scheme != "https":
        yield found("console-in-clear", f"console.url is {settings.url}")
    if local and "mail" in loaded.settings.model_fields_set and loaded.settings.mail.host not in _LOOPBACK:
        yield found("console-url-local", f"console.url is {settings.url}")
    if 0 < len(settings.secret) < _SHORTEST_SECRET:
        yield found("console-secret-short", f"console.secret has {len(settings.secret)} characters")
    yield fine(f"the console is at {settings.url}")
