import Domain
import Fetch
import FoundationEssentials
import Primitives

/// The requests to GitHub's REST API that a repository is read with.
struct GitHubAPI: Sendable {
    /// The state of a branch.
    struct Head: Sendable, Hashable {
        let branch: String
        let commit: String
        let tree: String
    }

    /// Answers to conditional requests: those that GitHub confirms with 304 do not count against the allowance.
    typealias Memory = ETagMemory<Head>

    let location: GitHubLocation
    let client: ProviderClient
    let memory: Memory

    init(_ location: GitHubLocation, access: ProviderAccess, limits: CrawlLimits, transport: ProviderTransport, memory: Memory) {
        self.location = location
        self.memory = memory
        client = ProviderClient(
            name: "GitHub", access: access, headers: ["X-GitHub-Api-Version": "2022-11-28"],
            interval: limits.requestsPerSecond.map { $0 > 0 ? .seconds(1 / $0) : .zero } ?? .zero, limits: limits, transport: transport)
    }

    /// The newest commit of the branch.
    ///
    /// - Throws: ``Fault`` with the field `web_url` or `options.branch` when there is no such repository or branch.
    func head() async throws -> Head {
        let branch: String
        if let named = location.branch {
            branch = named
        } else {
            let answer = try await client.send(call("", accepted: [200, 404]))
            guard answer.status == 200 else { throw missing("repository \(location.subject)", field: "web_url") }
            branch = try ProviderJSON.decode(GitHubAnswers.Repository.self, from: answer.body, of: client.name).default_branch
        }
        var call = call("/branches/\(URLText.encoded(branch, isSegment: true))", accepted: [200, 304, 404])
        let remembered = memory[key(call.path)]
        call.etag = remembered?.etag
        let answer = try await client.send(call)
        if answer.status == 304, let remembered { return remembered.value }
        guard answer.status == 200 else {
            throw missing("branch \(branch) in \(location.subject)", field: location.branch == nil ? "web_url" : "options.branch")
        }
        let found = try ProviderJSON.decode(GitHubAnswers.Branch.self, from: answer.body, of: client.name)
        let head = Head(branch: found.name, commit: found.commit.sha, tree: found.commit.commit.tree.sha)
        guard Self.isHash(head.commit), Self.isHash(head.tree) else { throw malformed("a branch without the hash of its commit") }
        if let etag = answer.headers["ETag"] { memory[key(call.path)] = (etag, head) }
        return head
    }

    /// What a tree holds.
    /// - Parameter recursive: with everything below; the answer may then be truncated.
    func tree(_ hash: String, recursive: Bool) async throws -> GitHubAnswers.Tree {
        guard Self.isHash(hash) else { throw malformed("a folder without a hash") }
        return try await client.json(GitHubAnswers.Tree.self, call("/git/trees/\(hash)\(recursive ? "?recursive=1" : "")"))
    }

    /// The bytes of a file, which the hash names for good.
    /// - Parameter size: as the tree tells it.
    func blob(_ hash: String, size: Int) async throws -> [UInt8] {
        guard Self.isHash(hash) else { throw malformed("a file without a hash") }
        var call = call("/git/blobs/\(hash)")
        call.accept = "application/vnd.github.raw+json"
        // Base64 with line breaks, should the server not send the bytes themselves.
        call.limit = ByteCount(bytes: size + size / 2 + 16_384)
        let answer = try await client.send(call)
        var bytes = answer.body
        if answer.headers["Content-Type"]?.hasPrefix("application/json") == true {
            let blob = try ProviderJSON.decode(GitHubAnswers.Blob.self, from: bytes, of: client.name)
            guard blob.encoding == "base64", let data = Data(base64Encoded: blob.content.filter { !$0.isWhitespace }) else {
                throw malformed("a file in an unknown encoding")
            }
            bytes = Array(data)
        }
        guard bytes.count == size else { throw malformed("\(bytes.count) of \(size) bytes of a file") }
        return bytes
    }

    // MARK: - Lists

    /// The path of the list of commits from `commit` back.
    func commitsPath(_ commit: String) -> String { call("/commits?sha=\(commit)&per_page=100").path }

    /// The path of a commit with its files.
    func commitPath(_ hash: String) throws(Fault) -> String {
        guard Self.isHash(hash) else { throw malformed("a commit without a hash") }
        return call("/commits/\(hash)?per_page=100").path
    }

    /// One answer of a list, and the address of the next one, as the `Link` header tells it.
    func list<Value: Decodable>(_ type: Value.Type, _ path: String) async throws -> (value: Value, next: String?) {
        var call = ProviderClient.Call(path: path, accepted: [200])
        call.accept = "application/vnd.github+json"
        let answer = try await client.send(call)
        return (try ProviderJSON.decode(type, from: answer.body, of: client.name), LinkField.target("next", in: answer.headers))
    }

    private func call(_ path: String, accepted: Set<Int> = [200]) -> ProviderClient.Call {
        var call = ProviderClient.Call(path: "/repos/\(location.owner)/\(location.name)\(path)")
        call.accept = "application/vnd.github+json"
        call.accepted = accepted
        return call
    }

    /// One caller's answers are not another's.
    private func key(_ path: String) -> String { "\(location.credential ?? "") \(client.access.base)\(path)" }

    private func missing(_ what: String, field: String) -> Fault {
        Fault(
            .notFound, code: "E_PROVIDER_NOT_FOUND", "GitHub knows no \(what).", field: field,
            hint: location.credential == nil
                ? "Check the spelling; a private repository needs options.credential."
                : "Check the spelling, and that the token may read the repository's contents.")
    }

    private func malformed(_ what: String) -> Fault {
        Fault(.network, code: "E_NET_PROTOCOL", "GitHub sends \(what).", hint: "Try again.", isTransient: true)
    }

    static func isHash(_ text: String) -> Bool {
        (text.utf8.count == 40 || text.utf8.count == 64)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
