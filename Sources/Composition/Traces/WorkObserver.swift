package import Domain
package import Fetch
package import Postgres
import Primitives
package import Telemetry

/// Watches statements and transfers: a span for each that belongs to a recorded trace, an event for each that took long.
package struct WorkObserver: StatementObserver, TransferObserver {
    /// From when on a statement is slow.
    package static let slowQuery: Duration = .milliseconds(500)
    /// From when on anything else is.
    package static let slowOperation: Duration = .seconds(1)

    private let tracer: Tracer
    private let slow: SlowWork
    private let onStatement: @Sendable (_ took: Duration, _ trace: TraceContext?) -> Void

    /// - Parameters:
    ///   - slow: hears of what took long.
    ///   - onStatement: hears how long each statement took, and in which trace.
    package init(
        tracer: Tracer, slow: SlowWork, onStatement: @escaping @Sendable (_ took: Duration, _ trace: TraceContext?) -> Void = { _, _ in }
    ) {
        (self.tracer, self.slow, self.onStatement) = (tracer, slow, onStatement)
    }

    package var traceID: String? {
        guard tracer.isOn, let trace = LogContext.current.trace, trace.isSampled else { return nil }
        return trace.traceID
    }

    package func began(_ text: String) -> (@Sendable (PostgresError?) -> Void)? {
        let start = ContinuousClock.now
        let span = traceID == nil ? nil : span(text)
        let (slow, onStatement, context) = (slow, onStatement, LogContext.current)
        return { error in
            span?.end(failure: error.map { "\($0.code)" })
            let took = start.duration(to: .now)
            onStatement(took, context.trace)
            if took > Self.slowQuery { slow.query(text: Self.shortened(text), took: took, context) }
        }
    }

    /// Reads the text, which costs more than many a statement takes: only for what is recorded.
    private func span(_ text: String) -> ActiveSpan? {
        let verb = Self.verb(text)
        return tracer.child(
            "postgres \(verb)", kind: .client,
            attributes: ["db.system.name": "postgresql", "db.operation.name": .text(verb), "db.query.text": .text(Self.shortened(text))])
    }

    package func began(_ request: inout FetchRequest) -> (@Sendable (Result<Int, FetchError>) -> Void)? {
        guard
            let span = tracer.child(
                "fetch \(request.method)", kind: .client,
                attributes: ["http.request.method": .text(request.method), "server.address": .text(Self.host(request.url))])
        else { return nil }
        if request.carriesTrace {
            request.headers["traceparent"] = span.context.traceparent
            if let state = span.context.tracestate { request.headers["tracestate"] = state }
        }
        return { result in
            switch result {
            case .success(let status):
                span.set("http.response.status_code", .number(status))
                span.end(failure: status >= 500 ? "status \(status)" : nil)
            case .failure(let error): span.end(failure: "\(error.code)")
            }
        }
    }

    /// The first word in capitals: few different ones.
    private static func verb(_ text: String) -> String {
        let word = text.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        let known = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "COPY", "SET", "LISTEN"]
        return known.contains(word) ? word : "OTHER"
    }

    /// In one line, and no more than tells statements apart.
    private static func shortened(_ text: String) -> String {
        String(text.prefix(2000).split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(300))
    }

    private static func host(_ url: String) -> String { (try? SiteURL(url))?.host.text ?? "-" }
}

/// Tells about work that took long: a line in the log, an event, a count.
package struct SlowWork: Sendable {
    private let report: @Sendable (_ type: EventType, _ payload: [String: String], _ context: LogContext) -> Void

    /// - Parameter report: called for each, after its end.
    package init(_ report: @escaping @Sendable (_ type: EventType, _ payload: [String: String], _ context: LogContext) -> Void) {
        self.report = report
    }

    /// A statement that took longer than ``WorkObserver/slowQuery``.
    package func query(text: String, took: Duration, _ context: LogContext) {
        report(.slowQuery, ["statement": text, "seconds": Self.seconds(took)], context)
    }

    /// Calls `body`'s work an operation: reported when it took longer than ``WorkObserver/slowOperation``.
    package func operation(_ name: String, took: Duration, _ context: LogContext = .current) {
        guard took > WorkObserver.slowOperation else { return }
        report(.slowOperation, ["operation": name, "seconds": Self.seconds(took)], context)
    }

    private static func seconds(_ duration: Duration) -> String { "\((duration.seconds * 1000).rounded() / 1000)" }
}
