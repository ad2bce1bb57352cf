import Logging
import NIOCore
import Primitives

/// Connections for blocking commands: each serves one command at a time, and idle ones are used again.
final class DedicatedLanes: Sendable {
    private struct State {
        var idle: [Lane] = []
        var all: [Lane] = []
        var isShut = false
    }

    private enum Choice {
        case lane(Lane)
        case refused(RedisError)
    }

    private let connector: Connector
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Locked(State())

    init(connector: Connector, group: any EventLoopGroup, logger: Logger) {
        self.connector = connector
        self.group = group
        self.logger = logger
    }

    var counters: [LaneCounters] { state.withLock { $0.all }.map(\.counters) }

    /// Runs one command on a connection that nobody else uses meanwhile. When the caller leaves before the reply, the connection is closed, so
    /// that the server forgets the command.
    func perform(_ arguments: [RedisArgument], deadline: Deadline) async throws(RedisError) -> RedisValue {
        let lane = try take()
        do {
            let reply = try await lane.perform(arguments, deadline: deadline)
            give(back: lane)
            return reply
        } catch {
            if error.code.serverKind == nil { lane.dropConnection() }
            give(back: lane)
            throw error
        }
    }

    func shutDown() -> [EventLoopFuture<Void>] {
        let lanes = state.withLock { state in
            state.isShut = true
            return state.all
        }
        return lanes.map { $0.shutDown() }
    }

    private func take() throws(RedisError) -> Lane {
        let limit = connector.configuration.maximumDedicatedConnections
        let choice = state.withLock { state -> Choice in
            guard !state.isShut else { return .refused(RedisError(.closed, "The Redis client has been shut down")) }
            if let lane = state.idle.popLast() { return .lane(lane) }
            guard state.all.count < limit else {
                return .refused(RedisError(.overloaded, "More than \(limit) blocking commands run on Redis"))
            }
            let lane = Lane(connector: connector, eventLoop: group.next(), stallTimeout: nil, logger: logger)
            state.all.append(lane)
            return .lane(lane)
        }
        switch choice {
        case .lane(let lane): return lane
        case .refused(let error): throw error
        }
    }

    private func give(back lane: Lane) { state.withLock { $0.idle.append(lane) } }
}
