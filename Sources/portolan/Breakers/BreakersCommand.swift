import APIClient
import APIModel
import ArgumentParser
import FoundationEssentials

/// `portolan breakers`.
struct BreakersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakers", abstract: "See and steer the circuits to GitHub, the embedder and other services: for operators.",
        discussion: """
            A circuit opens by itself after failures and closes by itself after good calls; all processes share it. These commands ask the API \
            with the scope admin and act on all processes at once.
            """,
        subcommands: [BreakersListCommand.self, BreakersOpenCommand.self, BreakersCloseCommand.self, BreakersResetCommand.self])
}

/// `portolan breakers list`.
struct BreakersListCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List circuits by name.")

    @Flag(help: "Only circuits that are not closed.")
    var open = false

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func run(with session: ClientSession) async throws {
        let all = try await session.api.breakers()
        let shown = open ? all.filter { $0.state != "closed" } : all
        try session.show(BreakerList(items: shown)) { shown.isEmpty ? "" : BreakerReport.table(shown) }
        if shown.isEmpty, !session.isJSON { session.note(open ? "Every circuit is closed." : "No circuits.") }
    }
}

/// A command that changes one circuit.
protocol BreakerChange: ClientCommand {
    /// Name of the circuit.
    var name: String { get }
    /// The last part of the route.
    static var action: String { get }
}

extension BreakerChange {
    func validate() throws { try ArgumentCheck.identifier(name, "<name>") }

    func run(with session: ClientSession) async throws {
        let breaker = try await session.api.changeBreaker(name, Self.action)
        try session.show(breaker) { BreakerReport.table([breaker]) }
    }
}

/// `portolan breakers open NAME`.
struct BreakersOpenCommand: BreakerChange {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open a circuit: its dependency is not called until you close it.")
    static let action = "open"

    @Argument(help: "Name of the circuit, as `portolan breakers list` shows it.")
    var name: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions
}

/// `portolan breakers close NAME`.
struct BreakersCloseCommand: BreakerChange {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Close a circuit: its dependency is called again at once.")
    static let action = "close"

    @Argument(help: "Name of the circuit, as `portolan breakers list` shows it.")
    var name: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions
}

/// `portolan breakers reset NAME`.
struct BreakersResetCommand: BreakerChange {
    static let configuration = CommandConfiguration(commandName: "reset", abstract: "Close a circuit and forget its history.")
    static let action = "reset"

    @Argument(help: "Name of the circuit, as `portolan breakers list` shows it.")
    var name: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions
}
