import Domain
import Primitives

/// What the commits between two states of a branch changed.
struct GitHubHistory {
    /// What one commit did to one file.
    enum Change: Sendable, Hashable {
        case added(String), modified(String), removed(String)
        case renamed(from: String, to: String)

        /// The paths that are another thing than before.
        var paths: [String] {
            switch self {
            case .added(let path), .modified(let path), .removed(let path): [path]
            case .renamed(let old, let new): [old, new]
            }
        }
    }

    /// Which newer commit of a branch was found to concern nothing that is read, by the commit that was read last.
    typealias Memory = Locked<[String: String]>

    /// Answers of the list of commits, commits whose files are looked at, and answers of the files of one commit, at most.
    static let maximumLists = 5
    static let maximumCommits = 50
    static let maximumFileLists = 30

    let api: GitHubAPI

    /// Whether something that the location reads differs between two commits of the branch.
    ///
    /// - Parameter isRead: whether a path is read.
    /// - Returns: true also when the history cannot tell: it was rewritten, or is too long.
    func isRelevant(since old: String, until new: String, _ isRead: (String) -> Bool) async throws -> Bool {
        guard let commits = try await commits(after: old, until: new) else { return true }
        for commit in commits {
            guard let changes = try await changes(of: commit) else { return true }
            if changes.contains(where: { $0.paths.contains(where: isRead) }) { return true }
        }
        return false
    }

    /// The line of commits from `new` back to the one after `old`, by first parents: what a merge brought in is in the merge. Nil when `old`
    /// is not on it, or is too far away.
    private func commits(after old: String, until new: String) async throws -> [String]? {
        var parents: [String: String] = [:]
        var line: [String] = []
        var tip = new
        var next: String? = api.commitsPath(new)
        for _ in 0..<Self.maximumLists {
            guard let path = next else { break }
            let (commits, link) = try await api.list([GitHubAnswers.Commit].self, path)
            for commit in commits { parents[commit.sha] = commit.parents.first?.sha ?? "" }
            while tip != old, let parent = parents[tip] {
                line.append(tip)
                guard line.count <= Self.maximumCommits else { return nil }
                tip = parent
            }
            if tip == old { return line }
            next = link
        }
        return nil
    }

    /// Nil when there are more files than GitHub tells.
    private func changes(of commit: String) async throws -> [Change]? {
        var changes: [Change] = []
        var next: String? = try api.commitPath(commit)
        for _ in 0..<Self.maximumFileLists {
            guard let path = next else { return changes }
            let (answer, link) = try await api.list(GitHubAnswers.Commit.self, path)
            changes += (answer.files ?? []).map(Self.change)
            next = link
        }
        return nil
    }

    private static func change(_ file: GitHubAnswers.Commit.File) -> Change {
        switch (file.status, file.previous_filename) {
        case ("added", _), ("copied", _): .added(file.filename)
        case ("removed", _): .removed(file.filename)
        case ("renamed", let old?): .renamed(from: old, to: file.filename)
        default: .modified(file.filename)
        }
    }
}
