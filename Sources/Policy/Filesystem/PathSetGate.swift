/// Decides whether a path may join a set of paths: no two may be the same where case and normal form do not count, and the set is bounded.
package struct PathSetGate: Gate {
    /// A path that ``FilesystemGate`` let pass, and the paths before it.
    package struct Candidate: Sendable {
        package let path: CheckedPath
        package let isFolder: Bool
        package let others: PathSet

        package init(_ path: CheckedPath, isFolder: Bool, others: PathSet) {
            self.path = path
            self.isFolder = isFolder
            self.others = others
        }
    }

    package let name = GateName.filesystem
    package let field: String
    private let policy: FilesystemPolicy

    /// - Parameter field: the input field that rejections name.
    package init(_ policy: FilesystemPolicy = FilesystemPolicy(), field: String = "path") {
        self.policy = policy
        self.field = field
    }

    /// The path; the caller inserts it into its set.
    package func decide(_ input: Candidate) -> GateResult<CheckedPath> {
        let details = ["path": input.path.description]
        func reject(_ code: Rejection.Code, _ message: String, limit: String? = nil) -> GateResult<CheckedPath> {
            .rejected(Rejection(code, message, field: field, limit: limit, details: details))
        }
        switch input.others.obstacle(to: input.path, isFolder: input.isFolder) {
        case .otherSpelling: return reject(.caseFoldCollision, "Another path differs from this one only in case or in the form of letters.")
        case .taken: return reject(.overwriteFile, "The path is there twice.")
        case nil: break
        }
        guard input.others.count + input.path.segments.count <= policy.maximumPaths else {
            return reject(.entryBudget, "There are too many files and folders.", limit: "\(policy.maximumPaths)")
        }
        guard input.others.bytes + input.path.description.utf8.count <= policy.maximumSetBytes else {
            return reject(.entryBudget, "The paths together are too long.", limit: "\(policy.maximumSetBytes) bytes")
        }
        return .accepted(input.path)
    }
}
