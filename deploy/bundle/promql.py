"""Checks what queries name against the metric catalog: metrics, labels, values of labels that the code lists, bounds of buckets."""

import re

# What Prometheus adds to every series of a target.
TARGET_LABELS = {"job", "instance", "namespace", "pod", "track"}
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)?\s*\{([^{}]*)\}|(portolan[_:][\w:]*)|\b(up)\b")
_MATCHER = re.compile(r'\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PLAIN = re.compile(r"[\w./|-]+")


def problems(query, samples, recorded, variables=()):
    """What is wrong with `query`. `samples` are metrics by sample name, `recorded` the names that recording rules write."""
    found = []
    for name, matchers, bare, _ in _SELECTOR.findall(_blank(query)):
        name = name or bare
        if not name or name == "up" or name in recorded:
            continue
        metric = samples.get(name)
        if metric is None:
            found.append(f"{name} is not in the catalog")
            continue
        # The positions are those of the original, because strings were blanked by as many characters.
        for label, operator, value in _matchers(query, name, matchers):
            allowed = metric.labels.get(label)
            if label == "le" and name.endswith("_bucket"):
                allowed = (*(str(bound) for bound in metric.buckets), "+Inf")
            elif label not in metric.labels and label not in TARGET_LABELS:
                found.append(f"{name} has no label {label}")
            if allowed is None or value in variables or not _PLAIN.fullmatch(value):
                continue
            for part in value.split("|") if operator in ("=~", "!~") else [value]:
                if part not in allowed:
                    found.append(f"{name} never has {label}={part!r}")
    return found


def _blank(query):
    return _STRING.sub(lambda match: '"' + "_" * (len(match[0]) - 2) + '"', query)


def _matchers(query, name, blanked):
    """The matchers of the selector of `name` whose blanked text is `blanked`, one for each that looks like it."""
    if not blanked:
        return
    for match in re.finditer(re.escape(name) + r"\s*\{", query):
        start = match.end()
        text = query[start : start + len(blanked)]
        if _blank(text) == blanked:
            yield from _MATCHER.findall(text)
