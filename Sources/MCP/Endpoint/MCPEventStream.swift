import Primitives

/// An answer that comes in parts: notifications while the request is worked on, then its result.
public struct MCPEventStream: Sendable {
    private let keepAlive: Duration
    private let deadline: Deadline
    private let work: @Sendable (_ notify: @escaping @Sendable (JSONValue) -> Void) async -> JSONValue

    init(
        keepAlive: Duration, deadline: Deadline,
        work: @escaping @Sendable (_ notify: @escaping @Sendable (JSONValue) -> Void) async -> JSONValue
    ) {
        self.keepAlive = keepAlive
        self.deadline = deadline
        self.work = work
    }

    private enum Part: Sendable {
        case event(JSONValue)
        case comment
    }

    /// Does the work of the request and writes its events; returns after the result was written. Call it once, from the task that owns the
    /// connection.
    ///
    /// When `write` throws or the task is cancelled, because the client has gone, the work is cancelled and nothing more is written. The
    /// work is cancelled at its deadline, too. At most 64 notifications wait for a slow client; then the oldest are dropped.
    ///
    /// - Parameter write: sends bytes and waits until there is room for more.
    public func run(_ write: ([UInt8]) async throws -> Void) async throws {
        let (parts, continuation) = AsyncStream.makeStream(of: Part.self, bufferingPolicy: .bufferingNewest(64))
        try await withThrowingTaskGroup(of: JSONValue?.self) { group in
            group.addTask { [work] in
                defer { continuation.finish() }
                return await work { continuation.yield(.event($0)) }
            }
            group.addTask { [keepAlive] in
                while true {
                    try? await Task.sleep(for: keepAlive)
                    guard !Task.isCancelled else { return nil }
                    continuation.yield(.comment)
                }
            }
            group.addTask { [deadline] in
                try? await Task.sleep(until: deadline.instant, clock: .continuous)
                continuation.finish()
                return nil
            }
            defer { group.cancelAll() }
            for await part in parts {
                switch part {
                case .event(let message): try await write(Self.event(message))
                case .comment: try await write(Array(": keep-alive\n\n".utf8))
                }
            }
            try Task.checkCancellation()
            // Ends the timers, and the work if it is late: it then returns the error that says so.
            group.cancelAll()
            for try await result in group {
                if let result { try await write(Self.event(result)) }
            }
        }
    }

    private static func event(_ message: JSONValue) -> [UInt8] {
        var bytes = Array("event: message\ndata: ".utf8)
        message.serialize(into: &bytes)
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }
}
