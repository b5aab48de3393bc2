"""Masks what tells strangers how a house is wired: host names, addresses of machines and links.

Names that people know (`login.gov`) have two labels; what has more labels, a top level that no
public name has, a port, or the look of a machine's name is taken for internal. In doubt it is
masked: a reader misses little, and an attacker much.
"""

import re

_LINK = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>\"'`|)\]]*[^\s<>\"'`|)\].,;:!?]", re.I
)
_SHARE = re.compile(r"\\\\[\w.-]+(?:\\[\w.$-]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(
    rf"(?<![\w.@-])(?:{_LABEL}\.){{2,8}}[a-z][a-z0-9-]{{1,20}}(?::\d{{2,5}})?(?![\w@-])"
    rf"|(?<![\w.@-])(?:{_LABEL}\.){{1,8}}(?:local|localdomain|internal|intranet|intra|corp|lan|home"
    r"|private|arpa|test|svc|cluster|onion)(?::\d{2,5})?(?![\w@-])"
    rf"|(?<![\w.@-])(?:{_LABEL}\.)+[a-z]{{2,20}}:\d{{2,5}}(?!\d)"
    r"|\blocalhost(?::\d{2,5})?\b",
    re.I,
)
_MACHINE = re.compile(
    r"(?<![\w.@-])(?=[a-z0-9-]*(?:db|web|app|srv|server|prod|stg|staging|dev|node|host|vm|sql|api"
    r"|proxy|lb|ip|k8s|pod|worker|cache|redis|queue|mail|mx|dc|fs|nas|esx))"
    r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*-?\d{1,4}(?![\w-])"
)
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?::\d{2,5})?(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:/\d{1,3})?(?![\w:])", re.I)
_CLOCK = re.compile(r"\d{1,2}:\d{2}:\d{2}|:+")  # a time of day is no address


def mask_hosts(text: str) -> str:
    """`text` with `[LINK]` and `[HOST]` in place of what it names of machines."""
    text = _SHARE.sub("[HOST]", _LINK.sub("[LINK]", text))
    text = _IPV4.sub("[HOST]", text)
    text = _IPV6.sub(lambda m: m[0] if _CLOCK.fullmatch(m[0]) else "[HOST]", text)
    return _MACHINE.sub("[HOST]", _NAME.sub("[HOST]", text))
