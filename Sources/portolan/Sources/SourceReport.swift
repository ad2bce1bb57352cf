import APIModel

/// Sources as text.
enum SourceReport {
    static func facts(_ source: SourceDetail) -> String {
        var rows = [
            ("Source", source.id), ("Kind", source.kind), ("Root", source.rootURL), ("Library", "\(source.library) \(source.version)"),
            ("Documentation", source.documentationID), ("State", source.state), ("Looks", timing(source)),
            ("Webhooks", "\(source.received)"), ("Jobs queued", "\(source.queued)"), ("Failed looks", "\(source.errors)"),
        ]
        for (name, value) in source.options.sorted(by: { $0.key < $1.key }) { rows.append(("Option \(name)", value)) }
        if let cursor = source.cursor { rows.append(("Cursor", cursor)) }
        if let error = source.error { rows.append(("Error", "\(error.code): \(error.message) \(error.hint ?? "")")) }
        return TextTable.pairs(rows)
    }

    static func table(_ sources: [SourceDetail]) -> String {
        var table = TextTable([
            .text("SOURCE"), .text("KIND"), .text("LIBRARY"), .text("VERSION"), .text("STATE"), .text("LOOKS"), .text("ROOT"),
        ])
        for source in sources {
            table.add([
                source.id, source.kind, source.library, source.version, source.state, timing(source), source.rootURL,
            ])
        }
        return table.text
    }

    private static func timing(_ source: SourceDetail) -> String {
        source.schedule ?? source.pollIntervalSeconds.map { "every \($0) s" } ?? "on request"
    }
}
