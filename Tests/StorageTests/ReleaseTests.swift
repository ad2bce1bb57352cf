import FoundationEssentials
import Postgres
import Storage
import TestSupport
import Testing

/// While a release is rolled out, replicas of the one before work on its schema.
@Suite struct `The release before` {
    /// One list of statements for each release that may still run, made by `deploy/generate/statements.py`.
    private static let lists: [String] = {
        let folder = TestData.packageDirectory + "/Tests/StorageTests/Releases"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".sql") }.sorted().map { "\(folder)/\($0)" }
    }()

    private static func statements(_ path: String) throws -> [String] {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        return text.split(separator: "\n--------\n").map(String.init)
    }

    @Test func `has a list of statements`() throws {
        #expect(!Self.lists.isEmpty)
        for list in Self.lists { #expect(try Self.statements(list).count >= 50) }
    }

    @Test(arguments: lists)
    func `finds every table, column and function that it uses`(list: String) async throws {
        try await withStores { stores in
            let client = stores.client
            var broken: [String] = []
            for statement in try Self.statements(list) {
                do {
                    // The text is ours, from a committed file.
                    try await client.withTransaction { connection in
                        _ = try await connection.query(SQL(script: "prepare release_before as " + statement))
                        _ = try await connection.query("deallocate release_before")
                    }
                } catch let error as PostgresError {
                    broken.append("\(error.message): \(statement.prefix(200))")
                }
            }
            #expect(broken == [])
        }
    }
}
