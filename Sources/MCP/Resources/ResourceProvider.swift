/// The resources of a server.
public protocol ResourceProvider<Principal>: Sendable {
    /// What the server knows about its caller.
    associatedtype Principal: Sendable

    /// How long clients may keep lists and contents.
    var cachePolicy: CachePolicy { get }

    /// One page of the resources that the caller may see, in an order that does not change between pages.
    ///
    /// - Parameter cursor: where the page begins: what an earlier page gave as `nextCursor`; nil for the first.
    /// - Throws: `ProtocolError.invalidCursor` for a cursor that it did not make.
    func resources(after cursor: String?, context: RequestContext<Principal>) async throws -> ResourcePage

    /// The patterns of resources that are not listed one by one; few.
    func templates(context: RequestContext<Principal>) async throws -> [ResourceTemplate]

    /// The contents of the resource at `uri`; nil when there is none, or none that the caller may see.
    func contents(of uri: String, context: RequestContext<Principal>) async throws -> [ResourceContents]?

    /// Those of `uris` of whose changes the caller may be told. By default, those that it could read, read one by one.
    func subscribable(_ uris: Set<String>, context: RequestContext<Principal>) async throws -> Set<String>
}

extension ResourceProvider {
    public func subscribable(_ uris: Set<String>, context: RequestContext<Principal>) async throws -> Set<String> {
        var found: Set<String> = []
        for uri in uris where try await contents(of: uri, context: context)?.isEmpty == false { found.insert(uri) }
        return found
    }
}

/// A part of a list of resources.
public struct ResourcePage: Sendable, Hashable {
    /// The resources.
    public let resources: [ResourceDescription]
    /// Where the next page begins; nil on the last.
    public let nextCursor: String?

    /// A page of `resources`.
    public init(resources: [ResourceDescription], nextCursor: String? = nil) {
        self.resources = resources
        self.nextCursor = nextCursor
    }
}

extension ProtocolError {
    /// A cursor that this server did not make, or not for this list.
    public static let invalidCursor = ProtocolError(
        .invalidParams, "Invalid cursor: use one from the last page of this list, or none to begin again")
}
