package import Domain
import FoundationEssentials
package import Postgres

/// `LISTEN` for what publications and deletions notify of in their transactions. Source: https://www.postgresql.org/docs/current/sql-notify.html
package struct PostgresPublicationFeed: PublicationFeed {
    private static let channel = "portolan_publications"
    /// Bytes of a payload: the server takes fewer than 8,000.
    private static let payloadBytes = 7_500
    /// Paths that are named one by one; beyond, the whole documentation has changed.
    private static let namedPaths = 2_000

    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func listen(onListening: () async -> Void, onNews: (PublicationNews) async -> Void) async throws {
        let notifications = try await client.notifications(channel: Self.channel)
        await onListening()
        for try await notification in notifications {
            if let news = Self.news(notification.payload) { await onNews(news) }
        }
    }

    /// Tells of `news` when the transaction of `connection` is committed.
    static func notify(_ news: PublicationNews, _ connection: PostgresConnection) async throws {
        for payload in payloads(news) { _ = try await connection.query("select pg_notify(\(channel), \(payload))") }
    }

    /// An expression that tells of a documentation which the statement deletes.
    ///
    /// - Parameter library: the column with the name of its library.
    static func notification(ofDeleted id: DocumentationID, library: SQL) -> SQL {
        "pg_notify(\(channel), \("\(id) * +\n")::text || \(library))"
    }

    /// One line for the documentation, and one for each path, or for the library that a documentation was in which is gone.
    static func payloads(_ news: PublicationNews) -> [String] {
        let mark = news.changesList ? "+" : "="
        guard let paths = news.paths, paths.count <= namedPaths else {
            return ["\(news.documentation) * \(mark)" + (news.formerLibrary.map { "\n\($0)" } ?? "")]
        }
        var payloads: [String] = []
        var text = "\(news.documentation) . \(mark)"
        for path in paths {
            if text.utf8.count + path.utf8.count + 1 > payloadBytes {
                payloads.append(text)
                text = "\(news.documentation) . ="
            }
            text += "\n\(path)"
        }
        return payloads + [text]
    }

    /// Reads a payload; nil for what this service never sends.
    static func news(_ payload: String) -> PublicationNews? {
        let lines = payload.split(separator: "\n", omittingEmptySubsequences: false)
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3, let id = DocumentationID(String(words[0])) else { return nil }
        let (rest, isWhole) = (lines.dropFirst().map(String.init), words[1] == "*")
        return PublicationNews(
            documentation: id, paths: isWhole ? nil : rest, changesList: words[2] == "+", formerLibrary: isWhole ? rest.first : nil)
    }
}
