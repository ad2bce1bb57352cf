/// Completes what a person types for an argument of a prompt or a variable of a template of resources.
public protocol CompletionProvider<Principal>: Sendable {
    /// What the server knows about its caller.
    associatedtype Principal: Sendable

    /// Values that the caller may see for what `request` asks, best first. More than 100 are cut off.
    ///
    /// The endpoint has checked that the prompt and its argument, or the template, exist. Throw `ProtocolError` of `invalidParams` for what else
    /// does not; none is a fine answer, too.
    func complete(_ request: CompletionRequest, context: RequestContext<Principal>) async throws -> Completion
}

/// What is to be completed.
public struct CompletionRequest: Sendable, Hashable {
    /// What the argument belongs to.
    public enum Reference: Sendable, Hashable {
        /// A prompt, by name.
        case prompt(String)
        /// A template of resources, or a resource, by URI.
        case resource(String)
    }

    /// What the argument belongs to.
    public let reference: Reference
    /// The name of the argument or the variable.
    public let argument: String
    /// What has been typed so far; may be empty.
    public let value: String
    /// The other arguments, as far as they have been filled in.
    public let others: [String: String]
}

/// Values to choose from.
public struct Completion: Sendable, Hashable {
    /// The largest number of values in an answer.
    public static let maximumCount = 100

    /// The values, best first.
    public let values: [String]
    /// How many there are in all, when that is known.
    public let total: Int?
    /// Whether there are more than these.
    public let hasMore: Bool

    /// - Parameters:
    ///   - values: the values, best first; those beyond 100 are cut off and counted as more.
    ///   - total: how many there are in all, when that is known.
    ///   - hasMore: whether there are more than these.
    public init(_ values: some Collection<String>, total: Int? = nil, hasMore: Bool = false) {
        self.values = Array(values.prefix(Self.maximumCount))
        self.total = total
        self.hasMore = hasMore || values.count > Self.maximumCount || total.map { $0 > values.count } ?? false
    }

    var json: JSONValue {
        var object: JSONObject = ["values": .array(values.map(JSONValue.string))]
        object["total"] = total.map(JSONValue.integer)
        object["hasMore"] = .bool(hasMore)
        return .object(object)
    }
}
