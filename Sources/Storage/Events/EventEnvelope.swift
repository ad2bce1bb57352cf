import FoundationEssentials

/// An event as it leaves the product, version 1.0 of `docs/event.schema.json`.
package struct EventEnvelope: Sendable, Hashable, Codable {
    /// Grows with time.
    package let number: Int64
    /// RFC 3339 in UTC with milliseconds.
    package let ts: String
    package let type: String
    package let level: String
    /// The job, else the run of the process.
    package let runID: String?
    /// Of the settings of the process; nil for events that the database writes.
    package let configHash: String?
    package let service: String
    package let context: [String: String]
    /// What the event is about, by kind.
    package let ids: [String: String]
    package let payload: [String: String]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case number, ts, type, level
        case runID = "run_id"
        case configHash = "config_hash"
        case service, context, ids, payload
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: .number)
        try container.encode(ts, forKey: .ts)
        try container.encode(type, forKey: .type)
        try container.encode(level, forKey: .level)
        // Null rather than absent: every event has the same keys.
        try container.encode(runID, forKey: .runID)
        try container.encode(configHash, forKey: .configHash)
        try container.encode(service, forKey: .service)
        try container.encode(context, forKey: .context)
        try container.encode(ids, forKey: .ids)
        try container.encode(payload, forKey: .payload)
    }

    /// One line of JSON with sorted keys, without a line end.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// `context`, `ids` and `payload` as JSON, for formats without objects.
    package func objects() throws -> [String] { try [context, ids, payload].map { try JSONColumn.encode($0) } }

    /// The names of the columns of ``csv``.
    package static let csvHeader = CodingKeys.allCases.map(\.rawValue).joined(separator: ",")

    /// A row of RFC 4180, objects as JSON, without a line end.
    package func csv() throws -> String {
        let fields = try ["\(number)", ts, type, level, runID ?? "", configHash ?? "", service] + objects()
        return fields.map(Self.quoted).joined(separator: ",")
    }

    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
