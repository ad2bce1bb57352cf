/// A kind of source: checks what a caller asks for, says whether a source has changed, and makes the source that a job walks.
///
/// One connector serves all sources of its kind, in every process: the api checks addresses with it, the scheduler probes, the worker walks.
package protocol SourceConnector: Sendable {
    /// What it connects to; unique among the connectors of a deployment.
    var kind: SourceKind { get }

    /// The options that ``address(_:options:)`` understands, by name, with their meaning in one line.
    var options: [String: String] { get }

    /// Pages of one job when it is not the cap for websites that counts, within ``IngestionSettings/maxPagesRange``.
    var maximumPages: Int? { get }

    /// Checks a location and its options, without the network.
    ///
    /// - Parameters:
    ///   - location: as the caller wrote it, 1 to 2,048 bytes.
    ///   - options: values of up to 1,000 bytes; only names in ``options``.
    /// - Throws: ``Fault`` of category `validation` or `security` that names the field: `web_url`, or `options.` and the option's name.
    func address(_ location: String, options: [String: String]) throws(Fault) -> SourceAddress

    /// What tells the present state of the source from every other: as long as it stays the same, nothing has changed. Costs a request or two.
    ///
    /// - Returns: at most 1,000 bytes; nil when the source has no such thing, so that only a walk can tell.
    /// - Throws: ``Fault``, transient when the source is away or throttles; `CancellationError`.
    func cursor(_ settings: IngestionSettings) async throws -> String?

    /// As ``cursor(_:)``, for a connector that can tell whether what happened since `previous` concerns the source at all.
    ///
    /// - Parameter previous: what the last job of the source was queued with.
    /// - Returns: `previous` as long as nothing of the source has changed.
    func cursor(_ settings: IngestionSettings, after previous: String?) async throws -> String?

    /// Makes the source of one job.
    ///
    /// - Parameter extractLinks: finds the references of a page.
    /// - Throws: ``Fault`` when something that the settings name is missing here, such as a credential.
    func makeSource(_ settings: IngestionSettings, extractLinks: @escaping LinkExtractor) throws -> any DocumentSource
}

extension SourceConnector {
    package var maximumPages: Int? { nil }

    package func cursor(_ settings: IngestionSettings, after previous: String?) async throws -> String? { try await cursor(settings) }
}

/// Where a source is, in the form in which it is stored.
package struct SourceAddress: Sendable, Hashable {
    /// In normal form: two spellings of one source give the same. An absolute `http` or `https` URL; documentations are keyed by it.
    package var rootURL: String
    /// The library that the source belongs to when the caller names none.
    package var library: String
    /// What a webhook of the kind names this source by, such as `owner/repository` in lower case; nil when each webhook of the kind may be
    /// about it, or there are none.
    package var subject: String?
    /// Whether it lies in the operator's spool folder: whose items are for which library only callers who may see all of them can know.
    package var isSpooled: Bool

    package init(rootURL: String, library: String, subject: String? = nil, isSpooled: Bool = false) {
        (self.rootURL, self.library, self.subject, self.isSpooled) = (rootURL, library, subject, isSpooled)
    }
}
