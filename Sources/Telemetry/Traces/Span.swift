package import FoundationEssentials
import Primitives

/// A piece of work that a trace shows, once it has ended.
package struct Span: Sendable, Hashable {
    /// Which side of a call it is; the raw values are those of OTLP.
    package enum Kind: Int, Sendable, Hashable { case `internal` = 1, server, client, producer, consumer }

    /// A value of an attribute.
    package enum Value: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
        case text(String)
        case number(Int)
        case flag(Bool)

        package init(stringLiteral value: String) { self = .text(value) }
        package init(integerLiteral value: Int) { self = .number(value) }
        package init(booleanLiteral value: Bool) { self = .flag(value) }
    }

    /// Its own position: trace and span.
    package let context: TraceContext
    /// The span that it is part of; nil for the first of a trace.
    package let parentID: String?
    /// Few different ones: a route's template, never a path.
    package let name: String
    package let kind: Kind
    package let start: Date
    package let end: Date
    package let attributes: [String: Value]
    /// What went wrong, safe to show to a stranger; nil when nothing did.
    package let failure: String?
    /// Spans of other traces that it has to do with.
    package var links: [TraceContext] = []
}

/// A piece of work that goes on: ends once, and then becomes a ``Span``.
package final class ActiveSpan: Sendable {
    private struct State {
        var attributes: [String: Span.Value]
        var links: [TraceContext] = []
        var hasEnded = false
    }

    /// What it is to those below it.
    package let context: TraceContext
    private let parentID: String?
    private let name: String
    private let kind: Span.Kind
    private let start: Date
    private let clock: ContinuousClock.Instant
    private let state: Locked<State>
    private let finish: @Sendable (Span) -> Void

    init(
        _ name: String, kind: Span.Kind, context: TraceContext, parentID: String?, attributes: [String: Span.Value],
        finish: @escaping @Sendable (Span) -> Void
    ) {
        (self.name, self.kind, self.context, self.parentID, self.finish) = (name, kind, context, parentID, finish)
        (start, clock) = (Date(), .now)
        state = Locked(State(attributes: attributes))
    }

    /// Adds or replaces an attribute; without effect once it has ended.
    package func set(_ name: String, _ value: Span.Value) {
        state.withLock { if !$0.hasEnded { $0.attributes[name] = value } }
    }

    /// Points to a span of another trace; without effect once it has ended.
    package func link(_ other: TraceContext) { state.withLock { if !$0.hasEnded { $0.links.append(other) } } }

    /// Ends it. Only the first call counts.
    /// - Parameter failure: what went wrong, safe to show to a stranger.
    package func end(failure: String? = nil) {
        let last = state.withLock { state -> State? in
            if state.hasEnded { return nil }
            state.hasEnded = true
            return state
        }
        guard let last else { return }
        // The wall clock may jump; the length is by the steady one.
        let end = start.addingTimeInterval(clock.duration(to: .now).seconds)
        finish(span(from: start, to: end, last, failure))
    }

    /// Ends it now, as if it had begun `duration` ago.
    func end(after duration: Duration) {
        let last = state.withLock { state in
            state.hasEnded = true
            return state
        }
        finish(span(from: start.addingTimeInterval(-duration.seconds), to: start, last, nil))
    }

    private func span(from start: Date, to end: Date, _ last: State, _ failure: String?) -> Span {
        Span(
            context: context, parentID: parentID, name: name, kind: kind, start: start, end: end, attributes: last.attributes,
            failure: failure, links: last.links)
    }
}
