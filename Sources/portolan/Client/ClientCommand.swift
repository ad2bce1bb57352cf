import ArgumentParser

/// A command that is given what is around it.
protocol ContextCommand: AsyncParsableCommand {
    /// Does the work.
    func run(in context: CommandContext) async throws
}

extension ContextCommand {
    func run() async throws { try await run(in: .process()) }
}

/// A command that asks the API.
protocol ClientCommand: ContextCommand {
    /// Address, token and form of output.
    var client: ClientOptions { get }

    /// Does the work.
    /// - Throws: `APIClientError`, ``CommandFailure``.
    func run(with session: ClientSession) async throws
}

extension ClientCommand {
    /// Finds the API from options and `context`, and does the work.
    func run(in context: CommandContext) async throws {
        let session = try ClientSession(client, context)
        try await session.explaining { try await run(with: session) }
    }
}
