import Domain
import Logging
import MCP
import Primitives

/// Tells clients that wait for changes what was published, at this replica; each replica listens for itself.
struct PublicationWatch: Sendable {
    let feed: any PublicationFeed
    let hub: MessageHub
    let audience: PublicationAudience
    let logger: Logger
    /// Ends what waits for changes: called when there may have been some that nobody was told of.
    let onGap: @Sendable () -> Void

    /// Listens until the task is cancelled.
    func run() async {
        let backoff = Backoff(base: .milliseconds(200), limit: .seconds(10))
        var failures = 0
        while !Task.isCancelled {
            let isFirst = failures == 0
            do {
                try await feed.listen {
                    // What happened in between is not known. A stream that ends makes its client look again, at its list and at every resource that
                    // it asked for; whoever listens anew from here on misses nothing.
                    if !isFirst { onGap() }
                    failures = 0
                } onNews: { news in
                    await tell(news)
                }
            } catch {
                if Task.isCancelled { return }
                logger.debug("not listening for publications", metadata: ["error": "\(String(reflecting: error))"])
            }
            failures += 1
            try? await Task.sleep(for: backoff.delay(afterAttempt: failures))
        }
    }

    private func tell(_ news: PublicationNews) async {
        audience.prepare(for: news)
        let all = SectionURI(documentation: news.documentation, path: "/").description
        if let paths = news.paths {
            for path in paths { hub.deliver(.resource(SectionURI(documentation: news.documentation, path: path).description)) }
        } else {
            hub.deliver(.resourcesUnder(all))
        }
        if news.changesList { hub.deliver(.resourcesListed(under: all)) }
    }
}
