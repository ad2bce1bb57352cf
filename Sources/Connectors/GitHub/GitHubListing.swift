import Domain
import Primitives

/// Finds the files of a folder at one commit, in the order of their paths.
struct GitHubListing {
    /// A file that has one of the endings.
    struct File: Sendable, Hashable {
        /// From the root of the repository.
        let path: String
        let sha: String
        let size: Int
        let type: PageContentType
    }

    /// Trees that are asked for at most, and entries that are looked at.
    static let maximumTrees = 5000
    static let maximumEntries = 1_000_000

    private let api: GitHubAPI
    private(set) var files: [File] = []
    /// Files that are symbolic links: what they point to is read where it lies.
    private(set) var links: [String] = []
    /// Whether every tree was read to its end.
    private(set) var isWhole = true
    private var trees = 0
    private var entries = 0

    init(_ api: GitHubAPI) { self.api = api }

    /// Lists everything below the location's folder.
    ///
    /// - Throws: ``Fault`` with the field `web_url` when there is no such folder.
    mutating func read(_ head: GitHubAPI.Head) async throws {
        let folder = api.location.folder
        var hash = head.tree
        var path: [Substring] = []
        for segment in folder.split(separator: "/") {
            let tree = try await tree(hash, recursive: false)
            path.append(segment)
            guard let entry = tree.tree.first(where: { $0.path == segment }), entry.type == "tree" || entry.type == "blob" else {
                throw Self.missing(folder, head)
            }
            if entry.type == "blob" {
                guard path.joined(separator: "/") == folder else { throw Self.missing(folder, head) }
                add(entry, path: folder)
                return
            }
            hash = entry.sha
        }
        try await descend(hash, prefix: folder.isEmpty ? "" : folder + "/")
        files.sort { $0.path < $1.path }
    }

    /// One request for everything; where the answer is cut off, one for each folder.
    private mutating func descend(_ hash: String, prefix: String) async throws {
        let all = try await tree(hash, recursive: true)
        if !all.truncated {
            for entry in all.tree { add(entry, path: prefix + entry.path) }
            return
        }
        let own = try await tree(hash, recursive: false)
        if own.truncated { isWhole = false }
        for entry in own.tree {
            if entry.type == "tree" {
                try await descend(entry.sha, prefix: prefix + entry.path + "/")
            } else {
                add(entry, path: prefix + entry.path)
            }
        }
    }

    private mutating func tree(_ hash: String, recursive: Bool) async throws -> GitHubAnswers.Tree {
        let tree = try await api.tree(hash, recursive: recursive)
        trees += 1
        entries += tree.tree.count
        guard trees <= Self.maximumTrees, entries <= Self.maximumEntries else {
            throw Fault(
                .resourceExhausted, code: "E_LISTING_SIZE", "The repository has too many files or folders.", field: "options.docs_path",
                limit: "\(Self.maximumEntries) entries in \(Self.maximumTrees) answers",
                hint: "Name the folder that holds the documentation.")
        }
        return tree
    }

    private mutating func add(_ entry: GitHubAnswers.Tree.Entry, path: String) {
        guard entry.type == "blob", let dot = entry.path.utf8.lastIndex(of: 0x2E),
            let type = api.location.endings[entry.path[dot...].lowercased()]
        else { return }
        if entry.mode == "120000" {
            links.append(path)
        } else {
            files.append(File(path: path, sha: entry.sha, size: entry.size?.bytes ?? 0, type: type))
        }
    }

    private static func missing(_ folder: String, _ head: GitHubAPI.Head) -> Fault {
        Fault(
            .notFound, code: "E_PROVIDER_NOT_FOUND", "The branch \(head.branch) has no folder \(folder).", field: "web_url",
            hint: "Check the folder in the address or in options.docs_path.")
    }
}
