import Domain
import Fetch
import Primitives

/// Reads the `robots.txt` of a site (RFC 9309, 2.3).
struct RobotsReader {
    let pages: PageFetcher

    /// The rules for this crawler. Without the file (any 4xx) nothing is forbidden.
    ///
    /// - Throws: ``Fault`` when the site cannot be reached or answers with a server error: everything counts as forbidden then.
    func rules(for root: SiteURL, obeys: Bool) async throws -> RobotsRules {
        guard obeys else { return .none }
        do throws {
            let answer = try await pages.read(
                root.with(path: "/robots.txt"), known: nil, accepts: { _ in nil }, wantsBody: { $0.status == 200 })
            switch answer.response.status {
            case 200..<300: return RobotsRules(answer.response.body, agent: PageFetcher.agent)
            case 400..<500 where answer.response.status != 429: return .none
            default:
                let status = answer.response.status
                throw PageFailure(
                    .failed, .status, code: "E_HTTP_STATUS", "The site answers \(status) for its robots.txt.", status: status,
                    hint: "Try again later.", isTransient: true)
            }
        } catch let failure as PageFailure {
            // A file that goes in circles or is too large says nothing that could be obeyed.
            if failure.reason == .redirects || failure.reason == .tooLarge { return .none }
            throw failure.startFault
        }
    }
}
