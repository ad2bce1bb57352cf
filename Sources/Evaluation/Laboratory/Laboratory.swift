import EmbeddedServices
import FoundationEssentials
import Logging
import Models
import Policy
import Postgres
import Primitives
import Storage

/// A private database with the product's schema and the product's embedder, for measurements.
///
/// The database lies in the state folder and stays between runs for the sake of its vectors, which are keyed by content; everything else is
/// made anew by each measurement.
struct Laboratory: Sendable {
    /// The database.
    let client: PostgresClient
    /// Decide, and count: what is ingested and what is committed.
    let gates: GateRegistry
    /// Its address, for peers.
    let databaseURL: String
    /// The local model; opened with its first text.
    let embedder: LocalEmbedder
    /// Absolute path of the folder for what is kept between runs.
    let state: String
    /// Says nothing: the output of a measurement is its result.
    let logger: Logger

    /// Runs `body` beside a database in `state` and stops it afterwards.
    ///
    /// - Parameters:
    ///   - state: a folder, made when missing; one process at a time may use it.
    ///   - isFresh: whether what an earlier run left is removed first.
    ///   - listening: how peers reach the database.
    /// - Throws: what the servers and `body` throw.
    static func with<Result>(
        state: String, isFresh: Bool = false, listening: Listening = .unixSocket, _ body: (Laboratory) async throws -> Result
    ) async throws -> Result {
        let state = absolute(state)
        let folder = "\(state)/postgres"
        if isFresh { try? FileManager.default.removeItem(atPath: folder) }
        var settings = PrivatePostgres.Settings()
        settings.isDurable = false
        settings.listening = listening
        settings.sharedBuffers = .mebibytes(512)
        let server = try await PrivatePostgres.start(directory: folder, settings: settings)
        let result: Swift.Result<Result, any Error>
        do {
            let logger = Logger(label: "evaluation") { _ in SwiftLogNoOpLogHandler() }
            let url = server.databaseURL()
            let gates = GateRegistry()
            let client = try PostgresClient(configuration: PostgresConfiguration(url: url).gated(by: gates), logger: logger)
            defer { client.close() }
            try await client.waitUntilReady(deadline: .after(.seconds(30)))
            try await MigrationRunner(client: client, migrations: Schema.migrations).run()
            let embedder = LocalEmbedder(modelDirectory: modelDirectory, lanes: ProcessInfo.processInfo.activeProcessorCount)
            defer { embedder.shutDown() }
            let laboratory = Laboratory(
                client: client, gates: gates, databaseURL: url, embedder: embedder, state: state, logger: logger)
            result = .success(try await body(laboratory))
        } catch { result = .failure(error) }
        await server.stop()
        return try result.get()
    }

    /// Removes every library with its documentations and jobs; the vectors stay.
    func clear() async throws {
        try await client.withConnection { _ = try await $0.query("truncate portolan.library, portolan.dead_letter cascade") }
    }

    /// The model's folder: `PORTOLAN_MODEL_DIR`, else where `deploy/setup` puts it.
    static var modelDirectory: String {
        if let folder = ProcessInfo.processInfo.environment["PORTOLAN_MODEL_DIR"], !folder.isEmpty { return folder }
        let folders = Executables.toolFolders().map { "\($0)/model" }
        return folders.first { FileManager.default.fileExists(atPath: $0) } ?? folders[0]
    }

    /// `path` as seen from the folder of this process.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
