import Digests
import Domain
package import Fetch
package import FoundationEssentials
package import Primitives
package import Resilience

/// Sends JSON to a receiver that can tell that it is from here: `X-Portolan-Signature` is `sha256=` and the HMAC-SHA256 of
/// `X-Portolan-Timestamp`, a dot and the body, in hexadecimal. `X-Portolan-Delivery` is the same in every repetition.
package struct SignedCallback: Sendable {
    private let fetcher: HTTPFetcher
    private let url: Redacted<String>
    private let secret: Redacted<String>
    private let dependency: Dependency

    /// - Parameters:
    ///   - secret: what the receiver knows too.
    ///   - dependency: the circuit to the receiver.
    package init(fetcher: HTTPFetcher, url: Redacted<String>, secret: Redacted<String>, dependency: Dependency) {
        (self.fetcher, self.url, self.secret, self.dependency) = (fetcher, url, secret, dependency)
    }

    /// The signature of `body` sent at `timestamp`, in seconds since 1970.
    package static func signature(_ body: [UInt8], timestamp: String, secret: String) -> String {
        "sha256=" + Authenticity.code(for: Array(timestamp.utf8) + [UInt8(ascii: ".")] + body, key: Array(secret.utf8)).hexadecimal
    }

    /// Sends `body` once.
    ///
    /// - Throws: ``Domain/Fault``, transient unless the receiver refuses the request for good; `CancellationError`.
    package func send(_ body: [UInt8], event: String, delivery: String, at date: Date = Date()) async throws {
        let timestamp = "\(Int64(date.timeIntervalSince1970))"
        var request = FetchRequest("POST", url.reveal(), body: body, totalTimeout: .seconds(10), maximumBody: .kibibytes(64))
        request.headers["Content-Type"] = "application/json"
        request.headers["X-Portolan-Event"] = event
        request.headers["X-Portolan-Delivery"] = delivery
        request.headers["X-Portolan-Timestamp"] = timestamp
        request.headers["X-Portolan-Signature"] = Self.signature(body, timestamp: timestamp, secret: secret.reveal())
        let response: FetchResponse
        do throws(FetchError) {
            response = try await fetcher.send(request, through: dependency)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            // The client's own message may name the address.
            throw Fault(
                .network, code: "E_ALERT", "The receiver of alerts cannot be reached.", isTransient: true, retryAfter: error.retryAfter)
        }
        guard !(200...299).contains(response.status) else { return }
        throw Fault(
            .network, code: "E_ALERT", "The receiver of alerts answers \(response.status).",
            isTransient: response.status == 408 || response.status == 429 || response.status >= 500,
            retryAfter: RetryAfter.pause(response.headers["Retry-After"], now: Date(), limit: .seconds(900)))
    }
}
