import Domain
import Fetch
import FoundationEssentials
import Glibc
import Policy
import Primitives

/// Fetches an archive into a file: redirects hop by hop through the gates, retries, a bound on the size.
struct ArchiveDownload: Sendable {
    /// Largest archive.
    static let maximumSize = ByteCount.mebibytes(512)
    /// Longest time for one attempt.
    static let timeout = Duration.seconds(600)

    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry
    let timing: CrawlTiming
    private let backoff = Backoff(base: .milliseconds(500), limit: .seconds(10))

    init(fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, timing: CrawlTiming) {
        (self.fetcher, self.policy, self.gates, self.timing) = (fetcher, policy, gates, timing)
    }

    /// Writes what `url` answers into a new file at `path`.
    ///
    /// - Parameter retries: tries beyond the first after a transient failure.
    /// - Throws: ``Domain/Fault`` with field `web_url`, `CancellationError`.
    func fetch(_ url: SiteURL, to path: String, retries: Int) async throws { _ = try await answer(url, to: path, retries: retries) }

    /// As ``fetch(_:to:retries:)``; returns the head of the answer.
    func answer(_ url: SiteURL, to path: String, retries: Int) async throws -> FetchHead {
        try await retrying(retries) {
            let answer = try await follow(url, "GET")
            try await write(answer.body, to: path)
            return answer.head
        }
    }

    /// What `url` answers when only the head is asked for; by a GET whose body is let go where servers do not know HEAD.
    func head(_ url: SiteURL, retries: Int) async throws -> FetchHead {
        try await retrying(retries) {
            do {
                return try await follow(url, "HEAD").head
            } catch {
                guard let failure = error as? PageFailure, [400, 403, 405, 501].contains(failure.status) else { throw error }
                return try await follow(url, "GET").head
            }
        }
    }

    /// What `url` answers, at most `limit`.
    func bytes(_ url: SiteURL, limit: ByteCount, retries: Int) async throws -> [UInt8] {
        try await retrying(retries) {
            var bytes: [UInt8] = []
            var iterator = try await follow(url, "GET", limit: limit).body.makeAsyncIterator()
            while let part = try await Self.next(&iterator) { bytes += part }
            return bytes
        }
    }

    private func retrying<Result>(_ retries: Int, _ work: () async throws -> Result) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await work()
            } catch {
                guard let failure = error as? PageFailure else { throw error }
                guard failure.isTransient, attempt <= retries else { throw Self.fault(failure) }
            }
            try await timing.sleep(backoff.delay(afterAttempt: attempt))
            attempt += 1
        }
    }

    private func follow(_ url: SiteURL, _ method: String, limit: ByteCount = maximumSize) async throws -> FetchStream {
        var visited = [try accepted(gates.evaluate(URLGate(policy), url.description))]
        while true {
            let answer = try await ask(method, visited[visited.count - 1], limit)
            let status = answer.head.status
            switch status {
            case 200: return answer
            case 301, 302, 303, 307, 308:
                let hop = RedirectGate.Hop(visited: visited, location: answer.head.headers["Location"] ?? "")
                visited.append(try accepted(gates.evaluate(RedirectGate(policy), hop)))
            default:
                throw PageFailure(
                    .failed, .status, code: "E_HTTP_STATUS", "The server answers with status \(status).", status: status,
                    hint: "Check the address.", isTransient: PageFetcher.isTransient(status))
            }
        }
    }

    private func accepted(_ result: GateResult<SiteURL>) throws -> SiteURL {
        switch result {
        case .accepted(let url): return url
        case .rejected(let rejection): throw PageFailure(rejection)
        }
    }

    private func ask(_ method: String, _ url: SiteURL, _ limit: ByteCount) async throws -> FetchStream {
        let rejection = Locked<Rejection?>(nil)
        var request = FetchRequest(method, url.description, totalTimeout: Self.timeout, maximumBody: limit)
        request.idleTimeout = .seconds(30)
        // The archive itself is wanted, and its size is what counts.
        request.acceptsCompression = false
        request.addressGuard = { [gates, policy] resolved in
            guard let address = IPAddress(bytes: resolved.bytes) else { return .refuse(reason: "unknown kind of address") }
            switch gates.evaluate(AddressGate(policy), AddressGate.Endpoint(address: address, port: resolved.port)) {
            case .accepted: return .allow
            case .rejected(let reason):
                rejection.withLock { $0 = reason }
                return .refuse(reason: reason.description)
            }
        }
        do throws(FetchError) {
            return try await fetcher.stream(request)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            throw PageFailure(error, rejection: rejection.withLock { $0 })
        }
    }

    private func write(_ body: FetchBody, to path: String) async throws {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.full(errno) }
        defer { close(file) }
        var iterator = body.makeAsyncIterator()
        var waiting: [UInt8] = []
        while true {
            let part = try await Self.next(&iterator)
            if let part { waiting += part }
            guard part == nil || waiting.count >= 1 << 20 else { continue }
            let bytes = waiting
            waiting.removeAll(keepingCapacity: true)
            try await BlockingWork.run { _ in try Self.append(bytes, to: file) }
            if part == nil { return }
        }
    }

    private static func next(_ iterator: inout FetchBody.Iterator) async throws -> [UInt8]? {
        do throws(FetchError) {
            return try await iterator.next()
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            throw PageFailure(error, rejection: nil)
        }
    }

    private static func append(_ bytes: [UInt8], to file: Int32) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
            guard count > 0 || errno == EINTR else { throw full(errno) }
            written += max(count, 0)
        }
    }

    private static func full(_ number: Int32) -> Fault {
        Fault(
            .resourceExhausted, code: "E_STORAGE", "The archive cannot be stored (errno \(number)).",
            hint: "Check space and rights of PORTOLAN_WORK_DIR.", isTransient: true)
    }

    private static func fault(_ failure: PageFailure) -> Fault {
        let fault = failure.startFault
        return Fault(
            fault.category, code: fault.code, "The archive cannot be read: \(failure.message)", field: fault.field,
            limit: failure.reason == .tooLarge ? maximumSize.description : fault.limit, hint: fault.hint, isTransient: fault.isTransient)
    }
}
