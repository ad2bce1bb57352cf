"""The metric catalog, read from the sources in Sources/Telemetry/Catalog, and how a page of samples differs from it."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Sources/Telemetry/Catalog"
_STRING = r'"((?:[^"\\]|\\.)*)"'


@dataclasses.dataclass(frozen=True)
class Metric:
    """One metric. `labels` maps each label to its values, or to None when the code does not list them."""

    name: str
    kind: str
    help: str
    labels: dict
    buckets: tuple

    def samples(self):
        """The names that appear in queries."""
        return [self.name + end for end in ("_bucket", "_sum", "_count")] if self.kind == "histogram" else [self.name]


def _label(text, known):
    """A label's declaration, such as `.closed("state", ["idle"])`, or the name of one."""
    text = text.strip()
    if text in known:
        return known[text]
    found = re.fullmatch(rf"(?:MetricLabel)?\.(closed|open)\(\s*{_STRING}(?:,\s*\[(.*)\])?\)", text, re.S)
    if not found:
        raise ValueError(f"cannot read the label {text!r}")
    return found[2], tuple(re.findall(_STRING, found[3])) if found[1] == "closed" else None


def _levels(text, start=0):
    """Each letter outside of strings, with its place and how many brackets are open behind it."""
    depth, quoted = 0, False
    for index in range(start, len(text)):
        letter = text[index]
        if letter == '"' and text[index - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (letter in "([") - (letter in ")]")
            yield index, letter, depth


def _split(text):
    """The parts between the commas of the outermost level."""
    places = [index for index, letter, depth in _levels(text) if letter == "," and depth == 0]
    parts = [text[start + 1 : end] for start, end in zip([-1, *places], [*places, len(text)])]
    return [part for part in parts if part.strip()]


def _arguments(text, start):
    """What stands between the bracket at `start` and the one that closes it."""
    for index, letter, depth in _levels(text, start):
        if letter in ")]" and depth == 0:
            return text[start + 1 : index]
    raise ValueError("a bracket is not closed")


def _bounds(text):
    return tuple(float(number.replace("_", "")) for number in re.findall(r"[0-9][0-9_.]*", text))


def parse(sources, shared):
    """Metrics by name. `sources` are Swift files with metric groups, `shared` is the one that declares `enum Buckets`."""
    buckets = {name: _bounds(values) for name, values in re.findall(r"static let (\w+)(?:: \[Double\])? = \[([^\]]*)\]", shared)}
    metrics = {}
    for source in sources:
        known = {}
        for found in re.finditer(r"let (\w+) = (MetricLabel\.(?:closed|open))\(", source):
            known[found[1]] = _label(found[2] + "(" + _arguments(source, found.end() - 1) + ")", known)
        for found in re.finditer(r"registry\.(counter|gauge|histogram)\(", source):
            arguments = _split(_arguments(source, found.end() - 1))
            strings = [part.strip()[1:-1] for part in arguments if part.strip().startswith('"')]
            named = {part.split(":", 1)[0].strip(): part.split(":", 1)[1].strip() for part in arguments if not part.strip().startswith('"')}
            labels = dict(_label(part, known) for part in _split(named.get("labels", "[]")[1:-1]))
            bounds = named.get("buckets", "[]")
            bounds = buckets[bounds.removeprefix("Buckets.")] if bounds.startswith("Buckets.") else _bounds(bounds)
            metrics[strings[0]] = Metric(strings[0], found[1], strings[1], labels, bounds)
    return metrics


def load(folder=FOLDER):
    """The catalog of this source tree."""
    files = sorted(folder.glob("*Group.swift"))
    return parse([file.read_text(encoding="utf-8") for file in files], (folder / "MetricCatalog.swift").read_text(encoding="utf-8"))


def by_sample(metrics):
    """Metrics by each name that a query may use."""
    return {sample: metric for metric in metrics.values() for sample in metric.samples()}


def differences(metrics, page):
    """What a page of samples (Prometheus text) has otherwise than `metrics`: names, kinds, help lines, labels, buckets."""
    problems, samples = [], by_sample(metrics)
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", page, re.M))
    for name, kind in kinds.items():
        if name not in metrics:
            problems.append(f"{name} is exported and not in the catalog")
        elif (kind, helps[name]) != (metrics[name].kind, metrics[name].help):
            problems.append(f"{name} is exported as {kind}, {helps[name]!r}")
    for name, metric in metrics.items():
        # Series without open labels are there from the start; a gauge or histogram with labels appears with its first value.
        if name not in kinds and (not metric.labels or (metric.kind == "counter" and None not in metric.labels.values())):
            problems.append(f"{name} is in the catalog and not exported")
    for name, text in re.findall(r"^([a-z_]+)(?:\{(.*)\})? \S+$", page, re.M):
        pairs = dict(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', text))
        metric = samples.get(name)
        if metric is None:
            continue
        if "le" in pairs and pairs.pop("le") not in {*(str(bound) for bound in metric.buckets), "+Inf"}:
            problems.append(f"{name} has a bucket that the catalog does not have")
        if set(pairs) != set(metric.labels):
            problems.append(f"{name} has the labels {sorted(pairs)}")
        for label, value in pairs.items():
            allowed = metric.labels.get(label)
            if allowed is not None and value not in (*allowed, "other"):
                problems.append(f"{name} has {label}={value!r}")
    return problems
