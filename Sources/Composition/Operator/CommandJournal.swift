import Domain
import FoundationEssentials
package import Postgres
import Primitives
import Storage

/// Tells of commands of operators that may change something: `cli.GROUP.begin`, then `success` or `error`.
///
/// Best effort: a user who may not write events, or a schema that is not there yet, fails no command.
package struct CommandJournal: Sendable {
    /// A command, by the group and the name that it was called with.
    package struct Command: Sendable, Hashable {
        /// The first word, which the types of its events have.
        package enum Group: String, Sendable, Hashable, CaseIterable {
            case artifacts, db, keys

            fileprivate var types: (begin: EventType, success: EventType, error: EventType) {
                switch self {
                case .artifacts: (.artifactsBegin, .artifactsSuccess, .artifactsError)
                case .db: (.databaseBegin, .databaseSuccess, .databaseError)
                case .keys: (.keysBegin, .keysSuccess, .keysError)
                }
            }
        }

        package let group: Group
        /// The words behind the group, such as `latest set`.
        package let name: String

        package init(_ group: Group, _ name: String) { (self.group, self.name) = (group, name) }
    }

    /// An event is given up after that, so that a database which does not answer costs a command little more than it costs anyway.
    private static let patience = Duration.seconds(2)

    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    /// Runs `body`, with an event before it and one behind it; without a command there are none.
    /// - Throws: what `body` throws.
    package func tell<Result>(of command: Command?, _ body: () async throws -> Result) async throws -> Result {
        guard let command else { return try await body() }
        let types = command.group.types
        let text = "\(command.group.rawValue) \(command.name)"
        await write(types.begin, .info, ["command": text])
        let start = ContinuousClock.now
        func seconds() -> String { "\((start.duration(to: .now).seconds * 1000).rounded() / 1000)" }
        do {
            let result = try await body()
            await write(types.success, .info, ["command": text, "seconds": seconds()])
            return result
        } catch {
            // A reason may name what the operator typed; the code says enough to look for it.
            await write(types.error, .error, ["command": text, "seconds": seconds(), "code": (error as? Fault)?.code ?? "E_COMMAND"])
            throw error
        }
    }

    private func write(_ type: EventType, _ level: EventLevel, _ payload: [String: String]) async {
        let store = PostgresCatalogStore(client)
        _ = try? await store.note(type.rawValue, level, payload, deadline: .after(Self.patience))
    }
}
