import Domain
import FoundationEssentials
import Primitives

/// A private folder for the length of one job. What a process left that ended in between is removed by the next one that makes a folder.
package struct WorkFolder: Sendable {
    /// Absolute path of the folder that all work folders are in.
    let root: String

    package init(_ root: String) { self.root = root }

    /// Runs `body` with the path of an empty folder, and removes it afterwards, also when `body` throws.
    func with<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let (path, lock) = try await make()
        do {
            let result = try await body(path)
            await Self.remove(path, lock)
            return result
        } catch {
            await Self.remove(path, lock)
            throw error
        }
    }

    private func make() async throws -> (String, RootedFolder) {
        let root = root
        do {
            return try await BlockingWork.run { _ in
                let folders = try RootedFolder(root, makes: true)
                Self.sweep(root, folders)
                let name = UUID().uuidString.lowercased()
                // It gets its name once it is locked: before that, another process would take it for abandoned.
                let folder = try RootedFolder("\(root)/.\(name)", makes: true)
                _ = folder.lock()
                try folders.move([".\(name)"], to: [Self.prefix + name])
                return ("\(root)/\(Self.prefix)\(name)", folder)
            }
        } catch {
            throw Fault(
                .resourceExhausted, code: "E_STORAGE", "The worker has no folder to work in: \(error).",
                hint: "Check space and rights of PORTOLAN_WORK_DIR.", isTransient: true)
        }
    }

    private static let prefix = "job-"

    private static func sweep(_ root: String, _ folders: RootedFolder) {
        for entry in (try? folders.entries()) ?? [] where entry.kind == .folder && entry.name.hasPrefix(prefix) {
            let path = "\(root)/\(entry.name)"
            if let folder = try? RootedFolder(path, followsLink: false), folder.lock() { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    private static func remove(_ path: String, _ lock: RootedFolder) async {
        // In a task of its own: a cancelled job removes its files too.
        await Task {
            try? await BlockingWork.run { _ in
                try? FileManager.default.removeItem(atPath: path)
                withExtendedLifetime(lock) {}
            }
        }.value
    }
}
