import FoundationEssentials
import Primitives

/// A repository behind the parts of GitHub's REST API that a reader uses, as an answer for the ``LoopbackHTTPServer``: branches, trees, blobs,
/// entity tags, the allowance, refusals.
///
/// The shapes and headers are those of GitHub's published examples; hashes are stable, but not git's.
package final class GitHubStandIn: Sendable {
    /// What the server does beside answering.
    package struct Behavior: Sendable {
        /// The token that requests must bring; nil asks for none.
        package var token: String?
        /// Requests that are still allowed; nil counts none.
        package var allowance: Int?
        /// Seconds until the allowance is full again.
        package var reset = 1800
        /// Entries of a tree answer with everything below; one more is cut off.
        package var treeLimit = 100_000
        /// Commits, and files of a commit, in one answer at most.
        package var pageSize = 100
        /// The history was rewritten: the newest commit has no parent.
        package var isRewritten = false
        /// Whether blobs come as JSON in base64, as from an old server.
        package var sendsBase64 = false
        /// The repository was renamed: its old name redirects.
        package var isMoved = false
        /// Answers to give instead, once each and in order, for requests whose path contains the text.
        package var instead: [(path: String, response: HTTPServerResponse)] = []

        package init() {}
    }

    struct State: Sendable {
        var files: [String: File] { didSet { folders = GitHubStandIn.folders(files) } }
        /// Hashes by path; every path but the root's, which is empty, ends with a slash.
        var folders: [String: String] = [:]
        var commits = 1
        /// What each commit after the first did, as JSON of its files.
        var history: [[String]] = []
        var behavior = Behavior()
    }
    struct File: Sendable {
        let content: [UInt8]
        let mode: String
        let hash: String

        init(content: [UInt8], mode: String = "100644") {
            (self.content, self.mode, hash) = (content, mode, GitHubStandIn.hash(content))
        }
    }

    /// The name of the branch, which is the default one.
    package let branch: String
    private let repository: String
    private let state: Locked<State>

    /// - Parameters:
    ///   - repository: `OWNER/NAME`.
    ///   - files: texts by path.
    package init(_ repository: String = "octocat/hello-world", branch: String = "main", files: [String: String] = [:]) {
        self.repository = repository
        self.branch = branch
        let files = files.mapValues { File(content: Array($0.utf8)) }
        state = Locked(State(files: files, folders: Self.folders(files)))
    }

    /// Changes what the server does.
    package func behave(_ change: @Sendable (inout Behavior) -> Void) { state.withLock { change(&$0.behavior) } }

    /// Commits `content` under `path`; nil removes the file.
    package func commit(_ path: String, _ content: [UInt8]?, mode: String = "100644") {
        state.withLock { state in
            let status = content == nil ? "removed" : state.files[path] == nil ? "added" : "modified"
            state.files[path] = content.map { File(content: $0, mode: mode) }
            state.commits += 1
            state.history.append([#"{"filename":"\#(Self.escaped(path))","status":"\#(status)"}"#])
        }
    }

    /// Commits `text` under `path`; nil removes the file.
    package func commit(_ path: String, text: String?) { commit(path, text.map { Array($0.utf8) }) }

    /// Commits a file under another path.
    package func rename(_ path: String, to other: String) {
        state.withLock { state in
            state.files[other] = state.files.removeValue(forKey: path)
            state.commits += 1
            state.history.append([
                #"{"filename":"\#(Self.escaped(other))","status":"renamed","previous_filename":"\#(Self.escaped(path))"}"#
            ])
        }
    }

    /// Commits files that are new, all at once.
    package func commit(_ files: [String: String]) {
        state.withLock { state in
            for (path, text) in files { state.files[path] = File(content: Array(text.utf8)) }
            state.commits += 1
            state.history.append(files.keys.sorted().map { #"{"filename":"\#(Self.escaped($0))","status":"added"}"# })
        }
    }

    /// Hash of the newest commit.
    package var head: String { state.withLock { Self.hash("commit \($0.commits)") } }

    /// Hashes of the files by path.
    package var hashes: [String: String] { state.withLock { $0.files.mapValues(\.hash) } }

    /// GitHub's answer.
    package func respond(to request: HTTPServerRequest) -> HTTPServerResponse {
        state.withLock { state in
            if let index = state.behavior.instead.firstIndex(where: { request.target.contains($0.path) }) {
                return state.behavior.instead.remove(at: index).response
            }
            if let token = state.behavior.token, request["authorization"] != "Bearer \(token)" {
                return Self.refusal("Bad credentials", status: 401)
            }
            if let left = state.behavior.allowance {
                guard left > 0 else {
                    return limited(
                        Self.refusal(
                            "API rate limit exceeded for 127.0.0.1. (But here's the good news: Authenticated requests get more.)",
                            status: 403),
                        left: 0, state.behavior)
                }
                let response = answer(request, state)
                // What is confirmed to be unchanged costs nothing.
                if response.status != 304 { state.behavior.allowance = left - 1 }
                return limited(response, left: response.status == 304 ? left : left - 1, state.behavior)
            }
            return limited(answer(request, state), left: 4999, state.behavior)
        }
    }

    private func limited(_ response: HTTPServerResponse, left: Int, _ behavior: Behavior) -> HTTPServerResponse {
        var response = response
        let reset = Int(Date().timeIntervalSince1970) + behavior.reset
        response.headers += [
            ("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "\(left)"), ("x-ratelimit-used", "\(5000 - left)"),
            ("x-ratelimit-reset", "\(reset)"), ("x-ratelimit-resource", "core"), ("x-github-media-type", "github.v3; format=json"),
        ]
        return response
    }

    private func answer(_ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        var path = request.path
        if path == "/repositories/1" || path.hasPrefix("/repositories/1/") {
            path = "/repos/\(repository)" + path.dropFirst("/repositories/1".count)
        } else if state.behavior.isMoved, path.hasPrefix("/repos/\(repository)") {
            let rest = path.dropFirst("/repos/\(repository)".count)
            let target = "/repositories/1\(rest)" + (request.query.map { "?\($0)" } ?? "")
            return .bytes(
                Array(#"{"message":"Moved Permanently","url":"\#(target)"}"#.utf8), status: 301,
                headers: [("location", target), ("content-type", Self.jsonType)])
        }
        guard path.lowercased().hasPrefix("/repos/\(repository)") else { return Self.refusal("Not Found", status: 404) }
        let parts = path.split(separator: "/").dropFirst(3).map(String.init)
        switch parts.first {
        case nil:
            return tagged(
                #"{"id":1,"name":"\#(repository.split(separator: "/")[1])","full_name":"\#(repository)","private":false,"#
                    + #""default_branch":"\#(branch)","archived":false,"disabled":false}"#, request)
        case "branches" where parts.count == 2:
            guard parts[1] == branch.replacing("/", with: "%2F") else { return Self.refusal("Branch not found", status: 404) }
            return tagged(branchJSON(state), request)
        case "commits" where parts.count == 1: return commitList(request, state)
        case "commits" where parts.count == 2:
            guard let number = Self.number(of: parts[1], state) else {
                return Self.refusal("No commit found for SHA: \(parts[1])", status: 422)
            }
            let files = number > 1 ? state.history[number - 2] : []
            return window(files, request, state) { #"{\#(Self.commit(number, state)),"files":[\#($0)]}"# }
        case "git" where parts.count == 3 && parts[1] == "trees":
            return tree(parts[2], isRecursive: request.query == "recursive=1", state).map { tagged($0, request) }
                ?? Self.refusal("Not Found", status: 404)
        case "git" where parts.count == 3 && parts[1] == "blobs": return blob(parts[2], request, state)
        default: return Self.refusal("Not Found", status: 404)
        }
    }

    private func branchJSON(_ state: State) -> String {
        let commit = Self.hash("commit \(state.commits)")
        let tree = state.folders["", default: ""]
        let person = #"{"name":"The Octocat","email":"octocat@nowhere.com","date":"2026-03-06T15:06:50Z"}"#
        return #"{"name":"\#(branch)","commit":{"sha":"\#(commit)","node_id":"","commit":{"author":\#(person),"committer":\#(person),"#
            + #""message":"Commit \#(state.commits)","tree":{"sha":"\#(tree)","url":""},"url":"","comment_count":0},"parents":[]},"protected":false}"#
    }

    private func tree(_ hash: String, isRecursive: Bool, _ state: State) -> String? {
        guard let folder = state.folders.first(where: { $0.value == hash })?.key else { return nil }
        var rows: [(path: String, json: String)] = []
        for (path, sha) in state.folders where path != folder && path.hasPrefix(folder) {
            let rest = String(path.dropFirst(folder.count).dropLast())
            guard isRecursive || !rest.contains("/") else { continue }
            rows.append((rest, #"{"path":"\#(Self.escaped(rest))","mode":"040000","type":"tree","sha":"\#(sha)","url":""}"#))
        }
        for (path, file) in state.files where path.hasPrefix(folder) {
            let rest = String(path.dropFirst(folder.count))
            guard isRecursive || !rest.contains("/") else { continue }
            let row =
                #"{"path":"\#(Self.escaped(rest))","mode":"\#(file.mode)","type":"blob","#
                + #""size":\#(file.content.count),"sha":"\#(file.hash)","url":""}"#
            rows.append((rest, row))
        }
        rows.sort { $0.path < $1.path }
        let isTruncated = isRecursive && rows.count > state.behavior.treeLimit
        if isTruncated { rows.removeLast(rows.count - state.behavior.treeLimit) }
        return #"{"sha":"\#(hash)","url":"","tree":[\#(rows.map(\.json).joined(separator: ","))],"truncated":\#(isTruncated)}"#
    }

    private func blob(_ hash: String, _ request: HTTPServerRequest, _ state: State) -> HTTPServerResponse {
        guard let file = state.files.values.first(where: { $0.hash == hash }) else {
            return Self.refusal("Not Found", status: 404)
        }
        let isRaw = request["accept"]?.contains("raw") == true && !state.behavior.sendsBase64
        if isRaw {
            return .bytes(
                file.content, headers: [("content-type", "application/vnd.github.raw+json; charset=utf-8"), ("etag", "\"\(hash)\"")])
        }
        let text = Data(file.content).base64EncodedString()
        let lines = stride(from: 0, to: text.utf8.count, by: 60).map { text.dropFirst($0).prefix(60) }.joined(separator: #"\n"#)
        return tagged(
            #"{"sha":"\#(hash)","node_id":"","size":\#(file.content.count),"url":"","content":"\#(lines)\n","encoding":"base64"}"#, request)
    }

    // MARK: - Answers

    private static let jsonType = "application/json; charset=utf-8"

    private func tagged(_ json: String, _ request: HTTPServerRequest) -> HTTPServerResponse {
        let tag = "W/\"\(Self.hash(json))\""
        let headers = [("content-type", Self.jsonType), ("etag", tag), ("cache-control", "public, max-age=60, s-maxage=60")]
        return request["if-none-match"] == tag ? .status(304, headers: headers) : .bytes(Array(json.utf8), headers: headers)
    }

    static func refusal(_ message: String, status: Int) -> HTTPServerResponse {
        .bytes(
            Array(#"{"message":"\#(message)","documentation_url":"https://docs.github.com/rest","status":"\#(status)"}"#.utf8),
            status: status,
            headers: [("content-type", jsonType)])
    }

    // MARK: - Hashes

    private static func folders(_ files: [String: File]) -> [String: String] {
        var entries: [String: [String]] = ["": []]
        for (path, file) in files {
            let parts = path.split(separator: "/")
            for count in parts.indices {
                let folder = parts[..<count].map { $0 + "/" }.joined()
                entries[folder, default: []].append("\(path.dropFirst(folder.count)) \(file.hash)")
            }
        }
        return entries.reduce(into: [:]) { $0[$1.key] = hash($1.key + "\n" + $1.value.sorted().joined(separator: "\n")) }
    }

    static func hash(_ text: String) -> String { hash(Array(text.utf8)) }

    /// FNV-1a, then mixed five times: 40 digits that depend on every byte.
    private static func hash(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return (1...5).map { round in
            let mixed = (value ^ (value >> 29)) &* (0xBF58_476D_1CE4_E5B9 &+ 2 &* UInt64(round))
            let text = String(UInt32(truncatingIfNeeded: mixed >> 32), radix: 16)
            return String(repeating: "0", count: 8 - text.count) + text
        }.joined()
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C }) else { return text }
        return text.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.map(String.init).joined()
    }
}
