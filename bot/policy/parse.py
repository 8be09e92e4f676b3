"""From the texts of policy files to a `PolicySet`: YAML read as events, every scalar kept as text.

It opens no files and reports all mistakes at once; typing is `typed`'s work, contradictions are `checks`'.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import yaml

from bot.errors import InputInvalid
from bot.forecast.naming import Judge
from bot.policy import bulk, checks, effects
from bot.policy.bundle import COMPANY, KnownCodes, PolicySet, identity
from bot.policy.model import Company, Freeze, Rule, RuleFile
from bot.policy.nodes import Findings, Node, Place, did_you_mean
from bot.policy.retired import nearest
from bot.policy.typed import typed

COMPANY_FILE = "policy.yaml"
FOLDERS = ("categories", "suppliers", "locations", "items")
MAX_BYTES = 1_000_000
MAX_FILES = 5_000
MAX_EVENTS = 200_000
MAX_DEPTH = 12
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Named = TypeVar("Named", Rule, Freeze)


class _RefusedError(Exception):
    """Something in a YAML text that policies may not use."""

    def __init__(self, place: Place, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.code = code
        self.message = message
        self.remedy = remedy


def parse_policies(texts: Mapping[str, str], known: KnownCodes | None = None, judge: Judge | None = None) -> PolicySet:
    """Read policy files, given as text by path relative to their folder (`policy.yaml`, `items/x.csv` ...).

    With `known` the codes that rules name are compared with those that exist, with `judge` every named forecaster is
    looked up. Raises `InputInvalid` with every mistake; what is merely doubtful stands in the result's `warnings`.
    """
    findings = Findings(texts)
    trees = _trees(texts, findings)
    company = None
    places: dict[tuple[str, str], Place] = {}
    rules: list[Rule] = []
    freezes: list[Freeze] = []
    for path, tree in trees.items():
        part = typed(tree, Company if path == COMPANY_FILE else RuleFile, findings)
        if isinstance(part, Company):
            company = part
            _remember(places, COMPANY, tree, findings)
        if part is not None:
            rules += _named(part.rules, tree.child("rules"), places, findings)
            freezes += _named(part.freeze, tree.child("freeze"), places, findings)
    if findings.errors or company is None:
        raise InputInvalid(tuple(findings.errors))
    return _checked(company, rules, freezes, places, findings, known or KnownCodes(), judge)


def _checked(
    company: Company,
    rules: list[Rule],
    freezes: list[Freeze],
    places: Mapping[tuple[str, str], Place],
    findings: Findings,
    known: KnownCodes,
    judge: Judge | None,
) -> PolicySet:
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    frozen = tuple(sorted(freezes, key=lambda freeze: freeze.id))
    currency = checks.currency_of(company, ordered, places, findings)
    policies = PolicySet(company, ordered, frozen, currency, places)
    checks.check(policies, known, findings, judge)
    effects.warn(policies, findings)
    if findings.errors:
        raise InputInvalid(tuple(findings.errors))
    digest = identity(company, ordered, frozen)
    return PolicySet(company, ordered, frozen, currency, places, tuple(findings.warnings), digest)


def _trees(texts: Mapping[str, str], findings: Findings) -> dict[str, Node]:
    """One tree per file that counts; a file that would be overlooked is an error, not a silent gap."""
    top = Place(COMPANY_FILE, 1, 1)
    if COMPANY_FILE not in texts:
        findings.error(top, "E100", "there is no policy.yaml", remedy="write one: `version: 1` is enough to start")
    if len(texts) > MAX_FILES:
        findings.error(top, "E109", f"{len(texts)} files are too many: at most {MAX_FILES}")
        return {}
    trees = {}
    for path, text in sorted(texts.items()):
        place = Place(path, 1, 1)
        if path.endswith(".test.yaml"):
            continue
        if not _is_known(path):
            _misplaced(path, findings)
        elif len(text.encode()) > MAX_BYTES:
            findings.error(place, "E109", "the file is too large: at most 1 MB", remedy="split it")
        elif path.endswith(".csv"):
            trees[path] = Node(place, {"rules": bulk.rules_of(path, text, findings)})
        else:
            try:
                trees[path] = read_yaml(path, text)
            except _RefusedError as error:
                findings.error(error.place, error.code, error.message, remedy=error.remedy)
    return trees


def _is_known(path: str) -> bool:
    folder, _, file = path.rpartition("/")
    if path == COMPANY_FILE:
        return True
    return folder in FOLDERS and (file.endswith(".yaml") or (folder == "items" and file.endswith(".csv")))


def _misplaced(path: str, findings: Findings) -> None:
    folder, _, file = path.rpartition("/")
    near = nearest(folder, FOLDERS) if folder else did_you_mean(file, [COMPANY_FILE])
    remedy = "rules stand in policy.yaml, categories/, suppliers/, locations/ or items/, as .yaml (items also .csv)"
    findings.error(Place(path, 1, 1), "E100", "this file would not be read", remedy=f"{near} {remedy}".strip())


def read_yaml(path: str, text: str) -> Node:
    """The tree of one YAML document in which every scalar is text; refuses all that could surprise a reader."""
    events = _events(path, text)
    start = next(events, None)
    if start is None:
        raise _RefusedError(Place(path, 1, 1), "E106", "the file is empty")
    root = _node(path, start, events, 1)
    for _ in events:  # reading on shows whether a second document follows
        pass
    return root


def _events(path: str, text: str) -> Iterator[yaml.Event]:
    """The events of the content; stream and document marks are checked and left out."""
    documents = 0
    skipped = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            if count > MAX_EVENTS:
                raise _RefusedError(_place(path, event), "E109", f"more than {MAX_EVENTS} pieces", "split the file")
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _RefusedError(
                        _place(path, event), "E102", "a file holds one document", "remove the second ---"
                    )
                if event.version or event.tags:
                    raise _RefusedError(_place(path, event), "E102", "directives (%) are not possible")
            elif not isinstance(event, skipped):
                yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path, 1, 1)
        raise _RefusedError(place, "E101", f"not readable as YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise _RefusedError(Place(path, 1, 1), "E101", f"not readable as YAML: {error}") from error


def _place(path: str, event: yaml.Event) -> Place:
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:  # only events made by hand have no marks
        return Place(path, 1, 1)
    width = end.column - start.column if end.line == start.line else 1
    return Place(path, start.line + 1, start.column + 1, max(1, width))


def _node(path: str, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
    place = _place(path, event)
    _refuse_shortcuts(event, place)
    if depth > MAX_DEPTH:
        raise _RefusedError(place, "E109", f"more than {MAX_DEPTH} levels deep")
    if isinstance(event, yaml.ScalarEvent):
        if event.value in _NOTHING and event.style in (None, ""):
            raise _RefusedError(place, "E106", "nothing stands here", "leave the key out to inherit its value")
        return Node(place, event.value)
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_node(path, inner, events, depth + 1))
        return Node(place, items)
    return _mapping(path, place, events, depth)


def _mapping(path: str, place: Place, events: Iterator[yaml.Event], depth: int) -> Node:
    content: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        here = _place(path, event)
        _refuse_shortcuts(event, here)
        if not isinstance(event, yaml.ScalarEvent):
            raise _RefusedError(here, "E102", "a key is a single word")
        key = event.value
        if key == "<<":
            raise _RefusedError(here, "E102", "merging with << is not possible", "repeat the keys")
        if key in keys:
            raise _RefusedError(here, "E103", f'"{key}" stands here twice, first in line {keys[key].line}')
        keys[key] = here
        content[key] = _node(path, next(events), events, depth + 1)
    return Node(place, content, keys)


def _refuse_shortcuts(event: yaml.Event, place: Place) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _RefusedError(place, "E102", "anchors (&) and aliases (*) are not possible", "repeat or quote the value")
    if getattr(event, "tag", None) is not None:
        raise _RefusedError(place, "E102", "tags (!) are not possible", "leave the tag out; the key says the type")


def _named(
    parts: list[Named], nodes: Node | None, places: dict[tuple[str, str], Place], findings: Findings
) -> list[Named]:
    """Remember the places of rules or freezes; two with the same id are an error."""
    for part, node in zip(parts, nodes.content if nodes else [], strict=True):
        if isinstance(node, Node):
            _remember(places, part.id, node, findings)
    return parts


def _remember(places: dict[tuple[str, str], Place], owner: str, tree: Node, findings: Findings) -> None:
    if (owner, "") in places:
        findings.error(tree.place, "E201", f'the id "{owner}" is taken at {places[owner, ""]}')
        return
    places[owner, ""] = tree.place
    for group, node in tree.content.items() if isinstance(tree.content, dict) else ():
        places[owner, group] = node.place
        for key, leaf in _children(node):
            places[owner, f"{group}.{key}"] = leaf.place
            for position, entry in enumerate(leaf.content) if isinstance(leaf.content, list) else ():
                if group == "approvals" and isinstance(entry, Node):
                    places[owner, f"{group}.{key}.{position}"] = entry.place


def _children(node: Node) -> Iterable[tuple[str | int, Node]]:
    if isinstance(node.content, dict):
        return node.content.items()
    return enumerate(node.content) if isinstance(node.content, list) else ()
