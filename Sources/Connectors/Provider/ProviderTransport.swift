import Domain
import Fetch
import Policy
import Primitives
import Resilience

/// Where a provider's API is, and as whom it is asked.
struct ProviderAccess: Sendable {
    let api: SiteURL
    /// Whether it is the provider's public API.
    var isHome = false
    let token: Redacted<String>?
    /// The account that the token belongs to, for providers that ask for both (RFC 7617); nil where the token says it all.
    var account: String?

    /// Scheme, host and port.
    var origin: String { String(api.with(path: "/").description.dropLast()) }

    /// The address that a path of the API is appended to.
    var base: String {
        let text = api.withoutQuery.description
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// What became of one request to a provider's API; the strings are stable.
package enum ProviderAnswer: String, Sendable, Hashable, CaseIterable {
    case ok
    /// The provider says that nothing has changed.
    case notModified = "not_modified"
    /// The provider asks to wait.
    case throttled
    /// The credential is not taken.
    case refused
    /// No answer, or one that cannot be used.
    case failed
}

/// Hears of each answer of a provider, by the name of its kind; called on any thread.
package typealias ProviderObserver = @Sendable (_ kind: String, _ answer: ProviderAnswer) -> Void

/// The shared client behind the gates: no connection goes where the policy does not let it.
struct ProviderTransport: Sendable {
    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry
    let timing: CrawlTiming
    /// The circuits to the providers.
    let dependencies: Dependencies
    /// Hears of each answer.
    var onAnswer: ProviderObserver = { _, _ in }

    /// Where an API is asked, after the URL gate, and the token for it.
    ///
    /// - Parameters:
    ///   - text: the API's address.
    ///   - home: the origin of the provider's public API.
    ///   - account: the account that the token belongs to.
    /// - Throws: ``Fault`` that names `options.api_url` or `options.credential`.
    func access(
        _ text: String, credential: String?, home: String, in credentials: CredentialStore, account: String? = nil
    ) throws(Fault) -> ProviderAccess {
        let api = try gates.checked(text, policy: policy, field: "options.api_url")
        var access = ProviderAccess(api: api, token: nil)
        if let credential {
            access = ProviderAccess(api: api, token: try credentials.token(credential, for: api, home: home), account: account)
        }
        access.isHome = access.origin == home
        return access
    }

    /// Sends `request` once.
    /// - Throws: `CancellationError`.
    func request(_ request: FetchRequest) async throws(CancellationError) -> Result<FetchResponse, PageFailure> {
        let rejection = Locked<Rejection?>(nil)
        var request = request
        request.addressGuard = { [gates, policy] resolved in
            guard let address = IPAddress(bytes: resolved.bytes) else { return .refuse(reason: "unknown kind of address") }
            let endpoint = AddressGate.Endpoint(address: address, port: resolved.port)
            switch gates.evaluate(AddressGate(policy, field: "options.api_url"), endpoint) {
            case .accepted: return .allow
            case .rejected(let reason):
                rejection.withLock { $0 = reason }
                return .refuse(reason: reason.description)
            }
        }
        do throws(FetchError) {
            return .success(try await fetcher.send(request))
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            return .failure(PageFailure(error, rejection: rejection.withLock { $0 }))
        }
    }
}
