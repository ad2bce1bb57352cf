/// The parts of GitHub's answers that are read.
enum GitHubAnswers {
    /// `GET /repos/{owner}/{repo}`.
    struct Repository: Decodable, Sendable {
        let default_branch: String
    }

    /// `GET /repos/{owner}/{repo}/branches/{branch}`.
    struct Branch: Decodable, Sendable {
        struct Head: Decodable, Sendable {
            struct Commit: Decodable, Sendable {
                let tree: Object
            }
            let sha: String
            let commit: Commit
        }
        struct Object: Decodable, Sendable {
            let sha: String
        }
        let name: String
        let commit: Head
    }

    /// `GET /repos/{owner}/{repo}/commits` without files, and `GET /repos/{owner}/{repo}/commits/{sha}` with them, 100 or more an answer.
    struct Commit: Decodable, Sendable {
        struct File: Decodable, Sendable {
            let filename: String
            /// `added`, `removed`, `modified`, `renamed`, `copied`, `changed`, `unchanged`.
            let status: String
            let previous_filename: String?
        }
        let sha: String
        /// The first one is what a merge was made onto.
        let parents: [Branch.Object]
        let files: [File]?
    }

    /// `GET /repos/{owner}/{repo}/git/trees/{sha}`.
    struct Tree: Decodable, Sendable {
        struct Entry: Decodable, Sendable {
            /// From the tree that was asked for.
            let path: String
            /// `100644` and `100755` files, `120000` symbolic links, `040000` folders, `160000` submodules.
            let mode: String
            let type: String
            let sha: String
            /// Bytes; files only.
            let size: ReportedSize?
        }
        let tree: [Entry]
        let truncated: Bool
    }

    /// `GET /repos/{owner}/{repo}/git/blobs/{sha}`, from a server that does not send the bytes themselves.
    struct Blob: Decodable, Sendable {
        let content: String
        let encoding: String
    }
}
