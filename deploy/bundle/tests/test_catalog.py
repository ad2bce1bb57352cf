import catalog

SHARED = "enum Buckets {\n    static let quick = [0.001, 1]\n    static let body: [Double] = [256, 262_144]\n}"
GROUP = """
struct Group {
    init(_ registry: MetricRegistry) {
        let gate = MetricLabel.closed(
            "gate",
            ["a_gate", "b_gate"])
        seen = registry.counter("portolan_seen_total", "Seen, in (brackets) and, commas.", labels: [gate, .open("code")], seriesLimit: 5)
        took = registry.histogram(
            "portolan_took_seconds", unit: .seconds, "Time.", labels: [.closed("stage", ["x"])], buckets: Buckets.quick)
        size = registry.histogram("portolan_size_bytes", unit: .bytes, "Size.", buckets: [0.5, 2])
        now = registry.gauge("portolan_now", "Now.")
    }
}
"""
METRICS = catalog.parse([GROUP], SHARED)
PAGE = """# HELP portolan_took_seconds Time.
# TYPE portolan_took_seconds histogram
portolan_took_seconds_bucket{stage="x",le="0.001"} 1
portolan_took_seconds_bucket{stage="x",le="+Inf"} 1
# HELP portolan_size_bytes Size.
# TYPE portolan_size_bytes histogram
portolan_size_bytes_count 1
# HELP portolan_now Now.
# TYPE portolan_now gauge
portolan_now 3
"""


def test_declarations_are_read_with_labels_and_buckets():
    assert set(METRICS) == {"portolan_seen_total", "portolan_took_seconds", "portolan_size_bytes", "portolan_now"}
    assert METRICS["portolan_seen_total"].labels == {"gate": ("a_gate", "b_gate"), "code": None}
    assert METRICS["portolan_seen_total"].help == "Seen, in (brackets) and, commas."
    assert METRICS["portolan_took_seconds"].buckets == (0.001, 1.0)
    assert METRICS["portolan_size_bytes"].buckets == (0.5, 2.0)
    assert METRICS["portolan_now"].kind == "gauge"


def test_histograms_are_queried_by_three_names():
    assert METRICS["portolan_took_seconds"].samples() == [
        "portolan_took_seconds_bucket",
        "portolan_took_seconds_sum",
        "portolan_took_seconds_count",
    ]


def test_a_page_that_agrees_has_no_differences():
    assert catalog.differences(METRICS, PAGE) == []


def test_differences_are_named():
    other = (
        PAGE.replace('stage="x",le="+Inf"', 'stage="y",le="+Inf"').replace('le="0.001"', 'le="0.002"').replace("now gauge", "now counter")
    )
    found = "\n".join(catalog.differences(METRICS, other + "# HELP portolan_new New.\n# TYPE portolan_new gauge\nportolan_new 1\n"))
    for text in ("portolan_new is exported", "portolan_now is exported as counter", "has a bucket", "stage='y'"):
        assert text in found
    assert "portolan_now is in the catalog and not exported" in "\n".join(catalog.differences(METRICS, ""))


def test_the_catalog_of_the_sources_is_whole():
    metrics = catalog.load()
    declared = sum(
        text.count("registry.counter(") + text.count("registry.gauge(") + text.count("registry.histogram(") for text in _sources()
    )
    assert len(metrics) == declared
    assert all((metric.kind == "histogram") == bool(metric.buckets) for metric in metrics.values())


def _sources():
    return [file.read_text(encoding="utf-8") for file in catalog.FOLDER.glob("*Group.swift")]
