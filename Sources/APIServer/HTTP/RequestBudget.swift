import Domain
import HTTPTypes
import MCPHosting
import Primitives

/// How much time a request has: the server's default, or what the client asks for with `Prefer: wait=SECONDS` (RFC 7240), within a bound.
struct RequestBudget: Sendable {
    /// The longest that a client can ask for.
    static let longest: Duration = .seconds(60)

    let duration: Duration
    /// After which the work is cancelled here, beyond its deadline.
    let grace: Duration

    /// - Parameters:
    ///   - standard: for clients that ask for nothing.
    ///   - grace: how long work that keeps to its deadline by itself has to say so.
    init(_ head: HTTPRequest, default standard: Duration, grace: Duration = .zero) {
        self.grace = grace
        duration = min(Self.wanted(head.headerFields[.prefer]) ?? standard, Self.longest)
    }

    /// Runs `body` with the deadline that everything below it keeps to, and cancels it when the time is over or the client has gone.
    ///
    /// - Throws: ``Domain/Fault`` of category `timeout`, `CancellationError` for what a cancelled `body` throws, or what `body` throws.
    func run<Output: Sendable>(
        on connection: ConnectionContext? = nil, _ body: @escaping @Sendable () async throws -> Output
    ) async throws -> Output {
        let deadline = Deadline.after(duration)
        let work = CancellableWork()
        let limited = {
            await TimeLimits.shared.run(work, until: Deadline(deadline.instant.advanced(by: grace))) {
                await Deadline.$current.withValue(deadline) { await Result { try await body() } }
            }
        }
        let result = if let connection { await connection.cancellingOnDisconnect(work, limited) } else { await limited() }
        guard let result else {
            let seconds = Int(duration.seconds.rounded(.up))
            throw Fault(
                .timeout, code: "E_TIMEOUT", "The request was not done within \(seconds) s.", limit: "\(seconds) s",
                hint: "Try again, ask for less, or send Prefer: wait=60 for more time.", isTransient: true)
        }
        // Whatever the work makes of it: a client that has gone is no failure.
        if case .failure = result, work.isCancelled || Task.isCancelled { throw CancellationError() }
        return try result.get()
    }

    /// The seconds of `wait`; nil without it, or with a value that is none.
    private static func wanted(_ field: String?) -> Duration? {
        for preference in (field ?? "").split(whereSeparator: { $0 == "," || $0 == ";" }) {
            let sides = preference.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, trimmed(sides[0]).lowercased() == "wait", let seconds = Int(trimmed(sides[1])), seconds > 0 else {
                continue
            }
            return .seconds(min(seconds, 3600))
        }
        return nil
    }

    private static func trimmed(_ text: Substring) -> String { String(text.filter { $0 != " " && $0 != "\"" && $0 != "\t" }) }
}

extension HTTPField.Name {
    /// RFC 7240. The name is a constant and valid.
    static let prefer = HTTPField.Name("Prefer")!
}
