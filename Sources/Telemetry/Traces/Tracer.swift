import Primitives

/// Makes spans for traces that are recorded, and keeps them, bounded, until somebody takes them.
///
/// The trace of a task is that of ``LogContext``, so log lines, exemplars and spans carry the same identifiers. For a trace that is not
/// recorded nothing is made.
package final class Tracer: Sendable {
    /// What became of spans.
    package struct Counts: Sendable, Hashable {
        /// Spans that had no room.
        package var dropped = 0
        /// Spans that were kept.
        package var recorded = 0
    }

    /// Spans that wait at most.
    package static let capacity = 2048

    private struct State {
        var spans: [Span] = []
        var counts = Counts()
    }

    private let ratio: Double
    private let state = Locked(State())

    /// Whether anything is recorded at all.
    package let isOn: Bool

    /// - Parameters:
    ///   - isOn: false records nothing.
    ///   - ratio: the share of traces that begin here and are recorded, from 0 to 1. A trace that comes from elsewhere is recorded when its
    ///     caller says so.
    package init(isOn: Bool, ratio: Double = 1) { (self.isOn, self.ratio) = (isOn, min(max(ratio, 0), 1)) }

    /// A tracer that records nothing.
    package static let off = Tracer(isOn: false)

    /// Where a request begins: a child of the caller's position, or a new trace, recorded by chance.
    package func begin(after parent: TraceContext?) -> TraceContext {
        if let parent { return parent.child() }
        return .generated(isSampled: isOn && Double.random(in: 0..<1) < ratio)
    }

    /// Begins a span at `context`; nil when its trace is not recorded.
    package func span(
        _ name: String, kind: Span.Kind = .internal, at context: TraceContext, parentID: String?, attributes: [String: Span.Value] = [:]
    ) -> ActiveSpan? {
        guard isOn, context.isSampled else { return nil }
        return ActiveSpan(name, kind: kind, context: context, parentID: parentID, attributes: attributes) { [self] in keep($0) }
    }

    /// Begins a span below the current one; nil outside of a trace that is recorded.
    package func child(_ name: String, kind: Span.Kind = .internal, attributes: [String: Span.Value] = [:]) -> ActiveSpan? {
        guard isOn, let parent = LogContext.current.trace, parent.isSampled else { return nil }
        return span(name, kind: kind, at: parent.child(), parentID: parent.spanID, attributes: attributes)
    }

    /// Adds a span below the current one for work that took `duration` and ends now.
    package func add(_ name: String, kind: Span.Kind = .internal, took duration: Duration, attributes: [String: Span.Value] = [:]) {
        child(name, kind: kind, attributes: attributes)?.end(after: duration)
    }

    /// Runs `body` in a span below the current one. An error ends the span with its type as the failure, since its text may hold anything.
    package func with<Result>(
        _ name: String, kind: Span.Kind = .internal, attributes: [String: Span.Value] = [:], _ body: () async throws -> Result
    ) async rethrows -> Result {
        guard let span = child(name, kind: kind, attributes: attributes) else { return try await body() }
        do {
            let result = try await LogContext.with({ $0.trace = span.context }, body)
            span.end()
            return result
        } catch {
            span.end(failure: "\(type(of: error))")
            throw error
        }
    }

    /// Takes up to `count` spans, oldest first.
    package func take(_ count: Int) -> [Span] {
        state.withLock { state in
            let taken = Array(state.spans.prefix(count))
            state.spans.removeFirst(taken.count)
            return taken
        }
    }

    /// What became of spans so far.
    package var counts: Counts { state.withLock(\.counts) }

    /// Spans that wait.
    package var waiting: Int { state.withLock(\.spans.count) }

    private func keep(_ span: Span) {
        state.withLock { state in
            guard state.spans.count < Self.capacity else { return state.counts.dropped += 1 }
            state.spans.append(span)
            state.counts.recorded += 1
        }
    }
}
