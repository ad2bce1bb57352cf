import Policy

/// Every statement that the stores for reading send: a new one needs a line here, or the query gate stops it.
///
/// A name is the file and the function that the statement stands in.
enum QueryTemplates {
    static let all: [QueryTemplate] = [
        QueryTemplate("PostgresDocumentationStore.documentations", tables: listed, maximumRows: 100, literals: ["latest"]),
        QueryTemplate("PostgresDocumentationStore.documentation", tables: listed),
        QueryTemplate("PostgresDocumentationStore.sections", tables: sections, maximumRows: 1000),
        QueryTemplate("PostgresDocumentationStore.section", tables: sections.union(["page"])),
        QueryTemplate("PostgresDocumentationStore.outline", tables: sections, maximumRows: 20_001),
        QueryTemplate("PostgresDocumentationStore.libraries", tables: listed),
        QueryTemplate("PostgresDocumentationStore.isVisible", tables: listed),
        QueryTemplate("PostgresDocumentationStore.statistics", tables: listed, maximumRows: 1000),
        QueryTemplate("PostgresSectionDirectory.sections", tables: sections, maximumRows: 1000),
        QueryTemplate("PostgresSectionDirectory.existing", tables: sections, maximumRows: 1000),
        QueryTemplate("PostgresSectionDirectory.libraries", tables: listed.union(sections), maximumRows: 200),
        QueryTemplate("PostgresSectionDirectory.versions", tables: listed.union(sections), maximumRows: 200),
        QueryTemplate("PostgresSectionDirectory.documentations", tables: listed, maximumRows: 200),
        QueryTemplate("PostgresSectionDirectory.paths", tables: sections, maximumRows: 200),
        QueryTemplate("PostgresSourceStore.sources", tables: sources, maximumRows: 100, literals: states),
        QueryTemplate("PostgresSourceStore.source", tables: sources, literals: states),
        QueryTemplate("PostgresSearchStore.extent", tables: listed.union(["term_statistic"]), literals: ["latest"]),
        QueryTemplate("PostgresSearchStore.matches", tables: searched, maximumCost: searchCost),
        QueryTemplate("PostgresSearchStore.candidates", tables: searched, maximumRows: 4_000, maximumCost: searchCost),
        QueryTemplate("PostgresSearchStore.furtherMatches", tables: searched, maximumCost: searchCost),
        QueryTemplate(
            "PostgresSearchStore.readBounded", tables: [],
            literals: [
                "plan_cache_mode", "force_custom_plan", "jit", "enable_seqscan", "off", "hnsw.iterative_scan", "strict_order",
                "hnsw.ef_search", "role",
            ], functions: ["set_config"]),
        QueryTemplate("PostgresSearchStore.profileID", tables: ["embedding_profile"]),
        QueryTemplate("PostgresSearchStore.passages", tables: sections.union(["chunk"])),
        QueryTemplate("PostgresSearchStore.resolve", tables: listed),
        QueryTemplate("PostgresSearchStore.cursorKey", tables: ["secret"], literals: ["cursor"]),
        QueryTemplate("PostgresCatalogQueries.summary", tables: catalog),
        QueryTemplate(
            "PostgresCatalogQueries.versionStats", tables: catalog, literals: ["artifact", "all", "failed", "format", "validation"]),
        QueryTemplate("PostgresCatalogQueries.versions", tables: catalog.union(listed), maximumRows: 1000),
        QueryTemplate("PostgresCatalogQueries.files", tables: ["extracted_file"], maximumRows: 1000),
        QueryTemplate("PostgresCatalogQueries.validations", tables: ["validation"], maximumRows: 1000, literals: ["pass"]),
        QueryTemplate("PostgresCatalogQueries.validationSummary", tables: ["validation_count"], maximumRows: 1000),
        QueryTemplate("PostgresCatalogQueries.artifacts", tables: catalog, maximumRows: 1000),
        QueryTemplate("PostgresCatalogQueries.find", tables: ["artifact"], maximumRows: 100),
        QueryTemplate(
            "PostgresCatalogQueries.readSorted", tables: [],
            literals: ["enable_hashjoin", "off", "max_parallel_workers_per_gather", "0"], functions: ["set_config"]),
        QueryTemplate("PostgresCatalogQueries.delta", tables: ["extracted_file", "catalog_usage"]),
        QueryTemplate("PostgresCatalogQueries.storageUsage", tables: catalog, maximumRows: 1000),
    ]

    private static let catalog: Set<String> = ["catalog_version", "catalog_usage", "validation_count", "artifact", "latest_pointer"]

    private static let sections: Set<String> = ["section", "documentation", "library_version", "library", "access_grant"]
    private static let listed: Set<String> = ["documentation", "library_version", "library", "embedding_profile", "job", "access_grant"]

    private static let sources = sections.union(["source", "job"])
    private static let states: Set<String> = ["PAUSED", "RUNNING", "COMPLETED", "FAILED", "STOPPED"]
    private static let searched: Set<String> = ["chunk", "section", "embedding_p*"]

    /// Ten times what the planner expects for a search over a million chunks: beyond it something is wrong with its figures or an index.
    private static let searchCost = 10_000_000.0
}
