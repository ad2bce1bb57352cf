import Domain
import Fetch
import Policy

/// Why a page was not read, with all that an outcome or a fault needs.
struct PageFailure: Error, Sendable {
    let kind: PageOutcome.Kind
    let reason: PageOutcome.Reason
    let status: Int?
    /// A code for faults, such as `E_DNS_FAIL`.
    let code: String
    /// One sentence, safe for strangers.
    let message: String
    let limit: String?
    let hint: String?
    /// Whether the page may be there next time.
    let isTransient: Bool

    init(
        _ kind: PageOutcome.Kind, _ reason: PageOutcome.Reason, code: String, _ message: String, status: Int? = nil, limit: String? = nil,
        hint: String? = nil, isTransient: Bool = false
    ) {
        self.kind = kind
        self.reason = reason
        self.status = status
        self.code = code
        self.message = message
        self.limit = limit
        self.hint = hint
        self.isTransient = isTransient
    }

    /// What the client could not do. `rejection` is what the address gate said, if it spoke.
    init(_ error: FetchError, rejection: Rejection?) {
        func failed(_ reason: PageOutcome.Reason, _ code: String, hint: String? = nil, limit: String? = nil) -> PageFailure {
            PageFailure(
                .failed, reason, code: code, Self.sentence(error.message), limit: limit, hint: hint,
                isTransient: error.isRetryable || error.code == .timeout)
        }
        switch error.code {
        case .dns: self = failed(.dns, "E_DNS_FAIL", hint: "Check the spelling of the host name.")
        case .tls: self = failed(.tls, "E_TLS", hint: "Check the certificate of the site.")
        case .timeout: self = failed(.timeout, "E_NET_READ", hint: "Try again when the site answers.")
        case .connect, .connectionLost, .overloaded: self = failed(.connection, "E_NET_CONNECT", hint: "Check that the site is up.")
        case .tooLarge: self = failed(.tooLarge, "E_FILE_SIZE")
        case .refusedAddress:
            self =
                rejection.map(PageFailure.init)
                ?? failed(.refused, Rejection.Code.privateNetwork.description)
        default: self = failed(.malformed, "E_NET_PROTOCOL")
        }
    }

    /// What a gate refused.
    init(_ rejection: Rejection) {
        let isRedirect = rejection.code == .redirectDenied || rejection.code == .redirectLoop
        self.init(
            .failed, isRedirect ? .redirects : .refused, code: rejection.code.description, rejection.message, limit: rejection.limit,
            hint: rejection.hint)
    }

    /// The outcome for the page at `url`.
    func outcome(_ url: SiteURL, final: SiteURL?, depth: Int) -> PageOutcome {
        PageOutcome(
            url: url, finalURL: final, kind: kind, reason: reason, status: status, detail: kind == .gone ? nil : "\(code): \(message)",
            depth: depth, isTransient: isTransient)
    }

    /// The end of a crawl whose start page could not be read.
    var startFault: Fault {
        let category: Fault.Category =
            switch reason {
            case .refused: .security
            case .timeout: .timeout
            default: .network
            }
        return Fault(
            category, code: code, "The start page cannot be read: \(message)", field: "web_url", limit: limit, hint: hint,
            isTransient: isTransient)
    }

    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + "."
    }
}
