import Domain
package import Fetch
import FoundationEssentials
package import Primitives
package import Resilience

/// An incoming webhook as Slack has them, and Mattermost, Rocket.Chat and others after it: `{"text": …}` by POST.
package struct IncomingWebhook: Notifier {
    private struct Message: Encodable {
        let text: String
    }

    private let fetcher: HTTPFetcher
    private let url: Redacted<String>
    private let dependency: Dependency

    /// - Parameters:
    ///   - url: whoever knows it can write to the channel.
    ///   - dependency: the circuit to the receiver.
    package init(fetcher: HTTPFetcher, url: Redacted<String>, dependency: Dependency = Dependencies().of("notifications")) {
        (self.fetcher, self.url, self.dependency) = (fetcher, url, dependency)
    }

    package func tell(_ text: String) async throws {
        let body = Array(try JSONEncoder().encode(Message(text: Self.escaped(text))))
        let request = FetchRequest(
            "POST", url.reveal(), headers: ["Content-Type": "application/json"], body: body, totalTimeout: .seconds(10),
            maximumBody: .kibibytes(64))
        let response: FetchResponse
        do throws(FetchError) {
            response = try await fetcher.send(request, through: dependency)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            // The client's own message may name the address.
            throw Fault(
                .network, code: "E_NOTIFY", "The receiver of notifications cannot be reached.", isTransient: true,
                retryAfter: error.retryAfter)
        }
        guard !(200...299).contains(response.status) else { return }
        throw Fault(
            .network, code: "E_NOTIFY", "The receiver of notifications answers \(response.status).", isTransient: true,
            retryAfter: RetryAfter.pause(response.headers["Retry-After"], now: Date(), limit: .seconds(900)))
    }

    /// Slack reads `<…>` as links and mentions, so that a name could call a whole channel.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
