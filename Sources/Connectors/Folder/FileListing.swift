import Domain
import Policy
import Primitives

/// Lists the files of a folder, sorted by path. Every name passes `filesystem_gate`; links are not followed.
struct FileListing: Sendable {
    /// Most files and folders.
    static let maximumEntries = 50_000

    let gates: GateRegistry
    private let gate = FilesystemGate(.archive, field: "web_url")

    init(_ gates: GateRegistry) { self.gates = gates }

    /// Blocks for the disk.
    ///
    /// - Throws: ``Domain/Fault`` for a folder with too many entries, `RootedFolder.Failure`, `CancellationError`.
    func files(of root: RootedFolder, _ isCancelled: () -> Bool) throws -> [FileItem] {
        var found: [FileItem] = []
        var open: [[String]] = [[]]
        var count = 0
        while let folder = open.popLast() {
            if isCancelled() { throw CancellationError() }
            for entry in try root.entries(folder) {
                count += 1
                guard count <= Self.maximumEntries else {
                    throw Fault(
                        .resourceExhausted, code: "E_ENTRY_BUDGET", "The folder has too many entries.", field: "web_url",
                        limit: "\(Self.maximumEntries)")
                }
                let path = folder + [entry.name]
                if let obstacle = obstacle(path, entry) {
                    found.append(FileItem(path, obstacle: obstacle))
                } else if entry.kind == .folder {
                    open.append(path)
                } else {
                    found.append(FileItem(path))
                }
            }
        }
        return found.sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }

    private func obstacle(_ path: [String], _ entry: RootedFolder.Entry) -> PageFailure? {
        if entry.name.hasPrefix(".") {
            return PageFailure(.skipped, .excluded, code: "E_HIDDEN", "The name begins with a dot.")
        }
        if entry.kind == .other {
            return PageFailure(.skipped, .refused, code: "E_SPECIAL_TYPE", "It is neither file nor folder.")
        }
        return gates.evaluate(gate, Array(path.joined(separator: "/").utf8)).rejection.map(PageFailure.init)
    }
}
