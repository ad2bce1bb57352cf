/// Decides who is told of a change. Asked for each stream at the moment in which it would be told: what a caller may see can be taken away while
/// a stream is open, and that something has changed which a caller may not see tells that it exists.
public struct Audience<Principal: Sendable>: Sendable {
    /// What becomes of a change for one caller.
    public enum Verdict: Sendable, Hashable {
        /// The caller is told.
        case told
        /// The caller does not hear of it.
        case withheld
        /// The caller is no longer one: the stream ends as it should, and whoever opens the next has to prove anew who they are.
        case ended
    }

    private let decide: (@Sendable (Principal, ServerChange) async -> Verdict)?

    /// Everyone who has asked: for servers on which all callers may see the same.
    public static var everyone: Audience { Audience(decide: nil) }

    /// - Parameter decide: asked for changes that the caller has asked for. It may suspend; what else happens waits in the meantime.
    public init(_ decide: @escaping @Sendable (Principal, ServerChange) async -> Verdict) { self.decide = decide }

    private init(decide: (@Sendable (Principal, ServerChange) async -> Verdict)?) { self.decide = decide }

    /// Whether nobody needs to be asked.
    var isEveryone: Bool { decide == nil }

    func verdict(_ principal: Principal, _ change: ServerChange) async -> Verdict { await decide?(principal, change) ?? .told }
}
