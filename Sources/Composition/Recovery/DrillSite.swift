import FoundationEssentials

/// The documentation of a drill: pages with texts that differ, the same in every drill.
struct DrillSite {
    /// What a drill asks before and after.
    static let questions = [
        "rotate the signing keys", "limit of open connections", "copy a snapshot to another region", "warm the cache", "drain a node",
    ]

    private static let subjects = [
        "signing keys", "connection limits", "snapshots", "the cache", "draining nodes", "schema changes", "quotas", "log shipping",
        "certificates", "schedules",
    ]
    private static let verbs = ["rotate", "limit", "copy", "warm", "drain", "migrate", "measure", "ship", "renew", "plan"]

    /// Writes `pages` pages and an index into `folder`.
    static func write(_ pages: Int, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var links = ""
        for number in 0..<pages {
            let (subject, verb) = (subjects[number % subjects.count], verbs[(number / subjects.count) % verbs.count])
            let title = "How to \(verb) \(subject), part \(number / 100 + 1)"
            let steps = (1...6).map { step in
                "<h2>Step \(step) of \(title)</h2><p>Before you \(verb) \(subject), read value \(number * 7 + step) from node \(number % 13) and note "
                    + "it. Then \(verb) \(subject) in region \(step): copy a snapshot, wait for \(step * number) open connections to end, and "
                    + "confirm with the operator on duty that \(subject) are as they were.</p>"
            }.joined()
            try Data("<html><head><title>\(title)</title></head><body><main><h1>\(title)</h1>\(steps)</main></body></html>".utf8)
                .write(to: URL(filePath: "\(folder)/page-\(number).html"))
            links += "<li><a href=\"page-\(number).html\">\(title)</a></li>"
        }
        try Data(
            "<html><head><title>Drill</title></head><body><main><h1>Drill</h1><p>All pages.</p><ul>\(links)</ul></main></body></html>".utf8
        )
        .write(to: URL(filePath: "\(folder)/index.html"))
    }
}
