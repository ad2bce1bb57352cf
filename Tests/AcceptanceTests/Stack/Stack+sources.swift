import APIClient
import APIModel
import Digests
import Fetch
import MCP
import TestSupport

/// Sources and their webhooks, through the API and MCP.
extension Stack {
    /// Suspends until an agent finds a section for `words` on a page whose address contains `page`.
    func finds(_ words: String, on page: String, library: String) async throws {
        let connection = MCPConnection(self, .modern)
        try await eventually(within: .seconds(180)) {
            let found = try await connection.call(
                "search_documentation", ["query": .string(words), "library": .string(library), "limit": 5])
            return (found["results"]?.arrayValue ?? []).contains { $0["url"]?.stringValue?.contains(page) == true }
        }
    }

    /// Suspends until the source is in the state.
    func reaches(_ state: String, source: String) async throws {
        try await eventually(within: .seconds(180)) { try await api.source(source).state == state }
    }

    /// Sends what a provider sends; returns the status of the reply.
    func deliver(_ kind: String, _ fields: [String: String] = [:], body: [UInt8], signature: String, key: String) async throws -> Int {
        var headers: FetchHeaders = ["Content-Type": "application/json"]
        for (name, value) in fields { headers[name] = value }
        headers[signature] = "sha256=" + Authenticity.code(for: body, key: Array(key.utf8)).hexadecimal
        return try await fetcher.send(FetchRequest("POST", url + "/webhooks/\(kind)", headers: headers, body: body)).status
    }
}
