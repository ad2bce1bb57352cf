/// Where sessions and the streams of their calls are kept: the same for all replicas, so that any of them answers any request.
///
/// All of it may be lost: clients then get 404 and begin a new session. A store forgets sessions that have not been asked for in a while.
public protocol SessionStore: Sendable {
    /// Stores a new session.
    ///
    /// - Throws: an error when there is no room.
    func insert(_ session: Session) async throws

    /// The session `id`, which lives on for as long again; nil when there is none.
    func session(_ id: String) async throws -> Session?

    /// Makes `change`, together with those of other replicas. Nothing happens when the session is gone.
    func change(_ id: String, _ change: Session.Change) async throws

    /// Removes the session and its streams.
    ///
    /// - Returns: false when there was none.
    func remove(_ id: String) async throws -> Bool

    /// Appends an event to a stream of a session, which begins with its first event. The oldest events go when there are too many.
    ///
    /// - Returns: the number of the event in its stream; the first is 1.
    @discardableResult func append(_ event: SessionEvent, to stream: String, of session: String) async throws -> Int

    /// The events of a stream that come after the number `number`, in order; nil when there is no such stream in this session.
    func events(of stream: String, in session: String, after number: Int) async throws -> [NumberedSessionEvent]?
}

/// One event in the stream of a call.
public enum SessionEvent: Sendable, Hashable {
    /// The call has begun and said nothing yet: a client can come back already.
    case begin
    /// A message to the client.
    case message(JSONValue)
    /// The connection ends here; the client comes back for the rest.
    case pause
    /// The last message: the result. Nil when there is none, because the call was cancelled.
    case end(JSONValue?)

    /// The event as a document, for stores that keep such.
    public var document: JSONValue {
        switch self {
        case .begin: ["begin": true]
        case .message(let message): ["message": message]
        case .pause: ["pause": true]
        case .end(let message): message.map { ["message": $0, "end": true] } ?? ["end": true]
        }
    }

    /// Reads a document; nil when it is not one of an event.
    public init?(document: JSONValue) {
        if document["end"] == true {
            self = .end(document["message"])
        } else if document["begin"] == true {
            self = .begin
        } else if document["pause"] == true {
            self = .pause
        } else if let message = document["message"] {
            self = .message(message)
        } else {
            return nil
        }
    }
}

/// An event with its place.
public struct NumberedSessionEvent: Sendable, Hashable {
    /// The place in the stream; the first is 1.
    public let number: Int
    /// The event.
    public let event: SessionEvent

    /// The event at `number`.
    public init(number: Int, event: SessionEvent) { (self.number, self.event) = (number, event) }
}
