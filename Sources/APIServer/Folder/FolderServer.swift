import Hummingbird
package import Logging

/// Serves a folder of static HTML on loopback, with validators for conditional requests.
package struct FolderServer: Sendable {
    let folder: String
    let port: Int
    let logger: Logger

    /// - Parameters:
    ///   - folder: absolute path.
    ///   - port: of 127.0.0.1.
    package init(folder: String, port: Int, logger: Logger) {
        self.folder = folder
        self.port = port
        self.logger = logger
    }

    /// Serves until cancelled; `whenServing` runs beside, once requests are answered.
    package func run(_ whenServing: @escaping @Sendable () async -> Void) async throws {
        var quiet = logger
        quiet.logLevel = .warning
        let router = Router()
        router.middlewares.add(FileMiddleware(folder, searchForIndexHtml: true, logger: quiet))
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { _ in await whenServing() }, logger: quiet)
        try await application.run()
    }
}
